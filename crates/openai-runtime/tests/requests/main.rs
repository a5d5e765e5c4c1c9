//! A request from its head and URL to its body, and the attempts that send it.
#![allow(missing_docs)]

mod errors;
mod heads;
mod leading;
mod levels;
mod limits;
mod multipart;
mod providers;
mod reports;
mod retries;
mod services;
mod signing;
mod styles;
#[path = "../support/mod.rs"]
mod support;
mod urls;
