//! Every endpoint and type of the OpenAI API, generated from its OpenAPI document.
//!
//! Users depend on `openai-ext`, which re-exports this crate and adds what a document cannot say.
//! Each area of the API is a Cargo feature; `full` is all of them.

#![forbid(unsafe_code)]

#[rustfmt::skip]
#[allow(unused_imports)]
mod generated;

pub use generated::{Client, List, index, request, resources, types};
pub use openai_runtime;
