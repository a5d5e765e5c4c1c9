//! Turns of agents' sessions, over sessions that are written down.
#![cfg(all(feature = "agents", feature = "files", feature = "tools"))]

mod approvals;
mod artifacts;
mod ends;
mod files;
mod odd_servers;
mod resume;
mod scene;
mod tools;
mod turns;
mod typed;
