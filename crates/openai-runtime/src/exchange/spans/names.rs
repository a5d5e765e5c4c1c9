//! The names of operations.

use crate::request::endpoint::Endpoint;

/// Returns the name of an operation, as `gen_ai.operation.name` has it.
pub(super) fn operation(endpoint: &Endpoint) -> &'static str {
    if endpoint.span.is_empty() { endpoint.id } else { endpoint.span }
}
