//! The errors that servers report, in all the forms that they have: an envelope, a string, a list, flat members.

use serde_json::{Map, Value};

use super::data::Error;
use super::kind::{ErrorKind, is_passing};
use super::text::excerpt;

impl Error {
    /// Takes code, message, parameter and type from what a server said.
    pub(super) fn read_fields(&mut self, value: &Value) {
        let inner = &mut self.0;
        let value = first_of(value);
        let said = member(value, &["error", "errors"]).map(first_error);
        let fields = match said {
            Some(Value::String(text)) => {
                // The errors of OAuth are a code and a description.
                if let Some(Value::String(description)) = value.get("error_description") {
                    inner.message.clone_from(description);
                    inner.code = Some(text.clone());
                    return;
                }
                inner.message.clone_from(text);
                value
            }
            Some(object @ Value::Object(_)) => inner_error(object),
            _ => match value.get("detail") {
                Some(object @ Value::Object(_)) => {
                    object.get("error").filter(|error| error.is_object()).unwrap_or(object)
                }
                _ => value,
            },
        };
        inner.code = text_of(fields.get("code"));
        inner.param = text_of(fields.get("param"));
        inner.error_type = text_of(fields.get("type"));
        if inner.message.is_empty() {
            let said =
                ["message", "detail", "msg"].iter().find_map(|name| fields.get(*name).filter(|value| !value.is_null()));
            inner.message = match said {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Array(items)) if items.iter().any(|item| item.get("msg").is_some()) => {
                    let texts = items.iter().filter_map(|item| item.get("msg")?.as_str());
                    texts.collect::<Vec<_>>().join("; ")
                }
                Some(other) => excerpt(other.to_string().as_bytes()),
                None if fields.is_object() => excerpt(value.to_string().as_bytes()),
                None => text_of(Some(fields)).unwrap_or_else(|| excerpt(value.to_string().as_bytes())),
            };
        }
    }
}

/// The way in which a response whose status is a success reports an error all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// By a member of its own, which has this name.
    Member(&'static str),
    /// By the form of the whole: it is an error, and nothing besides.
    Whole,
}

/// Finds the report of an error in a body: `error` or `errors` as an object, a string or a list, `detail`, an object that
/// calls itself an error, or a message with a code.
pub(crate) fn report_in(value: &Value) -> Option<Report> {
    let members = first_of(value).as_object()?;
    if let Some(name) = ["error", "errors"].into_iter().find(|name| members.get(*name).is_some_and(is_something)) {
        return Some(Report::Member(name));
    }
    let is_error = |name: &str| members.get(name).and_then(Value::as_str) == Some("error");
    if is_error("object") || is_error("type") || is_flat(members) {
        return Some(Report::Whole);
    }
    matches!(members.get("detail"), Some(Value::String(_) | Value::Array(_) | Value::Object(_)))
        .then_some(Report::Whole)
}

/// Tells whether an object is a message with a code, a type or a status, and holds nothing that an answer is made of.
pub(crate) fn is_flat(members: &Map<String, Value>) -> bool {
    let is_named = |value: &Value| value.is_number() || value.as_str().is_some_and(|name| !name.is_empty());
    let mut names = ["code", "type", "status", "statusCode"].into_iter().filter_map(|name| members.get(name));
    ["message", "msg"].into_iter().any(|name| members.get(name).is_some_and(Value::is_string))
        && names.clone().any(is_named)
        && !names.any(is_success)
        && !is_answer(members)
}

/// Tells whether an object has a member that only an answer or an event has.
pub(crate) fn is_answer(members: &Map<String, Value>) -> bool {
    const ANSWER: [&str; 9] =
        ["choices", "item", "response", "delta", "data", "output", "id", "sequence_number", "item_id"];
    ANSWER.into_iter().any(|name| members.contains_key(name))
}

/// Tells whether a code or status says that all went well.
fn is_success(value: &Value) -> bool {
    match value {
        Value::Number(number) => matches!(number.as_u64(), Some(0 | 200..=299)),
        Value::String(text) => {
            ["success", "succeeded", "ok", "completed"].iter().any(|word| text.eq_ignore_ascii_case(word))
                || matches!(text.parse::<u16>(), Ok(0 | 200..=299))
        }
        _ => false,
    }
}

/// Returns the choice of an answer that failed, if one did: it has an error of its own, or its message has.
pub(crate) fn failed_choice(value: &Value) -> Option<&Value> {
    let choices = value.get("choices")?.as_array()?;
    let has_error = |value: &&Value| value.get("error").is_some_and(is_something);
    choices.iter().find_map(|choice| {
        let parts = [Some(choice), choice.get("delta"), choice.get("message")];
        parts.into_iter().flatten().find(has_error)
    })
}

/// Tells whether an `error` member says that there is an error.
pub(crate) fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => items.iter().any(is_something),
        Value::Bool(true) => true,
    }
}

impl ErrorKind {
    /// The kind of an error that came with a status of success, by what it says of itself.
    pub(crate) fn of_report(value: &Value) -> Self {
        let value = first_of(value);
        let error = member(value, &["error", "errors"]).map(first_error).map_or(value, inner_error);
        let named =
            ["code", "status", "statusCode", "type"].into_iter().flat_map(|name| [error.get(name), value.get(name)]);
        named.flatten().find_map(|name| Self::of_name(&text_of(Some(name))?)).unwrap_or(Self::Status)
    }

    /// The kind of an error that has this code or type, if that tells.
    fn of_name(name: &str) -> Option<Self> {
        if let Ok(status @ 400..=599) = name.parse::<u16>() {
            return http::StatusCode::from_u16(status).ok().map(Self::of_status);
        }
        Some(match name.trim_end_matches("_error") {
            "invalid_request" | "bad_request" | "BadRequestError" => Self::BadRequest,
            "authentication" | "invalid_api_key" => Self::Authentication,
            "permission" | "permission_denied" => Self::PermissionDenied,
            "not_found" | "model_not_found" | "NotFoundError" => Self::NotFound,
            "rate_limit" | "rate_limit_exceeded" | "insufficient_quota" => Self::RateLimit,
            name if is_passing(name) => Self::InternalServer,
            _ => return None,
        })
    }
}

/// The value, or of a list the first object: some servers wrap an error so.
pub(crate) fn first_of(value: &Value) -> &Value {
    let object = value.as_array().and_then(|items| items.iter().find(|item| item.is_object()));
    object.unwrap_or(value)
}

/// An error, or of a list of errors the first.
pub(crate) fn first_error(value: &Value) -> &Value {
    value.as_array().and_then(|items| items.iter().find(|item| is_something(item))).unwrap_or(value)
}

/// The error, or the one within: gateways wrap the envelope of the server behind them into one of their own.
fn inner_error(error: &Value) -> &Value {
    let inner = error.get("error").filter(|inner| inner.is_object() && error.get("message").is_none());
    inner.unwrap_or(error)
}

/// The first of these members that is there.
fn member<'a>(value: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| value.get(*name).filter(|value| is_something(value)))
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
