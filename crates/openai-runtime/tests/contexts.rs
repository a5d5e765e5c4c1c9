//! Where calls can run: with and without a runtime, in blocking and in async code.
#![cfg(feature = "blocking")]
#![allow(missing_docs)]

mod support;

use crate::support::bodies::List;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use openai_runtime::json::Value;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{BlockingExt, BodyKind, Call, Client, Endpoint, Error, ErrorKind, Paging, Polling};
use openai_runtime::{Result, States, WaitExt};
use tokio::runtime::{Builder, Runtime};

static ENDPOINT: Endpoint = Endpoint {
    id: "thing",
    method: "POST",
    path: "/things",
    body: BodyKind::Json,
    paging: Paging::Cursor,
    ..Endpoint::DEFAULT
};
static STATES: States =
    States { field: "status", pending: &["running"], done: &["ready"], interval: Duration::from_secs(1) };
static POLLING: Polling = Polling { retrieve: &ENDPOINT, states: &STATES, path: &[], is_state: true };

/// A server that answers each request on a connection that stays open; gives its URL.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    url
}

fn answer(mut stream: TcpStream) {
    let mut request = String::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        request.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        let is_stream = body.contains("\"stream\":true");
        let (media, text) = match is_stream {
            true => ("text/event-stream", "data: 1\n\ndata: [DONE]\n\n"),
            false => ("application/json", r#"{"data":[{"id":"a"}],"has_more":false,"status":"ready"}"#),
        };
        request.clear();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\r\n", text.len());
        if stream.write_all((head + text).as_bytes()).is_err() {
            return;
        }
    }
}

fn call(url: &str) -> Call {
    let client = Client::builder().api_key("k").base_url(url).max_retries(0).build().unwrap();
    let mut call = Call::new(&client, &ENDPOINT);
    call.body(&serde_json::json!({}));
    call
}

fn path() -> std::path::PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("openai-contexts-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(name)
}

fn ended<T>(item: Option<Result<T>>) -> Result<()> {
    item.ok_or_else(|| Error::new(ErrorKind::Truncated, "no item"))?.map(drop)
}

/// A way to run a call: awaited, and blocking.
type Kind = (&'static str, fn(Call) -> BoxFuture<Result<()>>, fn(Call) -> Result<()>);

const KINDS: [Kind; 13] = [
    (
        "send",
        |call| Box::pin(async { call.send::<List>().await.map(drop) }),
        |call| call.send::<List>().wait().map(drop),
    ),
    (
        "send_raw",
        |call| Box::pin(async { call.send_raw::<List>().await.map(drop) }),
        |call| call.send_raw::<List>().wait().map(drop),
    ),
    (
        "send_bytes",
        |call| Box::pin(async { call.send_bytes().await.map(drop) }),
        |call| call.send_bytes().wait().map(drop),
    ),
    (
        "send_to_file",
        |call| {
            Box::pin(async {
                let path = path();
                call.send_to_file(&path).await?;
                std::fs::remove_file(path).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))
            })
        },
        |call| {
            let path = path();
            call.send_to_file(&path).wait()?;
            std::fs::remove_file(path).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))
        },
    ),
    (
        "stream",
        |call| Box::pin(async { ended(call.stream::<Value>().await?.next().await) }),
        |call| ended(call.stream::<Value>().wait()?.blocking().next()),
    ),
    (
        "bytes_stream",
        |call| Box::pin(async { ended(call.bytes_stream().await?.next().await) }),
        |call| ended(call.bytes_stream().wait()?.blocking().next()),
    ),
    (
        "pages",
        |call| Box::pin(async { ended(call.pages::<List>().next().await) }),
        |call| ended(call.pages::<List>().blocking().next()),
    ),
    (
        "items",
        |call| Box::pin(async { ended(call.items::<List>().next().await) }),
        |call| ended(call.items::<List>().blocking().next()),
    ),
    (
        "send_with_head",
        |call| Box::pin(async { call.send_with_head::<List>().await.map(drop) }),
        |call| call.send_with_head::<List>().wait().map(drop),
    ),
    (
        "send_streaming",
        |call| Box::pin(async { call.send_streaming::<List>().await?.read().await?.parse().map(drop) }),
        |call| call.send_streaming::<List>().wait()?.read().wait()?.parse().map(drop),
    ),
    (
        "stream_raw",
        |call| Box::pin(async { ended(call.stream_raw::<List>().await?.events::<Value>()?.next().await) }),
        |call| ended(call.stream_raw::<List>().wait()?.events::<Value>()?.blocking().next()),
    ),
    (
        "poller with heads",
        |call| Box::pin(async { call.send_and_poll::<Value>(&POLLING).with_head().await.map(drop) }),
        |call| call.send_and_poll::<Value>(&POLLING).with_head().wait().map(drop),
    ),
    (
        "poller",
        |call| Box::pin(async { call.send_and_poll::<Value>(&POLLING).await.map(drop) }),
        |call| call.send_and_poll::<Value>(&POLLING).wait().map(drop),
    ),
];

