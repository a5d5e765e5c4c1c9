//! A server that checks the requests of what the documents become, and the program that calls it.

use super::Case;

/// The rest of a program that has a module for each case: it makes the calls of each case that tells what it sends, and
/// prints the number of requests.
pub(crate) fn program(cases: &[(String, &Case)]) -> String {
    let told = cases.iter().filter(|(_, case)| !case.sends.is_empty());
    let checks: String = told.map(|(name, case)| check(name, case)).collect();
    format!("{SERVER}\nfn main() {{\n    let mut server = Server::default();\n{checks}    server.end();\n}}\n")
}

/// The statements that run one case.
fn check(name: &str, case: &Case) -> String {
    let (replies, sends) = (case.replies, case.sends);
    format!(
        "    server.begin(&{replies:?});\n    \
             let client = {name}::Client::builder().api_key(\"key\").base_url(\"https://api.example.com/v1\");\n    \
             let client = client.transport(server.transport()).max_retries(0).build().expect(\"a client\");\n    \
             server.check({name:?}, |runtime| runtime.block_on({name}::usage(&client)), &{sends:?});\n"
    )
}

/// The server of the program.
const SERVER: &str = r##"
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use openai_runtime::http;
use openai_runtime::transport::{Body, BoxFuture, Transport, TransportError};

/// A reply: status, content type and body.
type Reply = (u16, &'static str, &'static str);

#[derive(Default)]
struct Server {
    state: Arc<State>,
    failures: Vec<String>,
    count: usize,
}

#[derive(Default)]
struct State {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<String>>,
}

struct Wire(Arc<State>);

impl Server {
    fn begin(&mut self, replies: &[Reply]) {
        self.state = Arc::default();
        self.state.replies.lock().unwrap().extend(replies);
    }

    fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(Wire(self.state.clone()))
    }

    fn check(
        &mut self,
        name: &str,
        run: impl FnOnce(tokio::runtime::Runtime) -> openai_runtime::Result<()>,
        expected: &[&str],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        if let Err(error) = run(runtime) {
            self.failures.push(format!("{name}: {error:?}"));
        }
        let requests = self.state.requests.lock().unwrap();
        self.count += requests.len();
        if *requests != expected {
            self.failures.push(format!("{name} sent\n{}\nand not\n{}", requests.join("\n"), expected.join("\n")));
        }
    }

    fn end(self) {
        if !self.failures.is_empty() {
            eprintln!("{}", self.failures.join("\n\n"));
            std::process::exit(1);
        }
        println!("{} requests", self.count);
    }
}

impl Transport for Wire {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let state = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = read(body).await;
            state.requests.lock().unwrap().push(written(&parts, &body));
            let reply = state.replies.lock().unwrap().pop_front();
            let (status, media, body) = reply.unwrap_or((200, "application/json", "{}"));
            let response = http::Response::builder().status(status).header("content-type", media);
            Ok(response.body(Body::from(openai_runtime::bytes::Bytes::from(body))).unwrap())
        })
    }
}

async fn read(mut body: Body) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut body), context)).await {
        all.extend_from_slice(&chunk.expect("a body that can be read"));
    }
    all
}

/// A request: method and URL, headers that are not those of every call, media type and body.
fn written(parts: &http::request::Parts, body: &[u8]) -> String {
    let uri = parts.uri.to_string();
    let mut out = format!("{} {}", parts.method, uri.strip_prefix("https://api.example.com/v1").unwrap_or(&uri));
    let text = |name: &str| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    if text("authorization").is_none() {
        out += " [no credential]";
    }
    for name in ["accept", "cookie", "x-ids", "x-filter"] {
        if let Some(value) = text(name).filter(|value| value != "application/json") {
            out += &format!(" [{name}: {value}]");
        }
    }
    if !body.is_empty() {
        let media = text("content-type").unwrap_or_default();
        let (media, boundary) = media.split_once("; boundary=").unwrap_or((&media, "\0"));
        let body = String::from_utf8_lossy(body).replace(boundary, "-").replace("\r\n", "|");
        out += &format!(" {media} {body}");
    }
    out
}
"##;
