//! Commands that hold the SDK and its mock beside programs of others.

pub mod contract;
pub mod crosscheck;
pub mod python;
