//! Fields: their sentences, and those that are not to be shown.

mod docs;
pub mod secrets;
