//! The forms of a call beyond one response: pages, polls, a file, a WebSocket; and calls of any path.
//!
//! Uses all other stages. Calls get their final methods beside what these return.

#[cfg(feature = "blocking")]
pub mod blocking;
pub(crate) mod download;
pub(crate) mod pages;
pub(crate) mod poller;
pub(crate) mod raw_call;
#[cfg(feature = "websocket")]
pub(crate) mod websocket;
