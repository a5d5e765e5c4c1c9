//! Layers of tower around calls and attempts.
#![allow(missing_docs)]

mod support;

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use openai_runtime::bytes::Bytes;
use openai_runtime::http::{HeaderValue, Request, Response};
use openai_runtime::json::Value;
use openai_runtime::transport::{Body, TransportError};
use openai_runtime::{BodyKind, Call, Client, Done, Endpoint, Error, ErrorKind, HttpService, InputFile, RawResponse};
use serde_json::json;
use support::{ENDPOINT, Reply, Server, builder, server};
use tower::layer::layer_fn;
use tower::limit::ConcurrencyLimitLayer;
use tower::load_shed::LoadShedLayer;
use tower::timeout::TimeoutLayer;
use tower::util::{BoxCloneService, MapRequestLayer, MapResponseLayer, ServiceExt};

static STREAM: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Inner = BoxCloneService<Request<Body>, Response<Body>, BoxError>;

/// A layer made of a function that gets the inner service and a request.
fn around<F, R>(work: F) -> impl tower::Layer<HttpService, Service = Inner>
where
    F: Fn(HttpService, Request<Body>) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
{
    layer_fn(move |inner: HttpService| {
        let work = work.clone();
        BoxCloneService::new(tower::service_fn(move |request| work(inner.clone(), request)))
    })
}

fn call(client: &Client) -> Call {
    let mut call = Call::new(client, &ENDPOINT);
    call.body(&json!({"model": "m"}));
    call
}

/// A recorder, and what it saw.
fn recorder() -> (impl tower::Layer<HttpService, Service = Inner>, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let layer = around(move |inner, request| {
        let log = log.clone();
        async move {
            let body = request.body().as_bytes().cloned().unwrap_or_default();
            let credential = request.headers().contains_key("authorization");
            let line =
                format!("{} {} {credential} {}", request.method(), request.uri(), String::from_utf8_lossy(&body));
            log.lock().unwrap().push(line);
            let result = inner.oneshot(request).await;
            let status = result.as_ref().map_or_else(ToString::to_string, |response| response.status().to_string());
            log.lock().unwrap().push(status);
            result
        }
    });
    (layer, seen)
}

fn seen(log: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
}

