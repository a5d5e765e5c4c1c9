//! Replies as their types read them, from the API and from servers like it, and replies as input.

mod compatible;
mod content;
mod lists;
#[cfg(all(feature = "chat", feature = "responses"))]
mod mutation;
#[cfg(all(feature = "chat", feature = "responses"))]
mod sizes;
mod unknowns;
mod validation;
mod values;
#[cfg(feature = "embeddings")]
mod vectors;
