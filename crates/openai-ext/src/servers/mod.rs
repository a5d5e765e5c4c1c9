//! Servers that speak the same API: Azure OpenAI, Amazon Bedrock, Vertex AI, and those of other makers.

#[cfg(feature = "azure")]
pub mod azure;
#[cfg(any(feature = "bedrock", feature = "vertex"))]
mod bearer;
#[cfg(feature = "bedrock")]
pub mod bedrock;
pub mod compatible;
#[cfg(any(feature = "bedrock", feature = "vertex"))]
mod hosts;
pub(crate) mod options;
#[cfg(feature = "vertex")]
pub mod vertex;
