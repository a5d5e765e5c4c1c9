//! Streams put together from their events.

mod assistants;
mod blocking;
mod chat;
mod endings;
mod faults;
mod hostile;
mod media;
mod responses;
mod stored;
