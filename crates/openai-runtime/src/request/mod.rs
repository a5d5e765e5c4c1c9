//! The request of a call: the endpoint, its inputs, and the URL, headers and body that they make.
//!
//! Uses `io`, `json` and `error`.

pub(crate) mod body;
pub(crate) mod endpoint;
mod file_union;
mod flatten;
pub(crate) mod form_value;
pub(crate) mod headers;
pub(crate) mod input_file;
pub(crate) mod inputs;
mod media_type;
mod multipart;
pub(crate) mod sensitivity;
pub(crate) mod style;
pub(crate) mod url;
