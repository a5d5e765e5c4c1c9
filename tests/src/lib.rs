//! Plays what the API really sent through the generated types: decode, encode, compare.

pub mod compare;
pub mod curl;
pub mod examples;
#[rustfmt::skip]
mod generated {
    pub mod schemas;
}
pub mod exchanges;
pub mod multipart;
pub mod repair;
pub mod report;
pub mod route;
pub mod sse;
pub mod streams;
