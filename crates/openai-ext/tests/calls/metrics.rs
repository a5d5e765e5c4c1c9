//! Metrics, by an exporter into memory.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::{Client, StatusCode};
use openai_ext_mock::{Event, Fault, MockServer, Reply};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, HistogramDataPoint, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use serde_json::json;

type TestResult = Result<(), Box<dyn Error>>;
type Attributes = BTreeMap<String, String>;

/// A data point: how many values, their sum, and the attributes.
#[derive(Debug)]
struct Point {
    metric: String,
    unit: String,
    count: u64,
    sum: f64,
    bounds: Vec<f64>,
    attributes: Attributes,
}

struct Scene {
    mock: MockServer,
    client: Client,
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Scene {
    async fn new() -> Result<Self, Box<dyn Error>> {
        let mock = MockServer::start().await?;
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).with_interval(Duration::from_secs(3600)).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let client =
            Client::builder().base_url(mock.base_url()).api_key("no-key").meter(&provider.meter("test")).build()?;
        Ok(Self { mock, client, provider, exporter })
    }

    fn port(&self) -> &str {
        self.mock.base_url().split(':').nth(2).and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    fn points(&self) -> Result<Vec<Point>, Box<dyn Error>> {
        self.exporter.reset();
        self.provider.force_flush()?;
        let mut points = Vec::new();
        for resource in self.exporter.get_finished_metrics()? {
            for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
                let name = |point| (metric.name().to_owned(), metric.unit().to_owned(), point);
                match metric.data() {
                    AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                        points.extend(data.data_points().map(|point| histogram(name(()), point, |sum| sum)));
                    }
                    AggregatedMetrics::U64(MetricData::Histogram(data)) => {
                        points.extend(data.data_points().map(|point| histogram(name(()), point, |sum| sum as f64)));
                    }
                    AggregatedMetrics::U64(MetricData::Sum(data)) => {
                        points.extend(data.data_points().map(|point| Point {
                            metric: metric.name().to_owned(),
                            unit: metric.unit().to_owned(),
                            count: point.value(),
                            sum: point.value() as f64,
                            bounds: Vec::new(),
                            attributes: attributes(point.attributes()),
                        }))
                    }
                    other => panic!("{} is {other:?}", metric.name()),
                }
            }
        }
        Ok(points)
    }

    /// The data point of a metric with these attributes among its own; there must be one.
    fn point(&self, metric: &str, with: &[(&str, &str)]) -> Result<Point, Box<dyn Error>> {
        let mut all = self.points()?;
        let fits = |point: &Point| {
            point.metric == metric
                && with.iter().all(|(name, value)| point.attributes.get(*name).is_some_and(|own| own == value))
        };
        let found: Vec<usize> = (0..all.len()).filter(|at| fits(&all[*at])).collect();
        assert_eq!(found.len(), 1, "{metric} {with:?} in {all:#?}");
        Ok(all.swap_remove(found[0]))
    }
}

fn histogram<T>(
    (metric, unit, ()): (String, String, ()),
    point: &HistogramDataPoint<T>,
    sum: impl Fn(T) -> f64,
) -> Point
where
    T: Copy,
{
    Point {
        metric,
        unit,
        count: point.count(),
        sum: sum(point.sum()),
        bounds: point.bounds().collect(),
        attributes: attributes(point.attributes()),
    }
}

fn attributes<'a>(list: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Attributes {
    list.map(|pair| (pair.key.to_string(), pair.value.to_string())).collect()
}

const DURATION: &str = "gen_ai.client.operation.duration";
const TOKENS: &str = "gen_ai.client.token.usage";
const FIRST: &str = "gen_ai.client.operation.time_to_first_chunk";
const RETRIES: &str = "openai.client.retries";

fn completion(model: &str) -> Reply {
    Reply::json(
        StatusCode::OK,
        &json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": model,
            "choices": [{"index": 0, "finish_reason": "stop", "logprobs": null,
                "message": {"role": "assistant", "content": "Hi", "refusal": null}}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        }),
    )
}

