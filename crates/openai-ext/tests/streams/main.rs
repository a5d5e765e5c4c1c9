//! Streams put together from their events.

mod assistants;
mod blocking;
mod chat;
mod endings;
mod faults;
mod media;
mod responses;
mod stored;
