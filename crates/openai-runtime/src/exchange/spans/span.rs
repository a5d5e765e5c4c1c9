//! The span of a call, with the attribute names of OpenTelemetry.

use tracing::{Span, field, info_span};

use super::names::operation;
use crate::exchange::channel::Channel;
use crate::json::Value;
use crate::request::inputs::CallInputs;
use crate::request::url::printable;
use crate::trace::{CallSpan, TARGET};

/// Begins the span of a call, as a child of the one that polls it.
pub(super) fn begin(channel: &Channel, inputs: &CallInputs) -> CallSpan {
    let (base, endpoint) = (&channel.base, inputs.endpoint);
    let span = info_span!(
        target: TARGET,
        "openai",
        otel.name = field::Empty,
        otel.kind = "client",
        otel.status_code = field::Empty,
        gen_ai.provider.name = channel.provider_name(),
        gen_ai.operation.name = operation(endpoint),
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
        let name = operation(endpoint);
        span.record("otel.name", model.map_or_else(|| name.to_owned(), |model| format!("{name} {model}")));
    }
    CallSpan::new(span)
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
