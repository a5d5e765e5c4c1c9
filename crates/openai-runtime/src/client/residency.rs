//! The region in which data is processed and stored.

/// The region in which data is processed and stored, by the host that requests go to.
///
/// ```
/// use openai_runtime::{Client, DataResidency};
///
/// # fn main() -> openai_runtime::Result<()> {
/// let client = Client::builder().api_key("sk-…").data_residency(DataResidency::Jp).build()?;
/// assert_eq!(client.base_url(), "https://jp.api.openai.com/v1");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataResidency {
    /// `https://api.openai.com/v1`
    Global,
    /// `https://us.api.openai.com/v1`
    Us,
    /// `https://eu.api.openai.com/v1`
    Eu,
    /// `https://ae.api.openai.com/v1`
    Ae,
    /// `https://au.api.openai.com/v1`
    Au,
    /// `https://in.api.openai.com/v1`
    In,
    /// `https://jp.api.openai.com/v1`
    Jp,
}

impl DataResidency {
    pub(super) fn base_url(self) -> &'static str {
        match self {
            Self::Global => "https://api.openai.com/v1",
            Self::Us => "https://us.api.openai.com/v1",
            Self::Eu => "https://eu.api.openai.com/v1",
            Self::Ae => "https://ae.api.openai.com/v1",
            Self::Au => "https://au.api.openai.com/v1",
            Self::In => "https://in.api.openai.com/v1",
            Self::Jp => "https://jp.api.openai.com/v1",
        }
    }

    /// The URL for clients that prove themselves by a certificate, which three regions have.
    pub(super) fn certificate_base_url(self) -> Option<&'static str> {
        match self {
            Self::Global => Some("https://mtls.api.openai.com/v1"),
            Self::Us => Some("https://mtls-us.api.openai.com/v1"),
            Self::Eu => Some("https://mtls-eu.api.openai.com/v1"),
            Self::Ae | Self::Au | Self::In | Self::Jp => None,
        }
    }
}
