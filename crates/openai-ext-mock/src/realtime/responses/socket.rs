//! Responses over WebSocket: each `response.create` is a `POST /responses` whose events come as messages.

use std::collections::HashMap;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Map, Value, json};

use super::lanes::{Lanes, is_last};
use super::steers::{Steers, failed, items_of};
use crate::document::{Route, route};
use crate::realtime::peer::{Out, Peer};
use crate::service::MockService;
use crate::wire::{Fault, ReceivedRequest, Reply, ReplyBody};

pub(in crate::realtime) struct ResponseSocket {
    service: Arc<MockService>,
    /// The handshake: its headers and its query are those of each request.
    handshake: ReceivedRequest,
    lanes: Lanes,
    /// The response that each lane says; null is the lane without a name.
    current: HashMap<String, String>,
    steers: Steers,
}

impl Peer for ResponseSocket {
    fn greet(&mut self) -> Vec<Value> {
        Vec::new()
    }

    fn answer(&mut self, text: &str) -> Vec<Value> {
        match self.take(text) {
            Ok(events) => events,
            Err((code, param, message)) => {
                let error = json!({"type": "invalid_request_error", "code": code, "param": param, "message": message});
                vec![json!({"type": "error", "status": 400, "error": error})]
            }
        }
    }

    fn next(&mut self) -> Option<Out> {
        let (lane, thing) = self.lanes.next()?;
        let Out::Event(event) = thing else { return Some(thing) };
        if event["type"] == "response.created" {
            self.current.insert(key(&lane), id_of(&event));
        }
        let Some(id) = self.current.get(&key(&lane)).cloned() else { return Some(Out::Event(event)) };
        let is_end = is_last(&event);
        let is_boundary = event["type"].as_str().is_some_and(|kind| kind.ends_with(".done"));
        if is_boundary && !is_end && self.steers.has_steers(&id) && !self.calls_tools(&lane) {
            return self.cut(&lane, &id).map(Out::Event);
        }
        self.steers.note(&id, &event);
        if is_end && self.steers.has_steers(&id) {
            self.after(&lane, &id);
        }
        Some(Out::Event(event))
    }

    fn is_busy(&self) -> bool {
        !self.lanes.is_empty()
    }
}

type ClientError = (&'static str, Option<&'static str>, String);

impl ResponseSocket {
    pub(in crate::realtime) fn new(service: Arc<MockService>, handshake: ReceivedRequest) -> Self {
        Self { service, handshake, lanes: Lanes::default(), current: HashMap::new(), steers: Steers::default() }
    }

    /// Takes an event of the client, and gives what is said at once.
    fn take(&mut self, text: &str) -> Result<Vec<Value>, ClientError> {
        let event: Value = serde_json::from_str(text)
            .map_err(|error| ("invalid_json", None, format!("We could not parse the JSON of your event: {error}.")))?;
        if event["type"] == "response.steer" {
            return Ok(self.steer(&event));
        }
        let Value::Object(mut body) = event else {
            return Err(("invalid_json", None, "The event is not an object.".to_owned()));
        };
        match body.remove("type") {
            Some(kind) if kind == "response.create" => {}
            Some(kind) => {
                let message =
                    format!("Invalid value: {kind}. Supported values are: 'response.create', 'response.steer'.");
                return Err(("invalid_value", Some("type"), message));
            }
            None => {
                let message = "Missing required parameter: 'type'.".to_owned();
                return Err(("missing_required_parameter", Some("type"), message));
            }
        }
        let lane = body.remove("stream_id").unwrap_or(Value::Null);
        self.steers.put_first(&mut body);
        let things = self.create(body)?;
        self.lanes.say(&lane, things);
        Ok(Vec::new())
    }

    /// Answers a request with these fields as its body: by a script, or as over HTTP.
    fn create(&mut self, mut body: Map<String, Value>) -> Result<Vec<Out>, ClientError> {
        let previous = self.recall(&mut body);
        let known = body.clone();
        let is_warm_up = body.remove("generate") == Some(Value::Bool(false));
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
        let own = || self.service.by_operation_saying(&received, &route, &rng, !is_warm_up);
        let mut things = things(scripts.play(scripts.find(&received), &received, own));
        if is_warm_up {
            things.retain_mut(warm_up);
        }
        for thing in &mut things {
            if let (Out::Event(event), Some(previous)) = (thing, &previous)
                && event["response"].is_object()
            {
                event["response"]["previous_response_id"] = previous.clone();
            }
        }
        let created = things.iter().find_map(|thing| match thing {
            Out::Event(event) if event["type"] == "response.created" => Some(id_of(event)),
            _ => None,
        });
        if let Some(id) = created {
            self.steers.add(&id, known);
        }
        Ok(things)
    }

