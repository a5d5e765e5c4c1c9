//! Servers that speak the same API: Azure OpenAI, and those of other makers.

#[cfg(feature = "azure")]
pub mod azure;
pub mod compatible;
pub(crate) mod options;
