//! The region in which data is processed and stored.

/// The region in which data is processed and stored, by the host that requests go to.
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
}

impl DataResidency {
    pub(super) fn base_url(self) -> &'static str {
        match self {
            Self::Global => "https://api.openai.com/v1",
            Self::Us => "https://us.api.openai.com/v1",
            Self::Eu => "https://eu.api.openai.com/v1",
            Self::Ae => "https://ae.api.openai.com/v1",
        }
    }
}
