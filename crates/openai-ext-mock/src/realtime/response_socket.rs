//! Responses over WebSocket: each `response.create` is a `POST /responses` whose events come as messages.

use std::collections::VecDeque;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::peer::{Out, Peer};
use crate::document::{Route, route};
use crate::service::MockService;
use crate::wire::{Fault, ReceivedRequest, Reply, ReplyBody};

pub(super) struct ResponseSocket {
    service: Arc<MockService>,
    /// The handshake: its headers and its query are those of each request.
    handshake: ReceivedRequest,
    queue: VecDeque<Out>,
}

impl Peer for ResponseSocket {
    fn greet(&mut self) -> Vec<Value> {
        Vec::new()
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        match self.create(text) {
            Ok((reply, stream_id)) => {
                self.say(reply, &stream_id);
                Vec::new()
            }
            Err((code, param, message)) => {
                let error = json!({"type": "invalid_request_error", "code": code, "param": param, "message": message});
                vec![json!({"type": "error", "status": 400, "error": error})]
            }
        }
    }

    fn next(&mut self) -> Option<Out> {
        self.queue.pop_front()
    }

    fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }
}

type CreateError = (&'static str, Option<&'static str>, String);

impl ResponseSocket {
    pub(super) fn new(service: Arc<MockService>, handshake: ReceivedRequest) -> Self {
        Self { service, handshake, queue: VecDeque::new() }
    }

    /// Answers a request with the event's fields as its body: by a script, or as over HTTP.
    fn create(&self, text: &str) -> Result<(Reply, Value), CreateError> {
        let event: Value = serde_json::from_str(text)
            .map_err(|error| ("invalid_json", None, format!("We could not parse the JSON of your event: {error}.")))?;
        let Value::Object(mut body) = event else {
            return Err(("invalid_json", None, "The event is not an object.".to_owned()));
        };
        match body.remove("type") {
            Some(kind) if kind == "response.create" => {}
            Some(kind) => {
                let message = format!("Invalid value: {kind}. Supported values are: 'response.create'.");
                return Err(("invalid_value", Some("type"), message));
            }
            None => {
                let message = "Missing required parameter: 'type'.".to_owned();
                return Err(("missing_required_parameter", Some("type"), message));
            }
        }
        let stream_id = body.remove("stream_id").unwrap_or(Value::Null);
        body.insert("stream".to_owned(), Value::Bool(true));
        let below = self.handshake.path.trim_start_matches("/v1");
        let route = route(&Method::POST, below, &self.handshake.query);
        let Route::Found(operation, _) = &route else {
            return Err(("invalid_value", None, "There are no responses here.".to_owned()));
        };
        let mut received = self.handshake.clone();
        received.method = Method::POST;
        received.operation = Some(operation);
        received.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        received.body = Value::Object(body).to_string().into();
        let rng = self.service.rng(&received);
        let scripts = self.service.scripts();
        let own = || self.service.by_operation(&received, &route, &rng);
        Ok((scripts.play(scripts.find(&received), &received, own), stream_id))
    }

    fn say(&mut self, reply: Reply, stream_id: &Value) {
        if !reply.delay.is_zero() {
            self.queue.push_back(Out::Wait(reply.delay));
        }
        let mut events = match reply.body {
            ReplyBody::Events(events) | ReplyBody::Open(events, _) => {
                events.iter().filter_map(|event| serde_json::from_str(event.text()).ok()).collect()
            }
            ReplyBody::Whole(bytes) => {
                let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                vec![match reply.status.is_success() {
                    true => json!({"type": "response.completed", "sequence_number": 0, "response": body}),
                    false => json!({"type": "error", "status": reply.status.as_u16(), "error": body["error"]}),
                }]
            }
        };
        let last = cut(&mut events, reply.faults.fault());
        for mut event in events {
            if !stream_id.is_null() && event.is_object() {
                event["stream_id"] = stream_id.clone();
            }
            self.queue.push_back(Out::Event(event));
        }
        self.queue.extend(last);
    }
}

/// Takes away what a fault keeps from the client, and gives what comes instead.
fn cut(events: &mut Vec<Value>, fault: Option<Fault>) -> Option<Out> {
    match fault? {
        Fault::CutEvents(count) => events.truncate(count),
        Fault::Disconnect | Fault::CutBody(_) => events.clear(),
        Fault::StallEvents(count) | Fault::EndEvents(count) => {
            events.truncate(count);
            return None;
        }
        Fault::Silence => {
            events.clear();
            return None;
        }
    }
    Some(Out::Disconnect)
}
