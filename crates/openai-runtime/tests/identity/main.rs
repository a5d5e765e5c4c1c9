//! Workload identity: tokens, subject tokens, failures, and one token for many calls.
#![allow(missing_docs)]

mod failures;
mod providers;
mod sharing;
#[path = "../support/stub.rs"]
mod stub;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tcp.rs"]
mod tcp;
mod tokens;
mod x509;
