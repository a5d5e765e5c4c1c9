//! The WebSockets of the API: the Realtime API, its translations, Live sessions, and responses.

mod active_response;
mod client_events;
mod connection;
mod handshake;
mod peer;
mod responses;
mod session;
mod session_items;
mod session_object;
mod speaker;
mod spoken_response;
mod turns;
mod voice;

pub(crate) use handshake::{accept, is_meant};
