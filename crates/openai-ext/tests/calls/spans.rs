//! Spans and their parents, by a layer of tracing-subscriber that writes them down.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::sync::Once;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{Client, StatusCode};
use openai_ext_mock::{MockServer, Reply, Turn};
use serde::Deserialize;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Instrument, info_span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

type TestResult = Result<(), Box<dyn Error>>;

#[derive(Clone, Debug, Default)]
struct Seen {
    name: String,
    parent: Option<usize>,
    fields: BTreeMap<String, String>,
    is_closed: bool,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

thread_local! {
    /// The spans of this thread's test so far, in the order of their begins: a test runs on one thread.
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// Writes down the spans of all threads, each for itself. It is the subscriber of the whole process, since tracing may lose
/// call sites while subscribers of single threads come and go.
#[derive(Clone, Default)]
struct Spans;

struct Place(usize);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let parent = span.parent().and_then(|parent| parent.extensions().get::<Place>().map(|place| place.0));
        let mut seen = Seen { name: attributes.metadata().name().to_owned(), parent, ..Seen::default() };
        attributes.record(&mut seen);
        SEEN.with_borrow_mut(|all| {
            span.extensions_mut().insert(Place(all.len()));
            all.push(seen);
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let place = context.span(id).unwrap().extensions().get::<Place>().unwrap().0;
        SEEN.with_borrow_mut(|all| all.get_mut(place).map(|seen| values.record(seen)));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let place = context.span(&id).unwrap().extensions().get::<Place>().unwrap().0;
        SEEN.with_borrow_mut(|all| all.get_mut(place).map(|seen| seen.is_closed = true));
    }
}

impl Spans {
    fn install() -> Self {
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| tracing_subscriber::registry().with(Self).init());
        SEEN.take();
        Self
    }

    /// The spans as paths of names, `a > b`, in the order of their begins.
    fn paths(&self) -> Vec<String> {
        let all = SEEN.with_borrow(Clone::clone);
        let label = |seen: &Seen| seen.fields.get("otel.name").unwrap_or(&seen.name).clone();
        let mut paths: Vec<String> = Vec::new();
        for seen in all.iter() {
            let parent = seen.parent.map(|parent| format!("{} > ", paths[parent])).unwrap_or_default();
            paths.push(parent + &label(seen));
        }
        paths
    }

    fn field(&self, at: usize, name: &str) -> Option<String> {
        SEEN.with_borrow(|all| all[at].fields.get(name).cloned())
    }

    fn all_closed(&self) -> bool {
        SEEN.with_borrow(|all| all.iter().all(|seen| seen.is_closed))
    }
}

async fn scene() -> Result<(MockServer, Client), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((mock, client))
}

#[derive(Deserialize, JsonSchema)]
struct City {
    city: String,
}

