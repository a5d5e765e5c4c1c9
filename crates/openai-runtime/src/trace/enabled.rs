//! The events and spans of calls, by the tracing crate.

use std::time::Duration;

use tracing::{Span, debug, warn};

use crate::error::{Error, Redactor};
use crate::json::{JsonKind, Misfit, ReadError, Reader, Value};

/// What a subscriber filters by.
pub(crate) const TARGET: &str = env!("CARGO_CRATE_NAME");

/// What a call tells of itself.
pub(crate) struct Trace;

/// The span of a call whose response is still being read.
#[derive(Default)]
pub(crate) struct StreamSpan {
    span: Option<Span>,
    events: u64,
    /// Takes credentials out of what is recorded.
    redactor: Redactor,
}

impl Trace {
    pub(crate) fn attempt(retries: u32) {
        debug!(target: TARGET, attempt = retries + 1, "sending");
    }

    pub(crate) fn wait(error: &Error, wait: Duration) {
        let status = error.status().map(|status| status.as_u16());
        warn!(target: TARGET, kind = ?error.kind(), status, wait_ms = wait.as_millis() as u64, "trying again");
    }

    /// Values of a response are of another kind than their types have; their paths are told, not the values.
    #[cold]
    pub(crate) fn misfits(misfits: &[Misfit], redactor: &Redactor) {
        const TOLD: usize = 8;
        let places: Vec<String> = misfits.iter().take(TOLD).map(Misfit::to_string).collect();
        let places = places.join("; ");
        let places = &*redactor.text(&places);
        warn!(target: TARGET, count = misfits.len(), places, "values of another kind than expected");
    }

    /// The API refused a token, and the call is sent again with a new one.
    pub(crate) fn renewed(error: &Error) {
        let status = error.status().map(|status| status.as_u16());
        warn!(target: TARGET, kind = ?error.kind(), status, "trying again with a new access token");
    }

    /// A token could not be renewed, and the old one is used on.
    pub(crate) fn kept(error: &Error) {
        let status = error.status().map(|status| status.as_u16());
        warn!(target: TARGET, kind = ?error.kind(), status, "the access token was not renewed");
    }
}

impl StreamSpan {
    pub(crate) fn new(span: Span, redactor: Redactor) -> Self {
        Self { span: Some(span), events: 0, redactor }
    }

    /// An event of the stream came.
    pub(crate) fn event(&mut self, data: &[u8]) {
        let Some(span) = &self.span else { return };
        self.events += 1;
        if self.events == 1 {
            span.in_scope(|| debug!(target: TARGET, "first event"));
            let _ = record_response(span, data, &self.redactor);
        } else if memchr::memmem::find(data, b"\"usage\"").is_some() {
            let _ = record_response(span, data, &self.redactor);
        }
    }

    /// The response was read to its end.
    pub(crate) fn ended(&mut self) {
        if let Some(span) = self.span.take() {
            span.record("openai.stream.events", self.events);
            span.in_scope(|| debug!(target: TARGET, events = self.events, "ended"));
        }
    }

    /// Reading the response failed.
    pub(crate) fn failed(&mut self, error: &Error) {
        if let Some(span) = self.span.take() {
            span.record("openai.stream.events", self.events);
            record_failure(&span, error);
        }
    }
}

/// Records that the call, or reading its response, failed.
pub(crate) fn record_failure(span: &Span, error: &Error) {
    span.record("error.type", format!("{:?}", error.kind()));
    span.record("otel.status_code", "ERROR");
    // The server's message may repeat what was sent, so it is not logged.
    let status = error.status().map(|status| status.as_u16());
    span.in_scope(|| warn!(target: TARGET, kind = ?error.kind(), status, "failed"));
}

/// What a JSON response, or an event with a response in it, says of itself.
pub(crate) fn record_response(span: &Span, bytes: &[u8], redactor: &Redactor) -> Result<(), ReadError> {
    object(span, &mut Reader::new(bytes)?, redactor, 0)
}

fn object(span: &Span, reader: &mut Reader<'_>, redactor: &Redactor, depth: u32) -> Result<(), ReadError> {
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match (&*key, reader.kind()?) {
            ("id", JsonKind::String) => span.record("gen_ai.response.id", &*redactor.whole(&reader.string()?)),
            ("model", JsonKind::String) => span.record("gen_ai.response.model", &*redactor.whole(&reader.string()?)),
            ("usage", JsonKind::Object) => {
                let usage = reader.value()?;
                let count = |names: [&str; 2]| names.iter().find_map(|name| usage.get(*name).and_then(Value::as_u64));
                span.record("gen_ai.usage.input_tokens", count(["input_tokens", "prompt_tokens"]));
                span.record("gen_ai.usage.output_tokens", count(["output_tokens", "completion_tokens"]))
            }
            ("response", JsonKind::Object) if depth == 0 => {
                object(span, reader, redactor, 1)?;
                continue;
            }
            _ => {
                reader.skip()?;
                continue;
            }
        };
    }
    Ok(())
}
