//! Azure's refusals of requests.

use http::{Method, StatusCode};

use crate::wire::azure_path::read;
use crate::wire::{ReceivedRequest, Reply};

/// The operations that Azure has below a deployment only.
const OF_DEPLOYMENTS: [&str; 8] = [
    "/completions",
    "/chat/completions",
    "/embeddings",
    "/audio/transcriptions",
    "/audio/translations",
    "/audio/speech",
    "/images/generations",
    "/images/edits",
];

/// Status 401 as Azure words it.
pub(crate) fn denied() -> Reply {
    let message =
        "Access denied due to invalid subscription key or wrong API endpoint. The mock was started with another key.";
    Reply::error(StatusCode::UNAUTHORIZED, "invalid_request_error", Some("401"), message)
}

/// Status 404 for what Azure has no such path for.
pub(crate) fn refuse(received: &ReceivedRequest) -> Option<Reply> {
    let path = read(&received.path)?;
    let versioned = received.query.iter().any(|(name, value)| name == "api-version" && !value.is_empty());
    let message = if !path.v1 && !versioned {
        "Resource not found: the query needs an `api-version`."
    } else if !path.v1
        && path.deployment.is_none()
        && received.method == Method::POST
        && OF_DEPLOYMENTS.contains(&path.below)
    {
        "Resource not found: the operation is below /openai/deployments/{deployment}."
    } else {
        return None;
    };
    Some(Reply::error(StatusCode::NOT_FOUND, "invalid_request_error", Some("404"), message))
}
