//! A span for each call, with the attribute names of OpenTelemetry.

use std::sync::Arc;

use tracing::{Instrument, Span, field, info, info_span};

use super::traced::Traced;
use crate::error::{Error, Result};
use crate::exchange::channel::Channel;
use crate::json::Value;
use crate::request::endpoint::Endpoint;
use crate::request::inputs::CallInputs;
use crate::request::url::{Base, printable};
use crate::response::head::ResponseHead;
use crate::trace::{StreamSpan, TARGET, record_failure, record_response};

pub(crate) fn instrument<T: Traced, F: Future<Output = Result<T>> + Send + 'static>(
    channel: Arc<Channel>,
    inputs: Box<CallInputs>,
    call: impl FnOnce(Arc<Channel>, Box<CallInputs>) -> F,
) -> impl Future<Output = Result<T>> + Send + 'static {
    let span = begin(&channel.base, &inputs);
    let call = call(channel, inputs);
    let own = span.clone();
    async move {
        let mut result = call.await;
        finish(&own, result.as_ref().map(Traced::response));
        let head = result.as_ref().ok().and_then(Traced::response);
        let redactor = head.map(|(head, _)| head.redactor.clone()).unwrap_or_default();
        if let Ok(Some(stream)) = result.as_mut().map(Traced::stream_span)
            && !own.is_disabled()
        {
            *stream = StreamSpan::new(own, redactor);
        }
        result
    }
    .instrument(span)
}

fn begin(base: &Base, inputs: &CallInputs) -> Span {
    let endpoint = inputs.endpoint;
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
        let (method, path) = match &inputs.route {
            Some((method, path)) => (method.as_str(), printable(path)),
            None => (endpoint.method, endpoint.path.to_owned()),
        };
        span.record("http.request.method", method);
        span.record("url.template", path);
        let mut model = None;
        inputs.body.scan(&mut |name, value| model = request(&span, name, value).or(model.take()));
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

fn finish(span: &Span, result: Result<Option<(&ResponseHead, &[u8])>, &Error>) {
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
            let _ = record_response(span, bytes, &head.redactor);
            info!(target: TARGET, status = head.status.as_u16(), "answered");
        }
        Err(error) => record_failure(span, error),
    }
}
