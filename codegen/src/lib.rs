//! The generator: an upstream OpenAPI document becomes facts, facts become Rust. Text in, text out; no I/O here.

pub mod import;
pub mod yaml;
