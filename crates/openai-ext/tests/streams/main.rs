//! Streams put together from their events.

mod assistants;
mod blocking;
mod chat;
mod endings;
mod media;
mod responses;
