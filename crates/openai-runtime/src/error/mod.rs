//! The one error type of the SDK: what it holds, and how it is made.
//!
//! Uses `json`. What an error tells only of a response (limits of rate, waits) or of a download stands with those.

#[cfg(target_family = "wasm")]
mod browser_context;
mod construction;
#[cfg(not(target_family = "wasm"))]
mod context;
mod data;
mod kind;
mod redaction;
mod redactor;
mod reported;
mod spelling;
mod text;

#[cfg(target_family = "wasm")]
use browser_context as context;
#[cfg(target_family = "wasm")]
pub(crate) use browser_context::NoRuntime as RuntimeId;
#[cfg(not(target_family = "wasm"))]
pub(crate) use context::RuntimeId;

pub use context::in_tokio;
pub(crate) use context::{caught, check_runtime, current_runtime, missing};
pub(crate) use data::{BoxError, Partial};
pub use data::{Error, Result};
pub use kind::ErrorKind;
pub use redactor::Redactor;
pub(crate) use reported::{Report, failed_choice, first_error, first_of, is_answer, is_flat, is_something, report_in};
pub(crate) use text::{chain, excerpt, excerpt_without, strings_of};
