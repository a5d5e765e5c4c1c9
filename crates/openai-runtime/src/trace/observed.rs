//! The telemetry of one call, from its first poll to the end of its response.

use super::facts::{error_type, read_facts};
use super::{CallSpan, Measurement};
use crate::error::{Error, Redactor};

/// The telemetry of one call: its span and its measurement. It goes with a response that is still being read.
#[derive(Default)]
pub(crate) struct StreamSpan {
    span: CallSpan,
    measurement: Measurement,
    events: u64,
    /// Takes credentials out of what is recorded.
    redactor: Redactor,
    /// The call is not over.
    is_open: bool,
    /// The head of the response is there.
    is_answered: bool,
}

impl StreamSpan {
    pub(crate) fn new(span: CallSpan, measurement: Measurement) -> Self {
        Self { span, measurement, events: 0, redactor: Redactor::default(), is_open: true, is_answered: false }
    }

    /// The head of the response is there; the redactor knows the credentials that were sent.
    pub(crate) fn answered(&mut self, redactor: &Redactor) {
        self.redactor = redactor.clone();
        self.is_answered = true;
    }

    /// The whole body, or an event with a response in it.
    pub(crate) fn body(&mut self, bytes: &[u8]) {
        if !self.is_open {
            return;
        }
        let (span, measurement) = (&self.span, &mut self.measurement);
        // What is no JSON says nothing of itself.
        let _ = read_facts(bytes, &self.redactor, &mut |fact| {
            span.fact(&fact);
            measurement.fact(&fact);
        });
    }

    /// An event of the stream came.
    pub(crate) fn event(&mut self, data: &[u8]) {
        if !self.is_open {
            return;
        }
        self.events += 1;
        if self.events == 1 {
            self.span.first_event();
            self.measurement.first_event();
            self.body(data);
        } else if memchr::memmem::find(data, b"\"usage\"").is_some() {
            self.body(data);
        }
    }

    /// The response was read to its end.
    pub(crate) fn ended(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.span.ended(self.events);
            self.measurement.end(None);
        }
    }

    /// The call, or reading its response, failed.
    pub(crate) fn failed(&mut self, error: &Error) {
        if std::mem::take(&mut self.is_open) {
            if self.is_answered {
                self.span.ended_early(self.events);
            }
            self.span.failed(error);
            self.measurement.end(Some(error_type(error)));
        }
    }

    /// All of the response was read at once.
    pub(crate) fn completed(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.measurement.end(None);
        }
    }
}

impl Drop for StreamSpan {
    /// The caller has lost interest. A call without a response is one that was cancelled; a stream may have said enough.
    fn drop(&mut self) {
        if self.is_open {
            self.measurement.end((!self.is_answered).then(|| "Cancelled".to_owned()));
        }
    }
}
