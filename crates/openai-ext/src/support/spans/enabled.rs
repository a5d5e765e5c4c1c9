//! The spans, with the attribute names of OpenTelemetry's conventions for generative AI where it has some.

use openai_runtime::Client;
#[cfg(feature = "tools")]
use openai_runtime::Redactor;
use openai_runtime::transport::BoxFuture;
use tracing::{Instrument, Span, field, info_span};

use crate::Result;

/// The span of a helper that makes several calls.
#[derive(Clone)]
pub(crate) struct HelperSpan(Span);

impl HelperSpan {
    /// Begins the span of a run of tools.
    #[cfg(feature = "tools")]
    #[inline]
    pub(crate) fn tool_run(client: &Client) -> Self {
        Self(info_span!(
            "tool run",
            otel.name = "invoke_agent",
            otel.kind = "internal",
            otel.status_code = field::Empty,
            gen_ai.operation.name = "invoke_agent",
            gen_ai.provider.name = client.provider_name(),
            error.type = field::Empty,
        ))
    }

    /// Begins the span of a tool. A name that the toolbox does not have is the model's own, and is left out.
    #[cfg(feature = "tools")]
    #[inline]
    pub(crate) fn tool(name: Option<&str>, call_id: &str, redactor: &Redactor) -> Self {
        let span = info_span!(
            "tool",
            otel.name = field::Empty,
            otel.kind = "internal",
            otel.status_code = field::Empty,
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = name,
            gen_ai.tool.type = "function",
            gen_ai.tool.call.id = field::Empty,
            error.type = field::Empty,
        );
        if !span.is_disabled() {
            span.record("gen_ai.tool.call.id", &*redactor.text(call_id));
            span.record(
                "otel.name",
                name.map_or_else(|| "execute_tool".to_owned(), |name| format!("execute_tool {name}")),
            );
        }
        Self(span)
    }

    /// Begins the span of a batch run.
    #[cfg(all(feature = "batches", feature = "files"))]
    #[inline]
    pub(crate) fn batch_run(client: &Client) -> Self {
        Self(info_span!(
            "batch run",
            otel.name = "batch_run",
            otel.kind = "internal",
            otel.status_code = field::Empty,
            gen_ai.operation.name = "batch_run",
            gen_ai.provider.name = client.provider_name(),
            error.type = field::Empty,
        ))
    }

    /// Runs a future within the span, which ends with it. The future of a run is large: on the heap nothing copies it.
    pub(crate) async fn enclose<T>(self, future: BoxFuture<Result<T>>) -> Result<T> {
        let result = future.instrument(self.0.clone()).await;
        if let Err(error) = &result {
            self.failed(&format!("{:?}", error.kind()));
        }
        result
    }

    /// Does something within the span.
    #[cfg(feature = "tools")]
    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.in_scope(work)
    }

    /// Records the class of the error that the helper ended with.
    #[inline]
    pub(crate) fn failed(&self, class: &str) {
        self.0.record("error.type", class);
        self.0.record("otel.status_code", "ERROR");
    }
}

impl Default for HelperSpan {
    #[inline]
    fn default() -> Self {
        Self(Span::none())
    }
}
