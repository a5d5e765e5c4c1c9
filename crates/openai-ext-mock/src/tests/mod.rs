//! Tests that talk to a running server.

mod answers_tests;
mod cors_tests;
mod errors_tests;
mod faults_tests;
mod harness;
mod operations_tests;
mod refusals_tests;
mod scripts_tests;
mod stored;
mod streams_tests;
#[cfg(feature = "realtime")]
mod websocket;
