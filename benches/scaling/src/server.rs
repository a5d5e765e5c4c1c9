//! A transport that answers from memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use openai_ext::Client;
use openai_ext::http::{Request, Response};
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};

/// Answers the requests in turn.
struct Memory<F> {
    answer: F,
    requests: AtomicUsize,
}

impl<F: Fn(usize) -> (&'static str, Body) + Send + Sync + 'static> Transport for Memory<F> {
    fn send(&self, _: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let (kind, body) = (self.answer)(self.requests.fetch_add(1, Ordering::Relaxed));
        let mut response = Response::new(body);
        response.headers_mut().insert("content-type", kind.parse().expect("a media type"));
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// Returns a client whose requests are answered by their number.
pub fn client(answer: impl Fn(usize) -> (&'static str, Body) + Send + Sync + 'static) -> Client {
    let memory = Memory { answer, requests: AtomicUsize::new(0) };
    let builder = Client::builder().api_key("any").base_url("http://localhost/v1").transport(Arc::new(memory));
    builder.build().expect("a client")
}

/// An event stream that is made as it is read: its beginning, a number of the same events again and again, and its end.
#[derive(Clone, Default)]
pub struct Events {
    pub start: Vec<String>,
    pub turn: Vec<String>,
    pub end: Vec<String>,
}

impl Events {
    /// Returns a client that gets so many events, but for those at the start and end.
    pub fn client(&self, count: usize) -> Client {
        let text = |events: &[String]| Bytes::from(events.concat());
        let (start, turn, end) = (text(&self.start), text(&self.turn), text(&self.end));
        let turns = count / self.turn.len();
        client(move |_| {
            let turn = turn.clone();
            let turns = stream::repeat_with(move || turn.clone()).take(turns);
            let all = stream::iter([start.clone()]).chain(turns).chain(stream::iter([end.clone()]));
            ("text/event-stream", Body::from_stream(all.map(Ok), None))
        })
    }
}
