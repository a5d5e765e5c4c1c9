//! Streams put together: what a stream's events come to so far, and what each of them means.
//!
//! An accumulator takes events one by one, from a connection, a log or any other transport, and has a snapshot of the
//! object that they describe. A stream of this module owns a connection and an accumulator, and gives events that say
//! what changed.

#[cfg(any(feature = "chat", feature = "beta", all(feature = "responses", feature = "tools")))]
pub(crate) mod accumulate;
#[cfg(feature = "beta")]
pub mod assistants;
#[cfg(feature = "blocking")]
#[cfg_attr(not(feature = "chat"), allow(unused_macros))]
mod blocking;
#[cfg(feature = "chat")]
pub mod chat;
#[cfg(feature = "completions")]
pub mod completions;
// Not every area needs all of it: sound has no text alone. With chat, what nothing needs is found.
#[cfg_attr(not(feature = "chat"), allow(dead_code, unused_imports, unused_macros))]
mod connection;
#[cfg(any(feature = "audio", feature = "images"))]
pub mod media;
pub mod partial_json;
#[cfg(feature = "responses")]
pub mod responses;

#[cfg(feature = "blocking")]
pub use blocking::BlockingStream;
