//! A span for each call, with the attribute names of OpenTelemetry, and events for what happens in it.
//!
//! No body and no secret is in them: of the request its operation, path template, model and sampling settings, of the
//! response its status, ids, model and token counts. The span of a stream lasts until the stream ends or is dropped.

#[cfg(feature = "tracing")]
pub(crate) use on::{Trace, Watch, instrument};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{Trace, Watch, instrument};

use crate::reply::Head;

/// What a call gives, as far as a span tells of it.
pub(crate) trait Answered {
    /// The response, and its body if that was read; `None` if there was none.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code))]
    fn answer(&self) -> Option<(&Head, &[u8])>;

    /// Where the span goes on if the body is still to be read.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code))]
    fn watch(&mut self) -> Option<&mut Watch> {
        None
    }
}

#[cfg(feature = "tracing")]
mod on {
    use std::time::Duration;

    use tracing::{Instrument, Span, debug, field, info, info_span, warn};

    use super::Answered;
    use crate::call::Parts;
    use crate::endpoint::Endpoint;
    use crate::error::{Error, Result};
    use crate::json::{JsonKind, ReadError, Reader, Value};
    use crate::reply::Head;

    /// What a subscriber filters by.
    const TARGET: &str = env!("CARGO_CRATE_NAME");

    /// What a call tells of itself.
    pub(crate) struct Trace;

    /// The span of a call whose response is still being read.
    #[derive(Default)]
    pub(crate) struct Watch {
        span: Option<Span>,
        events: u64,
    }

