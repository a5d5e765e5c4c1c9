//! Streamed responses: what events come to, against the official Python SDK, rule by rule, and over a connection.
#![cfg(feature = "responses")]

#[path = "stream_responses/connection.rs"]
mod connection;
#[path = "stream_responses/recorded.rs"]
mod recorded;
#[path = "stream_responses/rules.rs"]
mod rules;
