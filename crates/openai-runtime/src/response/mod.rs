//! What came back: the head and the body of a response, what they say of limits and waits, and the errors of both.
//!
//! Uses `io`, `json`, `error`, `trace` and `request`.

pub(crate) mod collection;
pub(crate) mod failure;
pub(crate) mod gzip;
pub(crate) mod head;
pub(crate) mod rate_limit;
pub(crate) mod raw_response;
pub(crate) mod reply;
pub(crate) mod retry;
