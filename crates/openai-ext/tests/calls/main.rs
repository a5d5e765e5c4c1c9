//! Calls of any kind: their heads, their telemetry, their secrets, the long operations that they follow, and the features
//! that they stand behind.
#![allow(missing_docs)]

#[cfg(feature = "agents")]
mod agents;
mod features;
#[cfg(all(
    feature = "audio",
    feature = "batches",
    feature = "chat",
    feature = "files",
    feature = "responses",
    feature = "tools"
))]
mod heads;
#[cfg(all(feature = "chat", feature = "embeddings", feature = "models", feature = "otel", feature = "responses"))]
mod metrics;
mod polling;
#[cfg(all(
    feature = "audio",
    feature = "batches",
    feature = "blocking",
    feature = "chat",
    feature = "files",
    feature = "models",
    feature = "realtime",
    feature = "responses",
    feature = "tools",
    feature = "uploads",
    feature = "videos"
))]
mod runtimes;
mod secrets;
#[cfg(all(feature = "chat", feature = "models", feature = "responses", feature = "tools", feature = "tracing"))]
mod spans;
