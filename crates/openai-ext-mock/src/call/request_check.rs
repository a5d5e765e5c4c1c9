//! Refusals of requests that the document does not allow, as the API words them.

use http::StatusCode;
use serde_json::Value;

use super::operation_call::Call;
use crate::schema::Violation;
use crate::wire::Reply;

/// Status 400 for a JSON body that does not fit the document; it names the field.
pub(crate) fn of_request(call: &Call<'_>) -> Option<Reply> {
    if call.has_form() || !call.operation.accepts_json() {
        return None;
    }
    let empty = Value::Object(serde_json::Map::new());
    let body = if call.body.is_null() { &empty } else { &call.body };
    call.operation.check_request(body).err().map(|violation| refuse(&violation))
}

fn refuse(violation: &Violation) -> Reply {
    let (param, message, code) = words(violation);
    let param = (!param.is_empty()).then_some(param.as_str());
    Reply::error_at(StatusCode::BAD_REQUEST, "invalid_request_error", param, Some(code), &message)
}

/// The field as the API names it, the message, the code.
pub(crate) fn words(violation: &Violation) -> (String, String, &'static str) {
    let mut param = dotted(violation.pointer());
    if let Some(field) = violation.message().strip_prefix("is missing the required field `") {
        let field = field.trim_end_matches('`');
        param = if param.is_empty() { field.to_owned() } else { format!("{param}.{field}") };
        let message = format!("Missing required parameter: '{param}'.");
        return (param, message, "missing_required_parameter");
    }
    if let Some(field) = violation.message().strip_prefix("has the unknown field `") {
        let field = field.trim_end_matches('`');
        param = if param.is_empty() { field.to_owned() } else { format!("{param}.{field}") };
        let message = format!("Unknown parameter: '{param}'.");
        return (param, message, "unknown_parameter");
    }
    let of_type = [", but is ", "must be one of the types", "fits none of the variants"];
    let what = if of_type.iter().any(|words| violation.message().contains(words)) { "type" } else { "value" };
    let code = if what == "value" { "invalid_value" } else { "invalid_type" };
    let place = if param.is_empty() { "the body".to_owned() } else { format!("'{param}'") };
    let message = format!("Invalid {what} for {place}: it {}.", violation.message());
    (param, message, code)
}

/// `/messages/0/content` as `messages[0].content`.
fn dotted(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !out.is_empty() {
            out.push_str(&format!("[{part}]"));
        } else {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_named_as_the_api_names_them() {
        assert_eq!(dotted(""), "");
        assert_eq!(dotted("/messages/0/content"), "messages[0].content");
        assert_eq!(dotted("/metadata/a~1b"), "metadata.a/b");
    }
}
