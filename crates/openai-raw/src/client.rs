//! The client. Its methods for the resources are generated.

use std::ops::Deref;

use openai_runtime::{ClientBuilder, Result, Secret};

/// The API. Cheap to clone; all clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) openai_runtime::Client);

impl Client {
    /// Returns a client with this API key and the defaults for everything else. It reads nothing from the environment.
    ///
    /// ```
    /// # fn main() -> openai_raw::openai_runtime::Result<()> {
    /// let client = openai_raw::Client::new("sk-…")?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// TLS cannot be set up on this machine. A key that is refused is the error of a call.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// Returns a client set up by the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL` and the others.
    ///
    /// # Errors
    /// No key is set, or a variable has a value that can't be used; the error names it.
    pub fn from_env() -> Result<Self> {
        openai_runtime::Client::from_env().map(Self)
    }

    /// Returns a builder of a client; it reads nothing from the environment.
    #[must_use]
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// Returns a client with some options changed, over the same pool of connections.
    ///
    /// # Errors
    /// The changed options do not fit together.
    pub fn with_options(
        &self,
        change: impl FnOnce(ClientBuilder<openai_runtime::Client>) -> ClientBuilder<openai_runtime::Client>,
    ) -> Result<Self> {
        self.0.with_options(change).map(Self)
    }
}

impl Deref for Client {
    type Target = openai_runtime::Client;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<openai_runtime::Client> for Client {
    fn from(client: openai_runtime::Client) -> Self {
        Self(client)
    }
}
