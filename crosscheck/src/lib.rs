//! Two readings of the document, and where they differ.

#![forbid(unsafe_code)]

pub mod call;
pub mod client;
pub mod compare;
pub mod document;
pub mod kind;
pub mod left_out;
pub mod ours;
pub mod progenitor;
pub mod theirs;
