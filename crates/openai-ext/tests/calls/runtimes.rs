//! Each final method in each kind of context: no runtime, runtimes of other makes, tokio's in all forms.
//!
//! A wait works wherever the thread may block. Awaiting works within tokio; elsewhere it is an error that says so. Nothing
//! panics, and nothing waits without end.

// Videos are the operation that polls; the API has deprecated them.
#![allow(deprecated)]

use std::sync::mpsc;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{Client, Error, ErrorKind, Result};
use openai_ext_mock::{MockServer, Turn};
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};

#[derive(Deserialize, JsonSchema)]
struct City {
    #[allow(dead_code, reason = "only the schema is looked at")]
    city: String,
}

/// The type that `parse` reads.
#[derive(Deserialize, JsonSchema)]
struct Reply {
    #[allow(dead_code, reason = "it is only read")]
    number: i64,
}

/// A way to run calls: awaited, and blocking.
type Kind = (&'static str, fn(Client) -> BoxFuture<Result<()>>, fn(Client) -> Result<()>);

/// The same call, awaited and waited for.
macro_rules! future {
    ($name:literal, |$client:ident| $future:expr) => {
        ($name, |$client| Box::pin(async move { $future.await.map(drop) }), |$client| $future.wait().map(drop))
    };
}

/// The first item of a stream that a call gives, or that is there at once.
macro_rules! stream {
    ($name:literal, |$client:ident| opened $call:expr) => {
        (
            $name,
            |$client| Box::pin(async move { first($call.await?.next().await) }),
            |$client| first($call.wait()?.blocking().next()),
        )
    };
    ($name:literal, |$client:ident| $stream:expr) => {
        (
            $name,
            |$client| Box::pin(async move { first($stream.next().await) }),
            |$client| first($stream.blocking().next()),
        )
    };
}

fn first<T>(item: Option<Result<T>>) -> Result<()> {
    item.ok_or_else(|| Error::new(ErrorKind::Truncated, "no item"))?.map(drop)
}

fn chat(client: &Client) -> openai_ext::resources::chat::completions::Create {
    client.chat().completions().create("gpt-5.5", [Message::user("Hi")])
}

fn tools() -> Toolbox {
    let slow = tool("weather", "The weather", |_: City| async { Ok::<_, std::io::Error>("rain") });
    Toolbox::new().with(slow.with_timeout(Duration::from_secs(30)))
}

fn speech(client: &Client) -> openai_ext::resources::audio::speech::Create {
    client.audio().speech().create("Hi", "tts-1", "alloy")
}

fn target() -> std::path::PathBuf {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    std::env::temp_dir().join(format!("openai-runtimes-{}-{count}", std::process::id()))
}

/// Removes a file that was written, if it was.
fn removed<T>(path: &std::path::Path, result: Result<T>) -> Result<()> {
    let is_there = std::fs::remove_file(path).is_ok();
    result.map(|_| assert!(is_there))
}

const MOMENT: Duration = Duration::from_millis(1);

const KINDS: &[Kind] = &[
    future!("send", |client| chat(&client).send()),
    future!("send_with_head", |client| chat(&client).send_with_head()),
    future!("send_raw", |client| chat(&client).send_raw()),
    future!("send_streaming", |client| chat(&client).send_streaming()),
    future!("read", |client| async move { chat(&client).send_streaming().await?.read().await }),
    future!("stream_raw", |client| chat(&client).stream_raw()),
    future!("send_bytes", |client| speech(&client).send_bytes()),
    (
        "send_to_file",
        |client| {
            Box::pin(async move {
                let path = target();
                removed(&path, speech(&client).send_to_file(&path).await)
            })
        },
        |client| {
            let path = target();
            removed(&path, speech(&client).send_to_file(&path).wait())
        },
    ),
    future!("upload", |client| client.files().create(InputFile::from_path("Cargo.toml"), "user_data").send()),
    future!("parse", |client| chat(&client).parse::<Reply>()),
    future!("total timeout", |client| chat(&client).with_total_timeout(Duration::from_secs(60)).send()),
    future!("undocumented", |client| client.request(openai_ext::Method::GET, "/models").send()),
    stream!("stream", |client| opened chat(&client).stream()),
    stream!("stream_events", |client| opened chat(&client).stream_events()),
    stream!("response events", |client| opened client.responses().create("gpt-5.5", "Hi").stream_events()),
    stream!("parse_stream", |client| opened chat(&client).parse_stream::<Reply>()),
    stream!("bytes_stream", |client| opened speech(&client).bytes_stream()),
    stream!("pages", |client| client.models().list().pages()),
    stream!("items", |client| client.models().list().items()),
    future!("run_tools", |client| chat(&client).run_tools(&tools()).with_deadline(Duration::from_secs(60)).send()),
    stream!("tool events", |client| chat(&client).run_tools(&tools()).events()),
    stream!("tool stream", |client| client.responses().create("gpt-5.5", "Hi").run_tools(&tools()).stream_events()),
    future!("poller", |client| client.videos().create("A cat").send_and_poll().with_poll_interval(MOMENT)),
    future!("poller with heads", |client| client
        .videos()
        .create("A cat")
        .send_and_poll()
        .with_poll_interval(MOMENT)
        .with_head()),
    stream!("states", |client| client.videos().create("A cat").send_and_poll().with_poll_interval(MOMENT)),
    future!("upload in parts", |client| client
        .uploads()
        .upload_file_chunked(std::path::Path::new("Cargo.toml"), "user_data")),
    future!("realtime", |client| client.realtime().connect("gpt-realtime")),
    (
        "realtime events",
        |client| Box::pin(async move { first(client.realtime().connect("gpt-realtime").await?.next().await) }),
        |client| first(client.realtime().connect("gpt-realtime").wait()?.blocking().next()),
    ),
    future!("responses over a WebSocket", |client| client.responses().connect()),
    future!("batch run", |client| client.batches().run([chat(&client)]).with_poll_interval(MOMENT).collect()),
    stream!("batch results", |client| client.batches().run([chat(&client)]).with_poll_interval(MOMENT).results()),
];

fn scene() -> (MockServer, Client) {
    let mock = MockServer::start().wait().unwrap();
    mock.converse(std::iter::repeat_n((), 400).map(|()| Turn::text(r#"{"number": 1}"#)));
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build().unwrap();
    (mock, client)
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs something on a thread of its own, which must end and must not panic.
fn within_time<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || done.send(work()));
    ended.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A way to run a future.
type Executor = fn(BoxFuture<Result<()>>) -> Result<()>;

/// Ways to run a future without tokio.
const OTHERS: [(&str, Executor); 3] = [
    ("smol", |future| smol::block_on(future)),
    ("a task of smol", |future| smol::block_on(smol::spawn(future))),
    ("futures executor", |future| futures_executor::block_on(future)),
];

#[test]
fn awaiting_without_tokio_is_an_error_that_says_so() {
    let (_mock, client) = scene();
    for (name, awaited, _) in KINDS {
        for (place, run) in OTHERS {
            let future = awaited(client.clone());
            let error = within_time(name, move || run(future)).expect_err(name);
            assert_eq!(error.kind(), ErrorKind::Config, "{name} in {place}: {error}");
            assert!(error.to_string().contains("tokio runtime"), "{name} in {place}: {error}");
        }
    }
}

#[test]
fn waiting_works_wherever_the_thread_may_block() {
    let (_mock, client) = scene();
    let fine = |name: &str, place: &str, result: Result<()>| {
        result.unwrap_or_else(|error| panic!("{name} {place}: {error} {error:?}"));
    };
    for (name, _, blocking) in KINDS {
        let (first, second, third) = (client.clone(), client.clone(), client.clone());
        fine(name, "without a runtime", within_time(name, || blocking(first)));
        fine(name, "in smol", within_time(name, || smol::block_on(async { blocking(second) })));
        fine(name, "in futures executor", within_time(name, || futures_executor::block_on(async { blocking(third) })));
        for runtime in [single(), multi()] {
            let other = client.clone();
            let task = move || runtime.block_on(async { tokio::task::spawn_blocking(move || blocking(other)).await });
            fine(name, "in spawn_blocking", within_time(name, task).unwrap());
        }
    }
}

#[test]
fn within_tokio_all_can_be_awaited_and_none_waited_for() {
    let (_mock, client) = scene();
    for (name, awaited, blocking) in KINDS {
        for (place, runtime) in [("current thread", single()), ("multi thread", multi())] {
            let (first, second, third) = (awaited(client.clone()), awaited(client.clone()), client.clone());
            let (one, two, waited) = within_time(name, move || {
                let one = runtime.block_on(first);
                let two = runtime.block_on(async { tokio::spawn(second).await }).unwrap();
                (one, two, runtime.block_on(async { blocking(third) }))
            });
            one.and(two).unwrap_or_else(|error| panic!("{name} in {place}: {error} {error:?}"));
            assert_eq!(waited.expect_err(name).kind(), ErrorKind::Config, "{name} in {place}");
        }
    }
}

#[test]
fn a_stream_that_leaves_tokio_ends() {
    let (_mock, client) = scene();
    let stream = within_time("stream", move || {
        let runtime = multi();
        let stream = runtime.block_on(chat(&client).stream()).unwrap();
        (runtime, stream)
    });
    // The runtime goes on: its connection is read elsewhere.
    let (runtime, mut stream) = stream;
    let items = within_time("rest", move || {
        smol::block_on(async move {
            let mut items = Vec::new();
            while let Some(item) = stream.next().await {
                items.push(item);
            }
            items
        })
    });
    drop(runtime);
    assert!(items.iter().filter_map(|item| item.as_ref().err()).all(|error| error.kind() == ErrorKind::Config));
    assert!(!items.is_empty());
}
