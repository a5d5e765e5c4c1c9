//! What follows a call: pages, polls, downloads and their resumption.
#![allow(missing_docs)]

mod downloads;
#[path = "../support/file.rs"]
mod file;
mod limits;
mod pages;
mod poller;
mod resume;
#[path = "../support/stub.rs"]
mod stub;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tcp.rs"]
mod tcp;
