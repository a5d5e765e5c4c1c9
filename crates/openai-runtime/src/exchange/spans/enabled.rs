//! The telemetry of a call, from its first poll on.

use std::sync::Arc;

#[cfg(feature = "otel")]
use super::metrics::measure;
#[cfg(not(feature = "otel"))]
use super::no_metrics::measure;
#[cfg(not(feature = "tracing"))]
use super::no_span::begin;
#[cfg(feature = "tracing")]
use super::span::begin;
use super::traced::Traced;
use crate::error::Result;
use crate::exchange::channel::Channel;
use crate::request::inputs::CallInputs;
use crate::trace::StreamSpan;

pub(crate) async fn instrument<T: Traced, F: Future<Output = Result<T>> + Send + 'static>(
    channel: Arc<Channel>,
    inputs: Box<CallInputs>,
    call: impl FnOnce(Arc<Channel>, Box<CallInputs>) -> F,
) -> Result<T> {
    let span = begin(&channel, &inputs);
    let mut telemetry = StreamSpan::new(span.clone(), measure(&channel, &inputs));
    let mut result = span.enclose(call(channel, inputs)).await;
    match &mut result {
        Err(error) => {
            span.outcome(error.status(), error.request_id(), error.attempts());
            telemetry.failed(error);
        }
        Ok(done) => {
            if let Some((head, bytes)) = done.response() {
                span.outcome(Some(head.status), head.request_id(), head.attempts);
                telemetry.answered(&head.redactor);
                telemetry.body(bytes);
                span.answered(head.status);
            }
            match done.stream_span() {
                Some(stream) => *stream = telemetry,
                None => telemetry.completed(),
            }
        }
    }
    result
}