    /// Puts the conversation before the input of a request that continues a response of this connection which is not
    /// stored, and gives the id of that response.
    fn recall(&self, body: &mut Map<String, Value>) -> Option<Value> {
        let mut input = self.steers.context(body.get("previous_response_id")?.as_str()?)?;
        input.extend(items_of(body.get("input")));
        body.insert("input".to_owned(), Value::Array(input));
        body.remove("previous_response_id")
    }

    fn steer(&mut self, event: &Value) -> Vec<Value> {
        let (mut answer, is_accepted) = self.steers.steer(event);
        let parent = event["previous_response_id"].as_str().unwrap_or_default().to_owned();
        let lane = self.current.iter().find(|(_, id)| **id == parent).map(|(lane, _)| lane.clone());
        let lane = lane.map_or(Value::Null, |lane| serde_json::from_str(&lane).unwrap_or(Value::Null));
        if !lane.is_null() {
            answer["stream_id"] = lane.clone();
        }
        if is_accepted && self.steers.has_ended(&parent) {
            let pending = self.steers.pending(&parent).pop();
            self.lanes.say(&lane, pending.map(Out::Event));
        }
        vec![answer]
    }

    /// True if the response that a lane says will end with calls.
    fn calls_tools(&self, lane: &Value) -> bool {
        let last = self.lanes.waiting(lane).find(|event| is_last(event));
        let output = last.and_then(|event| event["response"]["output"].as_array());
        let is_call = |item: &Value| item["type"].as_str().is_some_and(|kind| kind.ends_with("_call"));
        output.is_some_and(|items| items.iter().any(is_call))
    }

    /// Ends the response that a lane says, and lets its successor follow.
    fn cut(&mut self, lane: &Value, id: &str) -> Option<Value> {
        let mut last = self.steers.cut(id)?;
        self.lanes.cut(lane);
        self.follow(lane, id);
        if !lane.is_null() {
            last["stream_id"] = lane.clone();
        }
        Some(last)
    }

    /// Lets follow what comes after a response with steers.
    fn after(&mut self, lane: &Value, id: &str) {
        let pending = self.steers.pending(id);
        if pending.is_empty() {
            return self.follow(lane, id);
        }
        self.lanes.say_first(lane, pending.into_iter().map(Out::Event).collect());
    }

    fn follow(&mut self, lane: &Value, id: &str) {
        let Some((body, steers)) = self.steers.successor(id) else { return };
        let things = match self.create(body) {
            Ok(things)
                if !things.iter().any(|thing| matches!(thing, Out::Event(event) if event["type"] == "error")) =>
            {
                things
            }
            _ => {
                let message = "The successor could not be created.";
                let failure = |(steer, input)| {
                    let steer = json!({"id": steer, "previous_response_id": id, "input": input});
                    Out::Event(failed(&steer, "successor_creation_failed", message))
                };
                steers.into_iter().map(failure).collect()
            }
        };
        self.lanes.say_first(lane, things);
    }
}

/// The key of a lane.
fn key(lane: &Value) -> String {
    lane.to_string()
}

fn id_of(event: &Value) -> String {
    event["response"]["id"].as_str().unwrap_or_default().to_owned()
}

/// Keeps of a response that only prepares the server what says that it is ready.
fn warm_up(thing: &mut Out) -> bool {
    let Out::Event(event) = thing else { return true };
    match event["type"].as_str().unwrap_or_default() {
        "response.created" | "response.in_progress" | "response.failed" | "error" => true,
        "response.completed" | "response.incomplete" => {
            event["response"]["output"] = json!([]);
            true
        }
        _ => false,
    }
}

/// The events of a reply, with what it waits for and how it breaks off.
fn things(reply: Reply) -> Vec<Out> {
    let wait = (!reply.delay.is_zero()).then_some(Out::Wait(reply.delay));
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
    wait.into_iter().chain(events.into_iter().map(Out::Event)).chain(last).collect()
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