fn failing_twice() -> Arc<Server> {
    server([Reply::json(500, "{}"), Reply::broken(), Reply::json(200, r#"{"id":"x"}"#)])
}

#[tokio::test]
async fn a_call_is_seen_once_and_each_attempt() {
    let server = failing_twice();
    let (outer, calls) = recorder();
    let (inner, attempts) = recorder();
    let client = builder(&server).layer(outer).attempt_layer(inner).build().unwrap();
    let value: Value = call(&client).send().await.unwrap();
    assert_eq!(value, json!({"id": "x"}));
    let url = "https://api.openai.com/v1/things";
    assert_eq!(seen(&calls), [format!("POST {url} false {{\"model\":\"m\"}}"), "200 OK".into()]);
    let sent = format!("POST {url} true {{\"model\":\"m\"}}");
    let expected = [&sent, "500 Internal Server Error", &sent, "refused", &sent, "200 OK"];
    assert_eq!(seen(&attempts), expected);
}

#[tokio::test]
async fn errors_of_the_call_pass_the_layers_as_they_are() {
    let server = server([Reply::json(404, r#"{"error":{"message":"no","code":"gone"}}"#)]);
    let (outer, calls) = recorder();
    let client = builder(&server).layer(outer).build().unwrap();
    let error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.code(), error.attempts()), (ErrorKind::NotFound, Some("gone"), 1));
    assert_eq!(error.request_id(), Some("req_1"));
    assert!(seen(&calls)[1].contains("no"));
}

#[tokio::test]
async fn a_later_layer_lies_around_those_before() {
    let server = server([Reply::json(200, "{}"), Reply::json(200, "{}")]);
    let note = |text: &'static str| {
        MapRequestLayer::new(move |mut request: Request<Body>| {
            let value = request.headers().get("x-trace").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let value = HeaderValue::try_from(format!("{value}{text}")).unwrap();
            request.headers_mut().insert("x-trace", value);
            request
        })
    };
    let client = builder(&server).layer(note("a")).layer(note("b")).attempt_layer(note("c")).attempt_layer(note("d"));
    let client = client.build().unwrap();
    call(&client).send::<Value>().await.unwrap();
    let other = client.with_options(|options| options.max_retries(0)).unwrap();
    call(&other).send::<Value>().await.unwrap();
    for request in server.requests() {
        assert_eq!(request.header("x-trace"), Some("badc"));
    }
}

#[tokio::test]
async fn a_call_changed_by_a_layer_is_sent_so_in_each_attempt() {
    let server = failing_twice();
    let change = MapRequestLayer::new(|mut request: Request<Body>| {
        *request.uri_mut() = "https://api.openai.com/v1/others?x=1".parse().unwrap();
        *request.method_mut() = "PUT".parse().unwrap();
        request.headers_mut().insert("x-own", HeaderValue::from_static("1"));
        request.headers_mut().remove("user-agent");
        *request.body_mut() = Body::from("[1]");
        request
    });
    let client = builder(&server).layer(change).build().unwrap();
    call(&client).send::<Value>().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!((&*request.method, &*request.uri), ("PUT", "https://api.openai.com/v1/others?x=1"));
        assert_eq!((request.header("x-own"), request.header("user-agent"), request.text()), (Some("1"), None, "[1]"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("authorization"), Some("Bearer sk-test-key-123"));
    }
}

#[tokio::test]
async fn the_credential_goes_to_no_other_origin() {
    let server = server([]);
    let away = MapRequestLayer::new(|mut request: Request<Body>| {
        *request.uri_mut() = "https://elsewhere.example/v1/things".parse().unwrap();
        request
    });
    let client = builder(&server).layer(away).build().unwrap();
    let error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.to_string().contains("another origin"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_stream_as_the_body_is_sent_once() {
    let server = server([Reply::json(500, "{}")]);
    let change = MapRequestLayer::new(|request: Request<Body>| request.map(|body| Body::from_stream(body, None)));
    let client = builder(&server).layer(change).build().unwrap();
    let error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InternalServer, 1));
    assert_eq!(server.requests()[0].text(), r#"{"model":"m"}"#);
}

#[tokio::test]
async fn a_form_with_a_file_stays_repeatable() {
    let path = std::env::temp_dir().join(format!("openai-runtime-layers-{}", std::process::id()));
    std::fs::write(&path, "contents").unwrap();
    let server = failing_twice();
    let (outer, calls) = recorder();
    let client = builder(&server).layer(outer).build().unwrap();
    let mut upload = Call::new(&client, &UPLOAD);
    upload.with_body_field("purpose", "test");
    upload.body(&support_upload::Upload { file: InputFile::from_path(&path), ..Default::default() });
    upload.send::<Value>().await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let requests = server.requests();
    assert_eq!((requests.len(), calls.lock().unwrap().len()), (3, 2));
    assert!(requests.iter().all(|request| request.text().contains("contents")));
}

mod support_upload {
    use openai_runtime::json::Extra;
    use openai_runtime::{InputFile, object};

    pub struct Upload {
        pub file: InputFile,
        pub extra: Extra,
    }

    impl Default for Upload {
        fn default() -> Self {
            Self { file: InputFile::from_bytes(""), extra: Extra::default() }
        }
    }

    impl Clone for Upload {
        fn clone(&self) -> Self {
            Self { file: self.file.clone(), extra: self.extra.clone() }
        }
    }

    object!(Upload, [F("file", R)], [file]);
}

#[tokio::test]
async fn a_layer_may_answer_itself() {
    let server = server([Reply::json(200, r#"{"id":"first"}"#)]);
    let cache: Arc<Mutex<Option<Bytes>>> = Arc::default();
    let layer = around(move |inner, request| {
        let cache = cache.clone();
        async move {
            if let Some(kept) = cache.lock().unwrap().clone() {
                return Ok(Response::builder().header("x-cache", "hit").body(Body::from(kept)).unwrap());
            }
            let response = inner.oneshot(request).await?;
            *cache.lock().unwrap() = response.body().as_bytes().cloned();
            Ok(response)
        }
    });
    let client = builder(&server).layer(layer).build().unwrap();
    for (attempts, hit) in [(1, None), (0, Some("hit"))] {
        let reply: RawResponse<Value> = call(&client).send_raw().await.unwrap();
        let header = reply.headers().get("x-cache").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!((reply.attempts(), header.as_deref()), (attempts, hit));
    }
    assert_eq!(call(&client).send::<Value>().await.unwrap(), json!({"id": "first"}));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_layer_may_refuse() {
    let server = server([]);
    let refuse = around(|_, _| async {
        Ok(Response::builder().status(503).body(Body::from(r#"{"error":{"message":"shed"}}"#)).unwrap())
    });
    let client = builder(&server).layer(refuse).build().unwrap();
    let error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::InternalServer, "shed"));
}

#[tokio::test]
async fn the_error_of_a_layer_ends_the_call() {
    let broken = || around(|_, _| async { Err("no signature for sk-test-key-123".into()) });
    for client in [builder(&server([])).layer(broken()), builder(&server([])).attempt_layer(broken())] {
        let error = call(&client.build().unwrap()).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback, "{error}");
        assert!(error.to_string().starts_with("a layer of the client failed: no signature for"), "{error}");
        assert!(!format!("{error} {error:?}").contains("sk-test-key-123"), "{error:?}");
    }
}

#[tokio::test]
async fn an_attempt_whose_layer_fails_as_a_transport_does_is_made_again() {
    let server = server([Reply::json(200, "{}")]);
    let failures = Arc::new(AtomicUsize::new(0));
    let count = failures.clone();
    let layer = around(move |inner, request| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if first { Err(TransportError::connection("tunnel down").into()) } else { inner.oneshot(request).await }
        }
    });
    let client = builder(&server).attempt_layer(layer).build().unwrap();
    call(&client).send::<Value>().await.unwrap();
    assert_eq!((failures.load(Ordering::SeqCst), server.waits().len()), (2, 1));
}

#[tokio::test]
async fn a_request_without_its_extensions_is_told() {
    let layer = || {
        MapRequestLayer::new(|request: Request<Body>| {
            let mut new = Request::new(Body::empty());
            *new.uri_mut() = request.uri().clone();
            new
        })
    };
    for client in [builder(&server([])).layer(layer()), builder(&server([])).attempt_layer(layer())] {
        let error = call(&client.build().unwrap()).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback);
        assert!(error.to_string().contains("keep them"), "{error}");
    }
}

/// A body of another type, as layers of tower-http make them.
struct Other(Body);

impl http_body::Body for Other {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.0).poll_frame(context)
    }
}

#[tokio::test]
async fn streams_pass_with_bodies_of_any_type() {
    for place in 0..4 {
        let server = server([Reply::events("data: {\"a\":1}\n\ndata: {\"a\":2}\n\ndata: [DONE]\n\n").in_chunks(3)]);
        let other = MapResponseLayer::new(|response: Response<Body>| response.map(Other));
        let request = MapRequestLayer::new(|request: Request<Body>| request.map(Other));
        let client = match place {
            0 => builder(&server).layer(other),
            1 => builder(&server).attempt_layer(other),
            2 => builder(&server).layer(request),
            _ => builder(&server).attempt_layer(request),
        };
        let client = client.build().unwrap();
        let mut call = Call::new(&client, &STREAM);
        call.body(&json!({"stream": true}));
        let mut stream = call.stream::<Value>().await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.unwrap());
        }
        assert_eq!(events, [json!({"a": 1}), json!({"a": 2})]);
        assert_eq!(server.requests()[0].text(), r#"{"stream":true}"#);
    }
}

#[tokio::test]
async fn a_limit_is_shared_by_clients_made_of_one() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, high) = (now.clone(), most.clone());
    let slow = around(move |inner, request| {
        let (count, high) = (count.clone(), high.clone());
        async move {
            high.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            count.fetch_sub(1, Ordering::SeqCst);
            inner.oneshot(request).await
        }
    });
    let server = server((0..20).map(|_| Reply::json(200, "{}")));
    let client = builder(&server).layer(slow).layer(ConcurrencyLimitLayer::new(2)).build().unwrap();
    let other = client.with_options(|options| options.max_retries(1)).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..20 {
        tasks.spawn(call(if index % 2 == 0 { &client } else { &other }).send::<Value>());
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!((most.load(Ordering::SeqCst), now.load(Ordering::SeqCst)), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn layers_of_tower() {
    let hanging = || server([Reply::events("").then_silent()]);
    let client = builder(&hanging()).layer(TimeoutLayer::new(Duration::from_secs(1))).build().unwrap();
    let error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.to_string().contains("timed out"), "{error}");
    // An error of the call within one of a layer keeps its kind.
    let wrapped = around(|inner, request| async move {
        inner.oneshot(request).await.map_err(|error| std::io::Error::other(error).into())
    });
    let client = builder(&server([Reply::json(404, "{}")])).layer(wrapped).build().unwrap();
    let error: Error = call(&client).send::<Value>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let shed = builder(&server([Reply::json(200, "{}")])).layer(LoadShedLayer::new()).build().unwrap();
    call(&shed).send::<Value>().await.unwrap();
}
