//! Areas of the API that have a successor: assistants and text completions.

#[cfg(feature = "beta")]
pub mod assistants;
#[cfg(feature = "completions")]
pub mod completions;
