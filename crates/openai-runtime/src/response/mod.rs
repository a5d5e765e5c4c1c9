//! The response: its head and body, the limits and waits that they name, and the errors of both.
//!
//! Uses `io`, `json`, `error`, `trace` and `request`.

pub(crate) mod collection;
pub(crate) mod decoder;
pub(crate) mod failure;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod gzip;
pub(crate) mod head;
pub(crate) mod rate_limit;
pub(crate) mod raw_response;
pub(crate) mod reply;
pub(crate) mod reported;
pub(crate) mod retry;
#[cfg(target_family = "wasm")]
pub(crate) mod unpacked;
pub(crate) mod with_head;

#[cfg(target_family = "wasm")]
pub(crate) use self::unpacked as gzip;
