//! Answers made from the operation's schema alone.

use http::StatusCode;
use serde_json::Value;

use crate::call::Call;
use crate::document;
use crate::wire::Reply;

/// The operation's successful answer.
pub(crate) fn answer(call: &Call<'_>) -> Reply {
    let response = &call.operation.response;
    match response.json {
        None => Reply::empty(response.status),
        Some(schema) => match call.generator().generate(schema) {
            Some(body) => Reply::json(response.status, &body),
            None => unmakeable(call.operation.id()),
        },
    }
}

/// A value of one of the document's components, with some fields set; null if the component is not there.
pub(crate) fn component(call: &Call<'_>, name: &str, fields: &[(&str, Value)]) -> Value {
    let mut value = document::component(name).and_then(|schema| call.generator().generate(schema)).unwrap_or_default();
    for (field, content) in fields {
        if let Value::Object(map) = &mut value {
            map.insert((*field).to_owned(), content.clone());
        }
    }
    value
}

/// No operation of today's document gets here: a test goes through all of them.
fn unmakeable(operation: &str) -> Reply {
    let message = format!("The mock found no value for the answer of {operation}.");
    Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", Some("mock_schema"), &message)
}
