//! An endpoint and the inputs of a call: what is known of a request before it is made.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Method};
use serde_json::Value;

use super::body::{self, CallBody};
use super::endpoint::{BodyKind, Endpoint, Security, StreamSwitch};
use super::flatten;
use super::headers::{Change, HeaderArg, change};
use super::style::Style;
use super::url;
use crate::error::{Error, Result};
use crate::json::{self, Json};

/// An endpoint and what a call of it was given.
///
/// An input that can't be sent, as an empty path parameter, is kept as the problem and becomes the error of the call.
#[derive(Clone)]
pub(crate) struct CallInputs {
    pub(crate) endpoint: &'static Endpoint,
    /// Method and path of a call that has no endpoint of its own.
    pub(crate) route: Option<(Method, String)>,
    pub(crate) security: Security,
    pub(crate) path: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, Value)>,
    /// Those of the query that the operation itself has; others were set by `with_query`.
    pub(crate) own_query: Vec<&'static str>,
    /// By the operation's inputs, then by `with_header`, which wins.
    pub(crate) headers: Vec<Change>,
    pub(crate) body: CallBody,
    pub(crate) fields: Vec<(String, Value)>,
    pub(crate) timeout: Option<Duration>,
    /// The limit of the whole call, with all its attempts and waits.
    pub(crate) total: Option<Duration>,
    pub(crate) max_retries: Option<u32>,
    /// Options of layers above, one of each type.
    pub(crate) extensions: Extensions,
    pub(crate) max_response_size: Option<usize>,
    pub(crate) problem: Option<String>,
}

impl CallInputs {
    pub(crate) fn new(endpoint: &'static Endpoint) -> Self {
        Self {
            endpoint,
            route: None,
            security: endpoint.security,
            path: Vec::new(),
            query: Vec::new(),
            own_query: Vec::new(),
            headers: Vec::new(),
            body: CallBody::None,
            fields: Vec::new(),
            timeout: None,
            total: None,
            max_retries: None,
            extensions: Extensions::new(),
            max_response_size: None,
            problem: None,
        }
    }

    /// Sets a parameter of the path.
    pub(crate) fn set_path(&mut self, name: &'static str, value: &str) {
        let style = self.style(name, Style::SIMPLE).filter(|style| *style != Style::SIMPLE);
        let text = match style {
            Some(style) => url::styled_path_value(name, &value.into(), style),
            None => url::path_value(name, value),
        };
        match text {
            Ok(text) => self.path.push((name, text)),
            Err(problem) => self.set_problem(problem),
        }
    }

    /// Sets a parameter of the path that may be an array or an object.
    pub(crate) fn set_path_value(&mut self, name: &'static str, value: &dyn Json) {
        let style = self.style(name, Style::SIMPLE).unwrap_or(Style::SIMPLE);
        match url::styled_path_value(name, &json::to_value(value), style) {
            Ok(text) => self.path.push((name, text)),
            Err(problem) => self.set_problem(problem),
        }
    }

    /// The form of a parameter by OpenAPI's rules, if the operation follows these.
    fn style(&self, name: &str, default: Style) -> Option<Style> {
        self.endpoint.styles.map(|styles| styles.parameter(name, default))
    }

    /// Sets a parameter of the query that the operation itself has; null leaves it out.
    pub(crate) fn set_query(&mut self, name: &'static str, value: &dyn Json) {
        self.query.push((name.to_owned(), json::to_value(value)));
        self.own_query.push(name);
    }

    /// Sets a header that is an input of the operation; null leaves it out.
    pub(crate) fn set_header(&mut self, name: &'static str, value: &dyn Json) {
        let value = json::to_value(value);
        let text = match (self.style(name, Style::SIMPLE), value) {
            (_, Value::Null) => return,
            (Some(style), value) => style.header(&value),
            (None, Value::Array(items)) => items.iter().map(flatten::text).collect::<Vec<_>>().join(","),
            (None, other) => flatten::text(&other),
        };
        self.change_header(name, text.into());
    }

    /// Adds a cookie that is an input of the operation; null leaves it out.
    pub(crate) fn set_cookie(&mut self, name: &'static str, value: &dyn Json) {
        let pairs = self.style(name, Style::FORM).unwrap_or(Style::FORM).pairs(name, &json::to_value(value));
        if pairs.is_empty() {
            return;
        }
        let pairs = pairs.replace('&', "; ");
        let known = self.headers.iter().rev().find(|(name, _)| *name == http::header::COOKIE);
        let known = known.and_then(|(_, value)| value.as_ref()?.to_str().ok()).map(|value| format!("{value}; {pairs}"));
        self.change_header("cookie", known.unwrap_or(pairs).into());
    }

    /// Sets a header or takes it out.
    pub(crate) fn change_header(&mut self, name: &str, value: HeaderArg<'_>) {
        match change(name, value) {
            Ok(change) => self.headers.push(change),
            Err(problem) => self.set_problem(problem),
        }
    }

