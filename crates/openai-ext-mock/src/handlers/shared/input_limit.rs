//! The limit of inputs that one request may have.

use http::StatusCode;

use crate::wire::Reply;

/// As many as the API takes in one request.
pub(crate) const MOST_INPUTS: usize = 2_048;

/// The answer to more inputs than that.
pub(crate) fn too_many(field: &str) -> Reply {
    let message = format!("Invalid '{field}': array too long. Expected an array with maximum length {MOST_INPUTS}.");
    Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", Some("array_above_max_length"), &message)
}
