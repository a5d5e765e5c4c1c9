//! A span for each call, with the attribute names of OpenTelemetry, and events for what happens in it.
//!
//! No body and no secret is in them: of the request its operation, path template and model, of the response its
//! status, ids, model and token counts.

#[cfg(feature = "tracing")]
pub(crate) use on::{Trace, instrument};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{Trace, instrument};

use crate::reply::Head;

/// What a call gives, as far as a span tells of it.
pub(crate) trait Answered {
    /// The response, and its body if that was read; `None` if there was none.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code))]
    fn answer(&self) -> Option<(&Head, &[u8])>;
}

#[cfg(feature = "tracing")]
mod on {
    use std::time::Duration;

    use tracing::{Instrument, Span, debug, field, info, info_span, warn};

    use super::Answered;
    use crate::call::Parts;
    use crate::error::{Error, Result};
    use crate::json::{JsonKind, ReadError, Reader, Value};
    use crate::reply::Head;

    /// What a call tells of itself.
    pub(crate) struct Trace;

    pub(crate) fn instrument<T: Answered, F: Future<Output = Result<T>> + Send + 'static>(
        parts: Box<Parts>,
        call: impl FnOnce(Box<Parts>) -> F,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let endpoint = parts.endpoint;
        let (method, path) = match &parts.route {
            Some((method, path)) => (method.as_str().to_owned(), crate::url::printable(path)),
            None => (endpoint.method.to_owned(), endpoint.path.to_owned()),
        };
        let span = info_span!(
            "openai",
            otel.name = field::Empty,
            otel.kind = "client",
            gen_ai.provider.name = "openai",
            gen_ai.operation.name = endpoint.id,
            gen_ai.request.model = field::Empty,
            gen_ai.response.id = field::Empty,
            gen_ai.response.model = field::Empty,
            gen_ai.usage.input_tokens = field::Empty,
            gen_ai.usage.output_tokens = field::Empty,
            http.request.method = method,
            http.request.resend_count = field::Empty,
            http.response.status_code = field::Empty,
            url.template = path,
            server.address = parts.client.shared().base.host(),
            openai.request_id = field::Empty,
            error.type = field::Empty,
        );
        if !span.is_disabled() {
            let model = parts.body.text_member("model");
            span.record("otel.name", [endpoint.id, model.as_deref().unwrap_or_default()].join(" ").trim_end());
            if let Some(model) = model {
                span.record("gen_ai.request.model", model);
            }
        }
        let call = call(parts);
        let own = span.clone();
        async move {
            let result = call.await;
            finish(&own, result.as_ref().map(Answered::answer));
            result
        }
        .instrument(span)
    }

    impl Trace {
        pub(crate) fn attempt(retries: u32) {
            debug!(attempt = retries + 1, "sending");
        }

        pub(crate) fn wait(error: &Error, wait: Duration) {
            let status = error.status().map(|status| status.as_u16());
            warn!(kind = ?error.kind(), status, wait_ms = wait.as_millis() as u64, "trying again");
        }
    }

    fn finish(span: &Span, result: Result<Option<(&Head, &[u8])>, &Error>) {
        if span.is_disabled() {
            return;
        }
        let (status, request_id, attempts) = match result {
            // A file that was complete already needed no request.
            Ok(None) => return,
            Ok(Some((head, _))) => (Some(head.status), head.request_id(), head.attempts),
            Err(error) => (error.status(), error.request_id(), error.attempts()),
        };
        if let Some(status) = status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(id) = request_id {
            span.record("openai.request_id", id);
        }
        span.record("http.request.resend_count", attempts.saturating_sub(1));
        match result {
            Ok(None) => {}
            Ok(Some((head, bytes))) => {
                let _ = response(span, bytes);
                info!(status = head.status.as_u16(), "answered");
            }
            Err(error) => {
                span.record("error.type", format!("{:?}", error.kind()));
                // The server's message may repeat what was sent, so it is not logged.
                warn!(kind = ?error.kind(), status = status.map(|status| status.as_u16()), "failed");
            }
        }
    }

    /// What a JSON response says of itself.
    fn response(span: &Span, bytes: &[u8]) -> Result<(), ReadError> {
        let mut reader = Reader::new(bytes)?;
        let mut first = true;
        reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut first)? {
            match (&*key, reader.kind()?) {
                ("id", JsonKind::String) => span.record("gen_ai.response.id", &*reader.string()?),
                ("model", JsonKind::String) => span.record("gen_ai.response.model", &*reader.string()?),
                ("usage", JsonKind::Object) => {
                    let usage = reader.value()?;
                    let count =
                        |names: [&str; 2]| names.iter().find_map(|name| usage.get(*name).and_then(Value::as_u64));
                    span.record("gen_ai.usage.input_tokens", count(["input_tokens", "prompt_tokens"]));
                    span.record("gen_ai.usage.output_tokens", count(["output_tokens", "completion_tokens"]))
                }
                _ => {
                    reader.skip()?;
                    continue;
                }
            };
        }
        Ok(())
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use std::time::Duration;

    use crate::call::Parts;
    use crate::error::{Error, Result};

    pub(crate) struct Trace;

    pub(crate) fn instrument<T: super::Answered, F: Future<Output = Result<T>>>(
        parts: Box<Parts>,
        call: impl FnOnce(Box<Parts>) -> F,
    ) -> F {
        call(parts)
    }

    impl Trace {
        pub(crate) fn attempt(_: u32) {}

        pub(crate) fn wait(_: &Error, _: Duration) {}
    }
}