    /// Sets the body; it is encoded at once.
    pub(crate) fn set_body(&mut self, body: &dyn Json) {
        match CallBody::encode(self.endpoint.body, body) {
            Ok(body) => self.body = body,
            Err(problem) => self.set_problem(problem),
        }
    }

    /// Sets a field of the body; it wins over the body's own.
    pub(crate) fn set_field(&mut self, name: String, value: Value) {
        self.fields.retain(|(known, _)| *known != name);
        self.fields.push((name, value));
    }

    /// Asks for an event stream, in the way of the endpoint.
    pub(crate) fn set_stream(&mut self) {
        match self.endpoint.asks {
            StreamSwitch::Usual => {}
            StreamSwitch::Accept => return,
            StreamSwitch::Field(name) => return self.set_field(name.to_owned(), Value::Bool(true)),
            StreamSwitch::Query(name) => return self.query.push((name.to_owned(), Value::Bool(true))),
        }
        // An endpoint that answers nothing but events has no parameter for it.
        if self.endpoint.accept == "text/event-stream" {
            return;
        }
        if let Some((name, value)) = self.endpoint.switch {
            return self.set_field(name.to_owned(), Value::from(value));
        }
        let bodiless = matches!(self.body, CallBody::None) && self.endpoint.body == BodyKind::None;
        let method = self.route.as_ref().map_or(self.endpoint.method, |(method, _)| method.as_str());
        if bodiless && matches!(method, "GET" | "HEAD") {
            self.query.push(("stream".to_owned(), Value::Bool(true)));
        } else {
            self.set_field("stream".to_owned(), Value::Bool(true));
        }
    }

    /// Keeps why the call can't be sent. The first problem is the one to report.
    pub(crate) fn set_problem(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// Takes over headers, query parameters that `takes` lets through, and limits of another call; what this one has
    /// itself wins. What belongs to the other's body stays there, as does its `Idempotency-Key`.
    pub(crate) fn adopt(&mut self, other: &Self, takes: impl Fn(&str) -> bool) {
        let kept = |(name, _): &&Change| {
            !matches!(name.as_str(), "idempotency-key" | "content-type" | "content-length" | "content-encoding")
        };
        // Of several values the last one counts.
        self.headers.splice(..0, other.headers.iter().filter(kept).cloned());
        self.query.splice(..0, other.query.iter().filter(|(name, _)| takes(name)).cloned());
        self.timeout = self.timeout.or(other.timeout);
        self.total = self.total.or(other.total);
        self.max_retries = self.max_retries.or(other.max_retries);
        self.max_response_size = self.max_response_size.or(other.max_response_size);
    }

    /// A text of the body as it is sent.
    pub(crate) fn text_member(&self, name: &str) -> Option<String> {
        match self.fields.iter().find(|(known, _)| known == name) {
            Some((_, value)) => value.as_str().map(str::to_owned),
            None => self.body.text_member(name),
        }
    }

    /// Returns the fields that are set by name. With `adds` also those that the endpoint adds where nothing sets them.
    pub(crate) fn all_fields(&self, adds: bool) -> Cow<'_, [(String, Value)]> {
        let mut fields = Cow::Borrowed(self.fields.as_slice());
        for (name, value) in self.endpoint.unset.iter().filter(|_| adds && self.route.is_none()) {
            if !fields.iter().any(|(known, _)| known == name) && !self.body.has(name) {
                fields.to_mut().push(((*name).to_owned(), (*value).into()));
            }
        }
        fields
    }

    /// The JSON text of the body as it would be sent, where only a body can be sent.
    pub(crate) fn json_body(&self, adds: bool) -> Result<Bytes> {
        if let Some(problem) = &self.problem {
            return Err(Error::invalid(problem.clone()));
        }
        let is_json = matches!(self.endpoint.body, BodyKind::None | BodyKind::Json | BodyKind::JsonOf(_));
        if !is_json {
            return Err(Error::invalid(format!("`{}` sends a form, which has no JSON text", self.endpoint.id)));
        }
        let header = self.headers.first().map(|(name, _)| format!("header `{name}`"));
        let query = self.query.first().map(|(name, _)| format!("parameter `{name}` of the query"));
        match header.or(query) {
            Some(what) => {
                Err(Error::invalid(format!("the {what} has no place where only the body is sent: take it out")))
            }
            None => body::json_text(&self.body, &self.all_fields(adds)),
        }
    }
}

impl fmt::Debug for CallInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let fields: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
        let mut out = f.debug_struct("Call");
        out.field("operation", &self.endpoint.id);
        match &self.route {
            Some((method, path)) => out.field("method", &method.as_str()).field("path", &url::printable(path)),
            None => out.field("method", &self.endpoint.method).field("path", &self.endpoint.path),
        };
        out.field("query", &query)
            .field("headers", &headers)
            .field("fields", &fields)
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}