#[tokio::test]
async fn a_call_records_its_duration_and_tokens() -> TestResult {
    let scene = Scene::new().await?;
    scene.mock.on("createChatCompletion").sequence([completion("gpt-x"), completion("gpt-x")])?;
    for _ in 0..2 {
        scene.client.chat().completions().create("gpt-5.5", [Message::user("private")]).send().await?;
    }
    let common = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-5.5"),
        ("gen_ai.response.model", "gpt-x"),
        ("server.address", "127.0.0.1"),
        ("server.port", scene.port()),
    ];
    let duration = scene.point(DURATION, &common)?;
    assert_eq!((duration.count, duration.unit.as_str(), duration.attributes.len()), (2, "s", common.len()));
    assert_eq!((duration.bounds.len(), duration.bounds[0], duration.bounds[13]), (14, 0.01, 81.92));
    for (kind, sum) in [("input", 14.0), ("output", 6.0)] {
        let tokens = scene.point(TOKENS, &[&common[..], &[("gen_ai.token.type", kind)]].concat())?;
        assert_eq!((tokens.count, tokens.sum, tokens.unit.as_str()), (2, sum, "{token}"));
        assert_eq!((tokens.bounds[1], tokens.bounds[13]), (4.0, 67_108_864.0));
    }
    assert!(!scene.points()?.iter().any(|point| [FIRST, RETRIES].contains(&point.metric.as_str())));
    assert!(!format!("{:?}", scene.points()?).contains("private"));
    Ok(())
}

#[tokio::test]
async fn each_operation_has_its_name() -> TestResult {
    let scene = Scene::new().await?;
    scene.client.embeddings().create("text-embedding-3-small", "a").send().await?;
    scene.client.responses().create("gpt-5.5", "Hi").send_with_head().await?;
    scene.client.models().list().send_raw().await?;
    scene.client.request(openai_ext::Method::GET, "/models").send().await?;
    for (name, model) in [
        ("embeddings", Some("text-embedding-3-small")),
        ("chat", Some("gpt-5.5")),
        ("listModels", None),
        ("request", None),
    ] {
        let point = scene.point(DURATION, &[("gen_ai.operation.name", name)])?;
        assert_eq!(point.attributes.get("gen_ai.request.model").map(String::as_str), model, "{name}");
    }
    scene.point(TOKENS, &[("gen_ai.operation.name", "embeddings"), ("gen_ai.token.type", "input")])?;
    Ok(())
}

#[tokio::test]
async fn failures_have_a_class_and_retries_are_counted() -> TestResult {
    let scene = Scene::new().await?;
    let error = |status| Reply::error(status, "x", None, "private").header("retry-after-ms", "1");
    let (late, gone) = (error(StatusCode::SERVICE_UNAVAILABLE), error(StatusCode::NOT_FOUND));
    scene.mock.on("createChatCompletion").sequence([late.clone(), late, completion("gpt-x"), gone])?;
    let call = || scene.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    call().send().await?;
    call().send().await.unwrap_err();
    let retries = scene.point(RETRIES, &[("gen_ai.request.model", "gpt-5.5")])?;
    assert_eq!(
        (retries.count, retries.unit.as_str(), &*retries.attributes["error.type"]),
        (2, "{retry}", "InternalServer")
    );
    assert_eq!(scene.point(DURATION, &[("error.type", "NotFound")])?.count, 1);
    // The call that succeeded after retries is one operation, without an error.
    let fine = scene.point(DURATION, &[("gen_ai.response.model", "gpt-x")])?;
    assert_eq!((fine.count, fine.attributes.contains_key("error.type")), (1, false));
    Ok(())
}