fn is_config(name: &str, result: Result<()>, part: &str) {
    let error = result.expect_err(name);
    assert_eq!(error.kind(), ErrorKind::Config, "{name}: {error}");
    assert!(error.to_string().contains(part), "{name}: {error}");
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn blocking_waits_work_wherever_a_thread_may_block() {
    let url = serve();
    for (name, _, blocking) in KINDS {
        let call = call(&url);
        let run = |place: &str, call: Call| blocking(call).unwrap_or_else(|error| panic!("{name} {place}: {error}"));
        run("on a plain thread", call.clone());
        for (place, runtime) in [("multi-thread", multi()), ("current-thread", single())] {
            // The same client in async code before: its connections are not driven once `block_on` is over.
            runtime.block_on(call.clone().send_unit()).unwrap();
            run("after async code", call.clone());
            {
                let _guard = runtime.enter();
                run("beside a guard", call.clone());
            }
            let other = call.clone();
            let joined = runtime.block_on(async { tokio::task::spawn_blocking(move || blocking(other)).await });
            joined.unwrap().unwrap_or_else(|error| panic!("{name} in spawn_blocking, {place}: {error}"));
        }
        let runtime = multi();
        runtime.block_on(async { tokio::task::block_in_place(|| run("in block_in_place", call.clone())) });
        let other = call.clone();
        let task = runtime.spawn(async move { tokio::task::block_in_place(|| blocking(other)) });
        runtime.block_on(task).unwrap().unwrap_or_else(|error| panic!("{name} in block_in_place of a task: {error}"));
    }
}

#[test]
fn blocking_waits_in_async_code_are_errors() {
    let url = serve();
    for (name, _, blocking) in KINDS {
        let call = call(&url);
        for runtime in [multi(), single()] {
            let (first, second) = (call.clone(), call.clone());
            is_config(name, runtime.block_on(async { blocking(first) }), "spawn_blocking");
            is_config(
                name,
                runtime.block_on(runtime.spawn(async move { blocking(second) })).unwrap(),
                "spawn_blocking",
            );
            let (third, fourth) = (call.clone(), call.clone());
            let local = tokio::task::LocalSet::new();
            is_config(name, local.block_on(&runtime, async { blocking(third) }), "spawn_blocking");
            let nested = async { tokio::task::spawn_local(async move { blocking(fourth) }).await.unwrap() };
            is_config(name, local.block_on(&runtime, nested), "spawn_blocking");
        }
    }
}

/// Polls a future without a runtime, as an executor of another make does.
fn poll_by_hand<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

#[test]
fn without_a_whole_runtime_calls_are_errors() {
    let url = serve();
    for (name, awaited, _) in KINDS {
        is_config(name, poll_by_hand(awaited(call(&url))), "tokio runtime");
        let no_io = Builder::new_current_thread().enable_time().build().unwrap();
        is_config(name, no_io.block_on(awaited(call(&url))), "enable_io");
        let no_time = Builder::new_current_thread().enable_io().build().unwrap();
        is_config(name, no_time.block_on(awaited(call(&url))), "enable_time");
    }
}

#[test]
fn streams_need_timers_only_while_they_wait() {
    let url = serve();
    let runtime = single();
    let stream = runtime.block_on(call(&url).stream::<Value>()).unwrap();
    // The connection is not driven here: what is there is given, and waiting for more is an error.
    let items: Vec<_> = poll_by_hand(async {
        let mut stream = stream;
        let mut items = Vec::new();
        while let Some(item) = stream.next().await {
            items.push(item);
        }
        items
    });
    assert!(items.iter().filter_map(|item| item.as_ref().err()).all(|error| error.kind() == ErrorKind::Config));
}

#[test]
fn other_panics_go_on() {
    let runtime = single();
    let client = Client::builder()
        .api_key_provider(|| async { if true { panic!("of the caller") } else { Ok::<_, Error>("k".to_owned()) } })
        .base_url(serve())
        .build()
        .unwrap();
    let call = Call::new(&client, &ENDPOINT);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| runtime.block_on(call.send_unit())));
    assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"of the caller"));
}

#[test]
fn any_future_of_a_result_can_be_waited_for() {
    let call = call(&serve());
    let work = async {
        let list = call.send::<List>().await?;
        Ok::<_, Box<dyn std::error::Error>>(list.data.len())
    };
    assert_eq!(work.wait().unwrap(), 1);
    assert_eq!(stream_of_one().blocking().count(), 1);
}

fn stream_of_one() -> impl futures_core::Stream<Item = Result<u8>> + Unpin {
    struct One(Option<u8>);
    impl futures_core::Stream for One {
        type Item = Result<u8>;
        fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.take().map(Ok))
        }
    }
    One(Some(1))
}
