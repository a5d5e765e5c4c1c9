//! JSON Schema: values checked against a schema, and values made for one. Nothing here knows of the API's document.

pub(crate) mod generate;
mod pattern;
mod reference;
mod rng;
pub(crate) mod validate;

pub(crate) use reference::follow;
pub(crate) use rng::Rng;
pub use validate::Violation;