fn chunk(content: Option<&str>) -> Event {
    let delta = content.map_or(json!({}), |content| json!({"content": content}));
    let finish = content.is_none().then_some("stop");
    Event::data(&json!({
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        // Some servers count as they go: the last count is that of the call.
        "usage": {"prompt_tokens": 7, "completion_tokens": 2 + u8::from(content.is_none()), "total_tokens": 9},
    }))
}

#[tokio::test]
async fn a_stream_records_its_first_event_and_its_whole_duration() -> TestResult {
    let scene = Scene::new().await?;
    let events = || [chunk(Some("a")), chunk(Some("b")), chunk(None), Event::done()];
    scene.mock.on("createChatCompletion").reply_stream(events())?;
    let call = scene.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let completion = call.clone().stream_events().await?.final_completion().await?;
    assert_eq!(completion.text(), "ab");
    let (first, duration) = (scene.point(FIRST, &[])?, scene.point(DURATION, &[])?);
    assert_eq!((first.count, duration.count, &*first.attributes["gen_ai.response.model"]), (1, 1, "gpt-x"));
    assert!(first.sum <= duration.sum, "{first:?} {duration:?}");
    assert!(!duration.attributes.contains_key("error.type"));
    assert_eq!(scene.point(TOKENS, &[("gen_ai.token.type", "output")])?.sum, 3.0);

    // Cut off: an error. Dropped by the caller: none, but it is recorded.
    let cut = Reply::events([chunk(Some("a"))]).fault(Fault::CutEvents(1));
    scene.mock.on("createChatCompletion").times(1).reply(cut)?;
    let mut stream = call.clone().stream().await?;
    while stream.next().await.is_some() {}
    let failed: Vec<Point> =
        scene.points()?.into_iter().filter(|point| point.attributes.contains_key("error.type")).collect();
    assert_eq!((failed.len(), failed[0].metric.as_str()), (1, DURATION), "{failed:?}");
    drop(call.stream().await?);
    let left =
        scene.points()?.into_iter().filter(|point| point.metric == DURATION).map(|point| point.count).sum::<u64>();
    assert_eq!(left, 3);
    Ok(())
}

#[tokio::test]
async fn a_call_that_is_dropped_is_cancelled() -> TestResult {
    let scene = Scene::new().await?;
    scene.mock.on("createChatCompletion").latency(Duration::from_secs(30)).reply(completion("gpt-x"))?;
    let call = scene.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let unpolled = call.clone().send();
    drop(unpolled);
    assert!(scene.points()?.is_empty(), "a call that was never polled is none");
    tokio::time::timeout(Duration::from_millis(50), call.send()).await.unwrap_err();
    assert_eq!(scene.point(DURATION, &[("error.type", "Cancelled")])?.count, 1);
    Ok(())
}

#[tokio::test]
async fn options_keep_the_meter_and_azure_has_its_name() -> TestResult {
    let scene = Scene::new().await?;
    let other = scene.client.with_options(|options| options.max_retries(0))?;
    other.models().list().send().await?;
    scene.point(DURATION, &[("gen_ai.operation.name", "listModels")])?;
    let endpoint = openai_ext::azure::AzureConfig::new(scene.mock.azure_endpoint()).v1().api_key("no-key");
    let azure = Client::builder().provider(endpoint).meter(&scene.provider.meter("test")).build()?;
    azure.chat().completions().create("my-deployment", [Message::user("Hi")]).send().await?;
    scene.point(DURATION, &[("gen_ai.provider.name", "azure.ai.openai")])?;
    Ok(())
}

#[test]
fn without_a_meter_the_global_one_counts() -> TestResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let scene = Scene::new().await?;
        // The client is built before the provider is set, as in most programs.
        let client = Client::builder().base_url(scene.mock.base_url()).api_key("no-key").build()?;
        opentelemetry::global::set_meter_provider(scene.provider.clone());
        client.models().list().send().await?;
        // Other tests of this process are counted as well.
        scene.point(DURATION, &[("gen_ai.operation.name", "listModels"), ("server.port", scene.port())])?;
        Ok(())
    })
}
