//! Tools, toolboxes, and the runs that call them, over conversations that are written down.
#![cfg(all(feature = "tools", feature = "chat", feature = "responses", feature = "beta"))]

mod assistants;
mod chat;
mod ends;
#[cfg(feature = "macros")]
mod macros;
#[cfg(all(feature = "mcp", feature = "realtime"))]
mod mcp;
mod parsed;
mod phases;
mod replay;
mod responses;
mod runs;
mod shapes;
mod stops;
mod support;
mod talks;
mod toolbox;
