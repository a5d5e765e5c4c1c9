//! The client: options, and what its calls share.

use std::fmt;
use std::sync::Arc;

use crate::config::{ClientBuilder, Settings};
use crate::error::{Error, Result};
use crate::raw_call::RawCall;
use crate::retry::{Clock, TokioClock};
use crate::secret::Secret;
use crate::transport::Transport;
use crate::transport::reqwest::Reqwest;
use crate::url::Base;

/// A client of the API. Cheap to clone: clones share the connections.
///
/// ```no_run
/// # async fn example() -> openai_runtime::Result<()> {
/// let client = openai_runtime::Client::from_env()?;
/// let models = client.request(http::Method::GET, "/models").send().await?;
/// println!("{} {}", models.status(), models.json()?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) base: Base,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Client {
    /// A client with what the environment says; [`ClientBuilder::from_env`] lists the variables.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`]: above all, no key is set.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env().build()
    }

    /// Sets options, then builds a client. It reads no environment variable.
    #[must_use]
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::new()
    }

    /// A client with some options changed that shares the connections of this one.
    ///
    /// ```no_run
    /// # fn example(client: &openai_runtime::Client) -> openai_runtime::Result<()> {
    /// let patient = client.with_options(|options| options.max_retries(6))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn with_options(&self, change: impl FnOnce(ClientBuilder<Self>) -> ClientBuilder<Self>) -> Result<Self> {
        let mut settings = self.shared.settings.clone();
        settings.transport = Some(self.shared.transport.clone());
        change(ClientBuilder::over(settings)).build()
    }

    /// A call of an endpoint that the SDK does not know, below the base URL, with auth, retries and errors as any
    /// other.
    pub fn request(&self, method: http::Method, path: impl Into<String>) -> RawCall {
        RawCall::new(self, method, path.into())
    }

    /// The URL that paths are appended to.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.shared.base.as_str()
    }

    /// The secret by which webhooks are verified, if set.
    #[must_use]
    pub fn webhook_secret(&self) -> Option<&Secret> {
        self.shared.settings.webhook_secret.as_ref()
    }

    /// The API key, if it is a fixed one; for protocols besides HTTP.
    #[must_use]
    pub fn api_key(&self) -> Option<&Secret> {
        self.shared.settings.api_key.as_ref()
    }

    /// The clock that retries wait by, for helpers that wait as well: one that a test puts in moves them all.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    pub(crate) fn new(mut settings: Settings) -> Result<Self> {
        let base = Base::new(&settings.resolve_base_url()?)?;
        settings.resolve_provider()?;
        if !settings.has_credential() {
            return Err(Error::config(
                "no key: set OPENAI_API_KEY (or OPENAI_ADMIN_KEY) and use `from_env`, or give `api_key` or \
                 `workload_identity` to the builder; `no_api_key` is for servers that need none",
            ));
        }
        let tokens_need_tls = settings.resolve_identity()?;
        if settings.max_connections == 0 {
            return Err(Error::config("`max_connections` is 0: no request could be sent"));
        }
        let https = base.is_https() || tokens_need_tls;
        let transport = match settings.transport.take() {
            Some(transport) => transport,
            None => Arc::new(Reqwest::build(settings.connect_timeout, settings.max_connections, https)?),
        };
        let clock = settings.clock.clone().unwrap_or_else(|| Arc::new(TokioClock));
        Ok(Self { shared: Arc::new(Shared { settings, base, transport, clock }) })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &crate::url::printable(self.base_url()))
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}
