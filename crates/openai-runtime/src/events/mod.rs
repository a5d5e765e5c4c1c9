//! Responses that come bit by bit: bytes, server-sent events, and the values in them.
//!
//! Uses all stages up to `client`, whose calls get the final methods `bytes_stream` and `stream` here.

pub(crate) mod byte_stream;
mod carried;
pub(crate) mod choices;
pub(crate) mod event_stream;
pub(crate) mod from_reader;
mod lines;
pub(crate) mod raw_events;
pub mod sse;
pub(crate) mod streaming_response;
mod untyped;
