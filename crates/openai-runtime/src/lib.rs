//! What every call of the SDK does alike. This crate knows no endpoint.

pub mod json;
mod input_file;

pub use input_file::InputFile;
#[doc(hidden)]
pub use serde;
