//! Streams put together from their events.

mod assistants;
mod blocking;
mod chat;
mod media;
mod responses;
