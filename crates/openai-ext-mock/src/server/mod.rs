//! A server on a port of this machine: starting, looking into and stopping it.

mod listener;
mod mock_server;

pub use mock_server::{MockServer, MockServerBuilder, MockServerStart};
