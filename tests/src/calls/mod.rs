//! The vocabulary of the generated calls: one of each operation, with values by the document.

pub mod entry;
pub mod polled;
pub mod sample;
