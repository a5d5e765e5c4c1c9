//! The response: its head and body, the limits and waits that they name, and the errors of both.
//!
//! Uses `io`, `json`, `error`, `trace` and `request`.

pub(crate) mod collection;
pub(crate) mod decoder;
pub(crate) mod failure;
// `fetch` has unpacked what comes to a browser.
#[cfg_attr(target_family = "wasm", allow(unreachable_code, unused, reason = "no body is packed"))]
pub(crate) mod gzip;
pub(crate) mod head;
pub(crate) mod rate_limit;
pub(crate) mod raw_response;
pub(crate) mod reply;
pub(crate) mod reported;
pub(crate) mod retry;
pub(crate) mod with_head;
