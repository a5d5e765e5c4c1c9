//! Every endpoint and type of the OpenAI API, generated from its OpenAPI document.
//!
//! Users depend on `openai-ext`, which re-exports this crate and adds what a document cannot say.
//! Each area of the API is a Cargo feature; `full` is all of them.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[allow(clippy::large_enum_variant, reason = "callers write the variants of requests, and would have to box them")]
#[rustfmt::skip]
mod generated;
mod list;
mod operation;
pub mod request;
mod streams;

pub use client::Client;
pub use generated::{index, resources, types};
pub use list::List;
pub use openai_runtime;
