//! The outcome of a handler with state: an object, another answer, or a refusal in the form of the API.

use http::StatusCode;
use serde_json::Value;

use super::operation_call::Call;
use crate::wire::Reply;

/// A successful answer.
pub(crate) enum HandlerAnswer {
    /// The JSON body of the operation's answer.
    Object(Value),
    Other(Reply),
}

/// An error as the API tells it.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

pub(crate) type Outcome = Result<HandlerAnswer, Refusal>;

impl From<Value> for HandlerAnswer {
    fn from(object: Value) -> Self {
        Self::Object(object)
    }
}

impl Refusal {
    /// Status 404. `what` is what there is none of, `param` where the request said its id.
    pub(crate) fn not_found(what: &str, id: &str, param: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("No {what} found with id '{id}'."), param, None)
    }

    /// Status 400 about one field.
    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message.into(), param, None)
    }

    /// Status 400: the object is in a state in which this cannot be done.
    pub(crate) fn state(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), param: None, code: None }
    }

    pub(crate) fn missing(param: &str) -> Self {
        let message = format!("Missing required parameter: '{param}'.");
        Self::new(StatusCode::BAD_REQUEST, message, param, Some("missing_required_parameter"))
    }

    #[must_use]
    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    #[must_use]
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn reply(&self) -> Reply {
        Reply::error_at(self.status, "invalid_request_error", self.param.as_deref(), self.code, &self.message)
    }

    fn new(status: StatusCode, message: String, param: &str, code: Option<&'static str>) -> Self {
        Self { status, message, param: Some(param.to_owned()), code }
    }
}

impl Call<'_> {
    /// Returns a string that the body must have.
    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        self.optional_text(name)?.ok_or_else(|| Refusal::missing(name))
    }

    /// Returns a string that the body may have.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.field(name) {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => {
                let message = format!("Invalid type for '{name}': expected a string.");
                Err(Refusal::invalid(name, message).code("invalid_type"))
            }
        }
    }
}
