//! The outcome of a call as its span records it.

use crate::response::head::ResponseHead;
use crate::response::reply::Reply;
use crate::trace::StreamSpan;

/// The result of a call, as far as a span describes it.
pub(crate) trait Traced {
    /// The response, and its body if that was read; `None` if there was none.
    #[cfg_attr(not(any(feature = "otel", feature = "tracing")), allow(dead_code))]
    fn response(&self) -> Option<(&ResponseHead, &[u8])>;

    /// Returns the span of the stream if the body is still to be read.
    #[cfg_attr(not(any(feature = "otel", feature = "tracing")), allow(dead_code))]
    fn stream_span(&mut self) -> Option<&mut StreamSpan> {
        None
    }
}

impl Traced for Reply {
    fn response(&self) -> Option<(&ResponseHead, &[u8])> {
        Some((&self.head, &self.bytes))
    }

    fn stream_span(&mut self) -> Option<&mut StreamSpan> {
        self.body.is_some().then_some(&mut self.span)
    }
}
