//! Streams put together from their events.

mod assistants;
mod blocking;
mod chat;
#[cfg(all(feature = "beta", feature = "completions"))]
mod endings;
mod faults;
mod hostile;
mod invented;
mod media;
mod proxied;
mod responses;
#[cfg(all(feature = "chat", feature = "responses"))]
mod scaling;
mod stored;
