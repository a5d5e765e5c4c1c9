//! Whole calls: over a transport in process, which leaves out HTTP, and over loopback.

use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::http::{Request, Response};
use openai_ext::prelude::*;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::tools::{Toolbox, tool};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::codec::CHAT;
use crate::server::Server;

/// Gives its answers in turn.
struct Script(Vec<String>, AtomicUsize);

impl Transport for Script {
    fn send(&self, _: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let at = self.1.fetch_add(1, Ordering::Relaxed) % self.0.len();
        let mut response = Response::new(Body::from(self.0[at].clone()));
        let json = openai_ext::http::HeaderValue::from_static("application/json");
        response.headers_mut().insert("content-type", json);
        Box::pin(std::future::ready(Ok(response)))
    }
}

fn client(answers: Vec<String>) -> Client {
    let transport = Arc::new(Script(answers, AtomicUsize::new(0)));
    Client::builder().api_key("sk-bench").transport(transport).build().expect("a client")
}

/// Runs a call again and again on one thread.
fn each<F: Future<Output = ()> + 'static>(call: impl Fn() -> F + 'static) -> Box<dyn FnMut()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Box::new(move || runtime.block_on(call()))
}

fn small_call(client: Client) -> Box<dyn FnMut()> {
    each(move || {
        let call = client.chat().completions().create("gpt-5.5", [Message::user("Say this is a test")]);
        async move {
            let reply = call.temperature(0.2).send().await.expect("a reply");
            assert_eq!(reply.text(), "This is a test.");
        }
    })
}

pub fn in_process() -> Box<dyn FnMut()> {
    small_call(client(vec![CHAT.to_owned()]))
}

pub fn over_loopback() -> Box<dyn FnMut()> {
    let server = Server::start();
    let client = Client::builder().api_key("sk-bench").base_url(&server.url).build().expect("a client");
    let mut call = small_call(client);
    Box::new(move || {
        let _ = &server;
        call();
    })
}

#[derive(Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Event {
    name: String,
    date: String,
    participants: Vec<String>,
}

pub fn parse() -> Box<dyn FnMut()> {
    let event = r#"{\"name\":\"Science fair\",\"date\":\"Friday\",\"participants\":[\"Alice\",\"Bob\"]}"#;
    let client = client(vec![CHAT.replace("This is a test.", event)]);
    each(move || {
        let call = client.chat().completions().create("gpt-5.5", [Message::user("Alice and Bob go to a fair")]);
        async move {
            let reply = call.parse::<Event>().await.expect("an event");
            black_box(reply);
        }
    })
}

#[derive(Deserialize, JsonSchema)]
struct City {
    city: String,
}

pub fn run_tools() -> Box<dyn FnMut()> {
    let call =
        r#"{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}"#;
    let calls = format!("\"content\":null,\"tool_calls\":[{call}]");
    let first = CHAT.replace("\"content\":\"This is a test.\"", &calls).replace("\"stop\"", "\"tool_calls\"");
    let client = client(vec![first, CHAT.to_owned()]);
    let weather =
        tool("get_weather", "The weather in a city", |city: City| async move { format!("Sun in {}", city.city) });
    let tools = Arc::new(Toolbox::new().with(weather));
    each(move || {
        let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Paris?")]);
        let tools = tools.clone();
        async move {
            let run = call.run_tools(&tools).send().await.expect("a run");
            black_box(run);
        }
    })
}

/// The items of 10 pages of 100 models.
pub fn pages() -> Box<dyn FnMut()> {
    let item = |page: usize, at: usize| {
        format!(r#"{{"object":"chat.completion","id":"chatcmpl-{page}-{at}","created":1,"model":"m","choices":[]}}"#)
    };
    let page = |page: usize| {
        let items: Vec<String> = (0..100).map(|at| item(page, at)).collect();
        let (more, items) = (page < 9, items.join(","));
        format!(
            r#"{{"object":"list","data":[{items}],"first_id":"chatcmpl-{page}-0","last_id":"chatcmpl-{page}-99","has_more":{more}}}"#
        )
    };
    let client = client((0..10).map(page).collect());
    each(move || {
        let call = client.chat().completions().list();
        async move {
            let mut items = call.items();
            let mut count = 0;
            while let Some(item) = items.next().await {
                black_box(item.expect("an item"));
                count += 1;
            }
            assert_eq!(count, 1_000);
        }
    })
}
