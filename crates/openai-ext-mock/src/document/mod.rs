//! The API's OpenAPI document: its schemas, its operations, and the way from a request to an operation.

mod openapi;
mod operation;
mod router;

pub(crate) use openapi::{component, load, root};
pub use operation::{Operation, operations};
pub(crate) use router::{Route, route};
