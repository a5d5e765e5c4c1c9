//! The events and spans of calls, by the tracing crate.

use std::time::Duration;

use http::StatusCode;
use tracing::{Instrument, Span, debug, info, warn};

use super::facts::{Fact, error_type};
use crate::error::{Error, Redactor};
use crate::json::Misfit;

/// The target that a subscriber filters by.
pub(crate) const TARGET: &str = env!("CARGO_CRATE_NAME");

/// The trace of a call.
pub(crate) struct Trace;

/// The span of a call; nothing if no subscriber wants it.
#[derive(Clone, Default)]
pub(crate) struct CallSpan(Option<Span>);

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

impl CallSpan {
    pub(crate) fn new(span: Span) -> Self {
        Self(Some(span).filter(|span| !span.is_disabled()))
    }

    /// Runs a future within the span.
    pub(crate) fn enclose<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.instrument(self.0.clone().unwrap_or_else(Span::none))
    }

    pub(crate) fn fact(&self, fact: &Fact<'_>) {
        let Some(span) = &self.0 else { return };
        match fact {
            Fact::Id(id) => span.record("gen_ai.response.id", id),
            Fact::Model(model) => span.record("gen_ai.response.model", model),
            Fact::InputTokens(count) => span.record("gen_ai.usage.input_tokens", count),
            Fact::OutputTokens(count) => span.record("gen_ai.usage.output_tokens", count),
        };
    }

    /// The call has got a response or an error.
    pub(crate) fn outcome(&self, status: Option<StatusCode>, request_id: Option<&str>, attempts: u32) {
        let Some(span) = &self.0 else { return };
        if let Some(status) = status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(id) = request_id {
            span.record("openai.request_id", id);
        }
        span.record("http.request.resend_count", attempts.saturating_sub(1));
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        self.in_scope(|| info!(target: TARGET, status = status.as_u16(), "answered"));
    }

    pub(crate) fn first_event(&self) {
        self.in_scope(|| debug!(target: TARGET, "first event"));
    }

    pub(crate) fn ended(&self, events: u64) {
        self.ended_early(events);
        self.in_scope(|| debug!(target: TARGET, events, "ended"));
    }

    pub(crate) fn ended_early(&self, events: u64) {
        if let Some(span) = &self.0 {
            span.record("openai.stream.events", events);
        }
    }

    /// The call, or reading its response, failed.
    pub(crate) fn failed(&self, error: &Error) {
        let Some(span) = &self.0 else { return };
        span.record("error.type", error_type(error));
        span.record("otel.status_code", "ERROR");
        // The server's message may repeat what was sent, so it is not logged.
        let status = error.status().map(|status| status.as_u16());
        span.in_scope(|| warn!(target: TARGET, kind = ?error.kind(), status, "failed"));
    }

    fn in_scope(&self, tell: impl FnOnce()) {
        if let Some(span) = &self.0 {
            span.in_scope(tell);
        }
    }
}
