//! Mechanisms that several areas share.

#[cfg(target_family = "wasm")]
mod absent;
#[cfg(any(feature = "chat", feature = "beta", feature = "tools"))]
pub(crate) mod delta;
#[cfg(any(
    feature = "uploads",
    all(feature = "batches", feature = "files"),
    all(feature = "agents", feature = "files", not(target_family = "wasm"))
))]
pub(crate) mod disk;
// Not every area needs all of it: sound has no text alone. With chat, what nothing needs is found.
#[cfg_attr(not(feature = "chat"), allow(dead_code, unused_imports, unused_macros))]
pub(crate) mod event_connection;
#[cfg(any(feature = "chat", feature = "responses", feature = "tools"))]
#[cfg_attr(not(feature = "chat"), allow(dead_code, reason = "only chat takes audio"))]
pub(crate) mod inline_media;
#[cfg(all(feature = "batches", feature = "files"))]
pub(crate) mod private_files;
#[cfg(any(feature = "uploads", all(feature = "files", any(feature = "batches", feature = "vector_stores"))))]
pub(crate) mod progress;
#[cfg(any(feature = "tools", all(feature = "batches", feature = "files")))]
#[cfg_attr(
    not(any(feature = "chat", feature = "responses", feature = "beta")),
    allow(dead_code, reason = "tools without an API to run them over")
)]
pub(crate) mod spans;
#[cfg(any(
    feature = "agents",
    feature = "tools",
    feature = "uploads",
    feature = "websocket",
    all(feature = "files", any(feature = "batches", feature = "vector_stores"))
))]
#[cfg_attr(
    not(any(feature = "agents", feature = "chat", feature = "responses", feature = "beta")),
    allow(dead_code, reason = "tools without an API to run them over")
)]
pub(crate) mod stop;
#[cfg(feature = "websocket")]
pub mod websocket;
