//! Plays what the API really sent through the generated types: decode, encode, compare.

#![forbid(unsafe_code)]

pub mod batches;
pub mod calls;
pub mod checkpoints;
pub mod compare;
pub mod contract;
pub mod differential;
#[rustfmt::skip]
mod generated {
    pub mod contract;
    pub mod schemas;
}
pub use generated::schemas;
mod pages;
pub use pages::lines;
pub mod playback;
pub mod process;
pub mod replay;
pub mod script;
pub mod seeds;
pub mod simulation;

/// The project's document as the generator sees it, corrections included.
///
/// # Errors
/// It can't be read.
pub fn document() -> Result<serde_json::Value, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/openai-ext-mock/src/generated/document.json");
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}
