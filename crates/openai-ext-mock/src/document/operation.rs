//! The operations of the document: what the router looks for and what an answer has to look like.

use std::sync::LazyLock;

use http::{Method, StatusCode};
use serde_json::Value;

use super::openapi;
use crate::schema::validate::{self, Violation};

/// One operation of the API.
#[derive(Debug)]
pub struct Operation {
    id: String,
    method: Method,
    path: String,
    pub(crate) segments: Vec<Segment>,
    pub(crate) fixed_query: Vec<(String, String)>,
    parameters: &'static Value,
    pub(crate) request: Option<&'static Value>,
    pub(crate) response: ResponseSpec,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    Parameter(String),
}

/// The successful answer of an operation.
#[derive(Debug)]
pub(crate) struct ResponseSpec {
    pub(crate) status: StatusCode,
    pub(crate) json: Option<&'static Value>,
    pub(crate) events: Option<&'static Value>,
    /// The first media type that is neither JSON nor an event stream.
    pub(crate) other: Option<String>,
}

/// Every operation of the document, in its order.
pub fn operations() -> &'static [Operation] {
    static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| read(openapi::root()));
    &OPERATIONS
}

impl Operation {
    /// The `operationId` of the document.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path template, such as `/files/{file_id}`; without the query that tells beta operations apart.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query that a request must carry to mean this operation, such as `beta=true`; mostly empty.
    pub fn fixed_query(&self) -> &[(String, String)] {
        &self.fixed_query
    }

    /// True if the operation can answer with a stream of events.
    pub fn streams(&self) -> bool {
        self.event_schema().is_some()
    }

    /// True if the operation answers with a stream of events and with nothing else.
    pub(crate) fn only_streams(&self) -> bool {
        self.response.events.is_some() && self.response.json.is_none() && self.response.other.is_none()
    }

    /// Checks the body of a successful answer against the document. An operation without a JSON answer accepts any.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check_response(&self, body: &Value) -> Result<(), Violation> {
        match self.response.json {
            Some(schema) if !self.is_binary() => validate::check(openapi::root(), schema, body),
            _ => Ok(()),
        }
    }

    /// Checks one event of the operation's stream against the document. The events of assistants' runs are checked in
    /// their envelope: `{"event": …, "data": …}`.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check_event(&self, event: &Value) -> Result<(), Violation> {
        match self.event_schema() {
            Some(schema) => validate::check(openapi::root(), schema, event),
            None => Ok(()),
        }
    }

    /// Checks a JSON request body against the document. An operation without a JSON request accepts any.
    ///
    /// # Errors
    /// The first place that does not fit.
    pub fn check_request(&self, body: &Value) -> Result<(), Violation> {
        match self.request.and_then(|content| schema_of(content, "application/json")) {
            Some(schema) => validate::check(openapi::root(), schema, body),
            None => Ok(()),
        }
    }

    /// The default that the document gives a parameter of the query.
    pub(crate) fn query_default(&self, name: &str) -> Option<&'static Value> {
        let mut parameters = self.parameters.as_array()?.iter();
        parameters.find(|parameter| parameter["in"] == "query" && parameter["name"] == name)?["schema"].get("default")
    }

    /// Method and path in one, as the handlers are keyed by.
    pub(crate) fn key(&self) -> (&str, &str) {
        (self.method.as_str(), &self.path)
    }

    pub(crate) fn accepts_json(&self) -> bool {
        self.request.is_some_and(|content| content.get("application/json").is_some())
    }

    /// True if the answer is a file. The document says so by a binary media type, by a string as the whole JSON body, or,
    /// for the files of containers, only by the path.
    pub(crate) fn is_binary(&self) -> bool {
        match (self.response.json, &self.response.other) {
            (Some(schema), _) => schema["type"] == "string",
            (None, Some(media)) => media != "application/sdp",
            (None, None) => self.path.ends_with("/content"),
        }
    }

    /// The schema of the stream's events. The document does not say that some operations stream; their events are
    /// components all the same.
    pub(crate) fn event_schema(&self) -> Option<&'static Value> {
        let component = match self.key() {
            _ if self.response.events.is_some() => return self.response.events,
            ("POST", "/completions") => "CreateCompletionResponse",
            ("GET", "/responses/{response_id}") if self.fixed_query.is_empty() => "ResponseStreamEvent",
            ("GET", "/responses/{response_id}") => "BetaResponseStreamEvent",
            ("POST", "/threads/runs" | "/threads/{thread_id}/runs") => "AssistantStreamEvent",
            ("POST", "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs") => "AssistantStreamEvent",
            _ => return None,
        };
        openapi::component(component)
    }
}

fn read(root: &'static Value) -> Vec<Operation> {
    let paths = root["paths"].as_object().into_iter().flatten();
    let methods = ["get", "post", "put", "patch", "delete"];
    paths
        .flat_map(|(key, item)| methods.iter().filter_map(move |method| Some((key, item, *method, item.get(*method)?))))
        .filter_map(|(key, item, method, operation)| read_operation(key, item, method, operation))
        .collect()
}

fn read_operation(key: &str, item: &'static Value, method: &str, operation: &'static Value) -> Option<Operation> {
    let path = item["x-path"].as_str().unwrap_or(key).to_owned();
    let fixed = item["x-fixed-query"].as_object().into_iter().flatten();
    Some(Operation {
        id: operation["operationId"].as_str()?.to_owned(),
        method: method.to_ascii_uppercase().parse().ok()?,
        segments: path.split('/').skip(1).map(read_segment).collect(),
        fixed_query: fixed.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
        parameters: &operation["parameters"],
        request: operation.pointer("/requestBody/content"),
        response: read_response(operation),
        path,
    })
}

fn read_segment(segment: &str) -> Segment {
    match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => Segment::Parameter(name.to_owned()),
        None => Segment::Literal(segment.to_owned()),
    }
}

fn read_response(operation: &'static Value) -> ResponseSpec {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let success = responses.filter_map(|(code, response)| Some((code.parse::<StatusCode>().ok()?, response)));
    let Some((status, response)) = success.into_iter().find(|(status, _)| status.is_success()) else {
        return ResponseSpec { status: StatusCode::OK, json: None, events: None, other: None };
    };
    let content = &response["content"];
    let media = content.as_object().into_iter().flatten().map(|(name, _)| name);
    ResponseSpec {
        status,
        json: schema_of(content, "application/json"),
        events: schema_of(content, "text/event-stream"),
        other: media.into_iter().find(|name| *name != "application/json" && *name != "text/event-stream").cloned(),
    }
}

fn schema_of(content: &'static Value, media: &str) -> Option<&'static Value> {
    content.get(media)?.get("schema")
}