    pub(crate) fn instrument<T: Answered, F: Future<Output = Result<T>> + Send + 'static>(
        parts: Box<Parts>,
        call: impl FnOnce(Box<Parts>) -> F,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let span = begin(&parts);
        let call = call(parts);
        let own = span.clone();
        async move {
            let mut result = call.await;
            finish(&own, result.as_ref().map(Answered::answer));
            if let Ok(Some(watch)) = result.as_mut().map(Answered::watch)
                && !own.is_disabled()
            {
                *watch = Watch { span: Some(own), events: 0 };
            }
            result
        }
        .instrument(span)
    }

    fn begin(parts: &Parts) -> Span {
        let endpoint = parts.endpoint;
        let base = &parts.client.shared().base;
        let span = info_span!(
            target: TARGET,
            "openai",
            otel.name = field::Empty,
            otel.kind = "client",
            otel.status_code = field::Empty,
            gen_ai.provider.name = "openai",
            gen_ai.operation.name = name(endpoint),
            gen_ai.request.model = field::Empty,
            gen_ai.request.temperature = field::Empty,
            gen_ai.request.top_p = field::Empty,
            gen_ai.request.max_tokens = field::Empty,
            gen_ai.request.frequency_penalty = field::Empty,
            gen_ai.request.presence_penalty = field::Empty,
            gen_ai.request.seed = field::Empty,
            gen_ai.request.choice.count = field::Empty,
            gen_ai.response.id = field::Empty,
            gen_ai.response.model = field::Empty,
            gen_ai.usage.input_tokens = field::Empty,
            gen_ai.usage.output_tokens = field::Empty,
            http.request.method = field::Empty,
            http.request.resend_count = field::Empty,
            http.response.status_code = field::Empty,
            url.template = field::Empty,
            server.address = base.host(),
            server.port = base.port(),
            openai.operation = endpoint.id,
            openai.request_id = field::Empty,
            openai.stream.events = field::Empty,
            error.type = field::Empty,
        );
        if !span.is_disabled() {
            let (method, path) = match &parts.route {
                Some((method, path)) => (method.as_str(), crate::url::printable(path)),
                None => (endpoint.method, endpoint.path.to_owned()),
            };
            span.record("http.request.method", method);
            span.record("url.template", path);
            let mut model = None;
            parts.body.scan(&mut |name, value| model = request(&span, name, value).or(model.take()));
            let name = name(endpoint);
            span.record("otel.name", model.map_or_else(|| name.to_owned(), |model| format!("{name} {model}")));
        }
        span
    }

    fn name(endpoint: &Endpoint) -> &'static str {
        if endpoint.span.is_empty() { endpoint.id } else { endpoint.span }
    }

    /// Records a member of the request's body; gives the model.
    fn request(span: &Span, name: &str, value: &Value) -> Option<String> {
        let attribute = match name {
            "model" => {
                span.record("gen_ai.request.model", value.as_str()?);
                return value.as_str().map(str::to_owned);
            }
            "temperature" => "gen_ai.request.temperature",
            "top_p" => "gen_ai.request.top_p",
            "frequency_penalty" => "gen_ai.request.frequency_penalty",
            "presence_penalty" => "gen_ai.request.presence_penalty",
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                span.record("gen_ai.request.max_tokens", value.as_i64()?);
                return None;
            }
            "seed" => {
                span.record("gen_ai.request.seed", value.as_i64()?);
                return None;
            }
            "n" => {
                span.record("gen_ai.request.choice.count", value.as_i64()?);
                return None;
            }
            _ => return None,
        };
        span.record(attribute, value.as_f64()?);
        None
    }

    impl Trace {
        pub(crate) fn attempt(retries: u32) {
            debug!(target: TARGET, attempt = retries + 1, "sending");
        }

        pub(crate) fn wait(error: &Error, wait: Duration) {
            let status = error.status().map(|status| status.as_u16());
            warn!(target: TARGET, kind = ?error.kind(), status, wait_ms = wait.as_millis() as u64, "trying again");
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

    impl Watch {
        /// An event of the stream came.
        pub(crate) fn event(&mut self, data: &[u8]) {
            let Some(span) = &self.span else { return };
            self.events += 1;
            if self.events == 1 {
                span.in_scope(|| debug!(target: TARGET, "first event"));
                let _ = response(span, data);
            } else if memchr::memmem::find(data, b"\"usage\"").is_some() {
                let _ = response(span, data);
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
                fail(&span, error);
            }
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
                info!(target: TARGET, status = head.status.as_u16(), "answered");
            }
            Err(error) => fail(span, error),
        }
    }

    fn fail(span: &Span, error: &Error) {
        span.record("error.type", format!("{:?}", error.kind()));
        span.record("otel.status_code", "ERROR");
        // The server's message may repeat what was sent, so it is not logged.
        let status = error.status().map(|status| status.as_u16());
        span.in_scope(|| warn!(target: TARGET, kind = ?error.kind(), status, "failed"));
    }

    /// What a JSON response, or an event with a response in it, says of itself.
    fn response(span: &Span, bytes: &[u8]) -> Result<(), ReadError> {
        object(span, &mut Reader::new(bytes)?, 0)
    }

    fn object(span: &Span, reader: &mut Reader<'_>, depth: u32) -> Result<(), ReadError> {
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
                ("response", JsonKind::Object) if depth == 0 => {
                    object(span, reader, 1)?;
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
}

#[cfg(not(feature = "tracing"))]
mod off {
    use std::time::Duration;

    use crate::call::Parts;
    use crate::error::{Error, Result};

    pub(crate) struct Trace;

    #[derive(Default)]
    pub(crate) struct Watch(());

    pub(crate) fn instrument<T: super::Answered, F: Future<Output = Result<T>>>(
        parts: Box<Parts>,
        call: impl FnOnce(Box<Parts>) -> F,
    ) -> F {
        call(parts)
    }

    impl Trace {
        pub(crate) fn attempt(_: u32) {}

        pub(crate) fn wait(_: &Error, _: Duration) {}

        pub(crate) fn renewed(_: &Error) {}

        pub(crate) fn kept(_: &Error) {}
    }

    impl Watch {
        pub(crate) fn event(&mut self, _: &[u8]) {}

        pub(crate) fn ended(&mut self) {}

        pub(crate) fn failed(&mut self, _: &Error) {}
    }
}
