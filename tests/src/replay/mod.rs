//! Recorded exchanges, examples of the document and recorded streams, read and written by the generated types.

pub mod bodies;
pub mod curl;
pub mod examples;
pub mod exchanges;
pub mod multipart;
pub mod repair;
pub mod report;
pub mod reports;
pub mod route;
pub mod sse;
pub mod streams;