#[tokio::test]
async fn each_way_to_send_has_the_parent_that_polls_it() -> TestResult {
    let (mock, client) = scene().await?;
    mock.converse(std::iter::repeat_n((), 8).map(|()| Turn::text(r#"{"city": "Oslo"}"#)));
    let spans = Spans::install();
    let call = client.chat().completions().create("m", [Message::user("Hi")]);
    // Each call is made outside of the span, and awaited in it.
    let (whole, raw, headed) = (call.clone().send(), call.clone().send_raw(), call.clone().send_with_head());
    let (stream, parsed, streaming) =
        (call.clone().stream_events(), call.clone().parse::<City>(), call.clone().send_streaming());
    let (mut pages, mut items) = (client.models().list().pages(), client.models().list().items());
    async {
        whole.await?;
        raw.await?;
        headed.await?;
        stream.await?.final_completion().await?;
        assert_eq!(parsed.await?.parsed().map(|city| city.city.as_str()), Some("Oslo"));
        streaming.await?.read().await?;
        pages.next().await.transpose()?;
        items.next().await.transpose()?;
        Ok::<_, openai_ext::Error>(())
    }
    .instrument(info_span!("mine"))
    .await?;
    let expected: Vec<String> = std::iter::once("mine".to_owned())
        .chain(std::iter::repeat_n("mine > chat m".to_owned(), 6))
        .chain(std::iter::repeat_n("mine > listModels".to_owned(), 2))
        .collect();
    assert_eq!(spans.paths(), expected);
    drop((pages, items));
    assert!(spans.all_closed());

    // A task of its own has the span that it is instrumented with, and a call that is never polled has none.
    drop(call.clone().send());
    tokio::spawn(call.send().instrument(info_span!("task"))).await??;
    assert_eq!(spans.paths()[9..], ["task", "task > chat m"]);
    Ok(())
}

#[tokio::test]
async fn a_tool_run_holds_its_calls_and_tools() -> TestResult {
    let (mock, client) = scene().await?;
    let inner = client.clone();
    let weather = tool("weather", "The weather", move |args: City| {
        let client = inner.clone();
        async move {
            client.models().list().send().await?;
            Ok::<_, openai_ext::Error>(args.city)
        }
    });
    let tools = Toolbox::new().with(weather);
    let turns = || {
        let calls = [("weather", r#"{"city": "Oslo"}"#), ("secret-name", "{}")];
        [Turn::calls(calls), Turn::text("Rain")]
    };
    let expected = [
        "mine",
        "mine > invoke_agent",
        "mine > invoke_agent > chat m",
        "mine > invoke_agent > execute_tool weather",
        "mine > invoke_agent > execute_tool weather > listModels",
        "mine > invoke_agent > execute_tool",
        "mine > invoke_agent > chat m",
    ];
    for streamed in [false, true] {
        mock.converse(turns());
        let spans = Spans::install();
        let run = client.chat().completions().create("m", [Message::user("Hi")]).run_tools(&tools);
        async {
            match streamed {
                false => drop(run.send().await?),
                true => drop(run.stream_events().finish().await?),
            }
            Ok::<_, openai_ext::Error>(())
        }
        .instrument(info_span!("mine"))
        .await?;
        let mut paths = spans.paths();
        // The tools of a turn run at once.
        paths[3..6].sort_unstable();
        let mut sorted = expected;
        sorted[3..6].sort_unstable();
        assert_eq!(paths, sorted);
        assert!(spans.all_closed());
        let at = |name: &str| spans.paths().iter().position(|path| path.ends_with(name)).unwrap();
        let known = at("execute_tool weather");
        assert_eq!(spans.field(known, "gen_ai.operation.name").as_deref(), Some("execute_tool"));
        assert_eq!(spans.field(known, "gen_ai.tool.name").as_deref(), Some("weather"));
        assert!(spans.field(known, "gen_ai.tool.call.id").is_some_and(|id| !id.is_empty()));
        assert_eq!(spans.field(known, "error.type"), None);
        assert_eq!(spans.field(at("> execute_tool"), "error.type").as_deref(), Some("Unknown"));
        assert_eq!(spans.field(1, "gen_ai.operation.name").as_deref(), Some("invoke_agent"));
    }
    Ok(())
}

#[tokio::test]
async fn a_run_that_fails_says_so() -> TestResult {
    let (mock, client) = scene().await?;
    mock.on("createResponse").reply(Reply::error(StatusCode::NOT_FOUND, "x", None, "private"))?;
    let spans = Spans::install();
    client.responses().create("m", "Hi").run_tools(&Toolbox::new()).send().await.unwrap_err();
    assert_eq!(spans.paths(), ["invoke_agent", "invoke_agent > chat m"]);
    for at in [0, 1] {
        assert_eq!(spans.field(at, "error.type").as_deref(), Some("NotFound"));
        assert_eq!(spans.field(at, "otel.status_code").as_deref(), Some("ERROR"));
    }
    assert!(spans.all_closed());
    Ok(())
}

#[cfg(all(feature = "batches", feature = "files"))]
#[tokio::test]
async fn a_batch_run_holds_its_calls() -> TestResult {
    let (_mock, client) = scene().await?;
    let spans = Spans::install();
    let requests = ["a", "b"].map(|text| client.chat().completions().create("m", [Message::user(text)]));
    let run = client.batches().run(requests).with_poll_interval(std::time::Duration::from_millis(1));
    assert_eq!(run.collect().instrument(info_span!("mine")).await?.len(), 2);
    let paths = spans.paths();
    assert_eq!(paths[..2], ["mine", "mine > batch_run"]);
    assert!(paths.len() > 5 && paths[2..].iter().all(|path| path.starts_with("mine > batch_run > ")), "{paths:#?}");
    assert!(spans.all_closed());
    Ok(())
}

#[cfg(feature = "batches")]
#[tokio::test]
async fn polls_are_within_the_span_that_awaits_them() -> TestResult {
    let (_mock, client) = scene().await?;
    let file = client.files().create(InputFile::from_bytes("{}").name("a.jsonl"), "batch").send().await?;
    let spans = Spans::install();
    let poller = client.batches().create("24h", "/v1/chat/completions").input_file_id(file.id).send_and_poll();
    let poller = poller.with_poll_interval(std::time::Duration::from_millis(1));
    poller.into_future().instrument(info_span!("mine")).await?;
    let paths = spans.paths();
    assert!(paths.len() > 2 && paths[1..].iter().all(|path| path.starts_with("mine > ")), "{paths:?}");
    Ok(())
}
