//! The builder of a client.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::handle::Client;
use super::residency::DataResidency;
use super::settings::Settings;
use crate::auth::identity::{SharedIdentity, WorkloadIdentity};
use crate::auth::provider::Provider;
use crate::auth::secret::Secret;
use crate::auth::service::Service;
use crate::error::{BoxError, Error, Result};
use crate::exchange::channel::Channel;
use crate::exchange::default_transport;
use crate::exchange::recent::FetchedSecrets;
use crate::input::IntoOptional;
use crate::io::clock::{Clock, PlatformClock};
use crate::request::headers::{HeaderArg, change};
use crate::request::url::Base;
use crate::response::reply::MinRate;
#[cfg(feature = "otel")]
use crate::trace::Meters;

/// Sets the options of a client, then builds it.
///
/// ```
/// # use std::time::Duration;
/// # fn main() -> openai_runtime::Result<()> {
/// let client = openai_runtime::Client::builder()
///     .api_key("sk-…")
///     .base_url("http://127.0.0.1:8080/v1")
///     .timeout(Duration::from_secs(30))
///     .build()?;
/// # Ok(()) }
/// ```
pub struct ClientBuilder<C = Client> {
    pub(super) settings: Settings,
    client: PhantomData<fn() -> C>,
}

impl<C> ClientBuilder<C> {
    /// A builder with the defaults; it reads no environment variable.
    #[must_use]
    pub fn new() -> Self {
        Self::over(Settings::default())
    }

    /// A builder with what the environment says: `OPENAI_API_KEY`, `OPENAI_ADMIN_KEY`, `OPENAI_ORG_ID`,
    /// `OPENAI_PROJECT_ID`, `OPENAI_WEBHOOK_SECRET`, `OPENAI_BASE_URL` and `OPENAI_CUSTOM_HEADERS` (lines of
    /// `Name: value`). A blank variable counts as unset.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with another source of variables.
    #[must_use]
    pub fn from_vars(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self::over(Settings::from_vars(&variable))
    }

    /// Returns a builder for another API than OpenAI's; it reads no environment variable.
    #[must_use]
    pub fn for_service(service: &'static Service) -> Self {
        Self::over(Settings::of_service(service, None))
    }

    /// Returns a builder for another API than OpenAI's, with what the environment says in the variables of that API.
    #[must_use]
    pub fn for_service_from_env(service: &'static Service) -> Self {
        Self::over(Settings::of_service(service, Some(&|name| std::env::var(name).ok())))
    }

    /// The API key, sent as a bearer token, or where the [`Service`] takes it.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.settings.credentials.api_key = Some(key.into());
        self.settings.setup.from_env.api_key = false;
        self.settings.credentials.keyless = false;
        self
    }

    /// Sends no credential, for a server that asks for none, as one on this machine. It takes out a key that was set
    /// before or is in the environment, so that this never goes to such a server.
    ///
    /// ```
    /// # fn main() -> openai_runtime::Result<()> {
    /// let client = openai_runtime::Client::builder().base_url("http://localhost:11434/v1").no_api_key().build()?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn no_api_key(mut self) -> Self {
        let credentials = &mut self.settings.credentials;
        (credentials.api_key, credentials.api_key_provider, credentials.admin_api_key) = (None, None, None);
        credentials.workload_identity = None;
        credentials.keyless = true;
        self.settings.setup.from_env.api_key = false;
        self
    }

    /// A function that gets the API key; it is called before each attempt, so that short-lived tokens stay fresh.
    /// It takes the place of [`api_key`](Self::api_key).
    ///
    /// ```
    /// # fn main() -> openai_runtime::Result<()> {
    /// let client = openai_runtime::Client::builder()
    ///     .api_key_provider(|| async { std::fs::read_to_string("/run/secrets/openai-token") })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn api_key_provider<F, R, K, E>(mut self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<BoxError>,
    {
        self.settings.credentials.keyless = false;
        self.settings.credentials.api_key_provider = Some(Arc::new(move || {
            let key = provider();
            Box::pin(async move { key.await.map(Into::into).map_err(Into::into) })
        }));
        self
    }

    /// A credential without a stored key: see [`WorkloadIdentity`]. It excludes [`api_key`](Self::api_key) and
    /// [`api_key_provider`](Self::api_key_provider), and takes the place of a key from the environment.
    ///
    /// ```
    /// use openai_runtime::{AzureImds, Client, WorkloadIdentity};
    ///
    /// # fn main() -> openai_runtime::Result<()> {
    /// let identity = WorkloadIdentity::new("idp_123", "sa_456", AzureImds::new());
    /// let client = Client::builder().workload_identity(identity).build()?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn workload_identity(mut self, identity: WorkloadIdentity) -> Self {
        self.settings.credentials.keyless = false;
        self.settings.credentials.workload_identity = Some(Arc::new(SharedIdentity::new(identity)));
        self
    }

    /// The admin key, sent to operations of the administration API.
    #[must_use]
    pub fn admin_api_key(mut self, key: impl Into<Secret>) -> Self {
        self.settings.credentials.admin_api_key = Some(key.into());
        self.settings.setup.from_env.admin_api_key = false;
        self
    }

    /// The organisation, sent as `OpenAI-Organization`; `None` leaves it as it is.
    #[must_use]
    pub fn organization<K>(mut self, id: impl IntoOptional<String, K>) -> Self {
        if let Ok(Some(id)) = id.into_optional() {
            self.settings.defaults.organization = Some(id);
            self.settings.setup.from_env.organization = false;
        }
        self
    }

    /// The project, sent as `OpenAI-Project`; `None` leaves it as it is.
    #[must_use]
    pub fn project<K>(mut self, id: impl IntoOptional<String, K>) -> Self {
        if let Ok(Some(id)) = id.into_optional() {
            self.settings.defaults.project = Some(id);
            self.settings.setup.from_env.project = false;
        }
        self
    }

    /// The secret by which webhooks are verified.
    #[must_use]
    pub fn webhook_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.settings.setup.webhook_secret = Some(secret.into());
        self
    }

    /// The URL that paths are appended to, `https://api.openai.com/v1` by default.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.settings.setup.base_url = Some(url.into());
        self.settings.setup.from_env.base_url = false;
        self
    }

    /// Sets what fits requests to a server that differs from the API in URLs, headers or credentials: see [`Provider`].
    ///
    /// One that has the credential itself excludes keys, [`workload_identity`](Self::workload_identity),
    /// [`base_url`](Self::base_url) and [`data_residency`](Self::data_residency), and nothing that the environment says for
    /// OpenAI is sent: no key, organization, project or header of `OPENAI_CUSTOM_HEADERS`.
    #[must_use]
    pub fn provider(mut self, provider: impl Provider) -> Self {
        self.settings.credentials.provider = Some(Arc::new(provider));
        self
    }

    /// The region whose host is used; excludes [`base_url`](Self::base_url).
    #[must_use]
    pub fn data_residency(mut self, region: DataResidency) -> Self {
        self.settings.setup.data_residency = Some(region);
        self
    }

    /// Sets the time limit of one attempt, 600 s by default. Of a stream: until the response's headers are there.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.settings.defaults.timeout = limit;
        self
    }

    /// Limits the time that an event stream may go without an event; there is no such limit by default. Comments that a
    /// server sends to keep the connection alive count for [`idle_timeout`](Self::idle_timeout), but not here. When it is
    /// over, the stream ends with an error of kind [`Timeout`](crate::ErrorKind::Timeout).
    #[must_use]
    pub fn event_idle_timeout(mut self, limit: Duration) -> Self {
        self.settings.defaults.event_idle_timeout = Some(limit);
        self
    }

    /// Makes a value of another JSON kind than its type has an error of kind [`Decode`](crate::ErrorKind::Decode) that
    /// names its path, in responses and in events. By default the field is as if it were absent, the value is kept, and
    /// [`misfits`](crate::json::Misfits::misfits) lists it.
    #[must_use]
    pub fn strict_decoding(mut self, strict: bool) -> Self {
        self.settings.defaults.strict_decoding = strict;
        self
    }

    /// Sets the time for which a stream may stay silent, 600 s by default.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.settings.defaults.idle_timeout = limit;
        self
    }

    /// The largest event of a stream in bytes, 64 MiB by default; a larger one is an error of kind
    /// [`Stream`](crate::ErrorKind::Stream).
    #[must_use]
    pub fn max_event_size(mut self, bytes: usize) -> Self {
        self.settings.defaults.max_event_size = Some(bytes);
        self
    }

    /// Limits the size of a response that is read as a whole, in bytes and unpacked; 512 MiB by default. A larger one is
    /// an error of kind [`Limit`](crate::ErrorKind::Limit), and no more of it is read.
    ///
    /// Of a response that is no success, 4 MiB are read. A response that is written to a file or handed on as it comes has
    /// no limit but that of its call's `with_max_response_size`.
    #[must_use]
    pub fn max_response_size(mut self, bytes: usize) -> Self {
        self.settings.defaults.max_response_size = bytes;
        self
    }

    /// Sets the least that a response which is written to a file or handed on as bytes is to bring: this many bytes in
    /// each such time, while it is waited for. A slower one ends with an error of kind
    /// [`Timeout`](crate::ErrorKind::Timeout). There is no such limit by default, so that a server that sends a byte now
    /// and then is waited for without end unless the call has a `with_total_timeout`.
    #[must_use]
    pub fn min_download_rate(mut self, bytes: u64, per: Duration) -> Self {
        self.settings.defaults.min_rate = Some(MinRate { bytes, window: per });
        self
    }

    /// Sets the number of retries after a failed attempt, 2 by default.
    #[must_use]
    pub fn max_retries(mut self, count: u32) -> Self {
        self.settings.defaults.max_retries = count;
        self
    }

    /// A header of every request; `None` takes out one that would be sent otherwise.
    #[must_use]
    pub fn default_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
        match change(name, value.into()) {
            Ok(change) => self.settings.defaults.headers.push(change),
            Err(problem) => self.settings.setup.problem = Some(problem),
        }
        self
    }

    /// A query parameter of every request.
    #[must_use]
    pub fn default_query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.settings.defaults.query.push((name.into(), value.into()));
        self
    }

    /// Sets the clock of the waits between retries, for tests that do not wait.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.setup.clock = Some(clock);
        self
    }

    /// The meter that calls are measured by: durations, tokens, the time to the first event of a stream, and retries, by
    /// the names of OpenTelemetry's conventions for generative AI. Without it, calls use the global meter provider that is
    /// set when the client makes its first call.
    ///
    /// Requires the feature `otel`.
    ///
    /// ```
    /// # fn main() -> openai_runtime::Result<()> {
    /// use opentelemetry::global;
    ///
    /// let client = openai_runtime::Client::builder().api_key("sk-…").meter(&global::meter("my-program")).build()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "otel")]
    #[must_use]
    pub fn meter(mut self, meter: &opentelemetry::metrics::Meter) -> Self {
        self.settings.defaults.meters = Meters::of(meter);
        self
    }

    /// Attaches an option of a layer above, which reads it with [`Client::extension`] and
    /// [`Call::extension`](crate::Call::extension). There is one value of each type; a later one replaces it.
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.settings.setup.extensions.insert(value);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// No key at all, both a key and a workload identity, a URL that is none, both a base URL and a data residency, a
    /// malformed header, no connection allowed, or options that a [provider](Self::provider) excludes: an error of kind [`Config`](crate::ErrorKind::Config).
    pub fn build(self) -> Result<C>
    where
        C: From<Client>,
    {
        build(self.settings).map(C::from)
    }

    fn over(settings: Settings) -> Self {
        Self { settings, client: PhantomData }
    }
}

fn build(mut settings: Settings) -> Result<Client> {
    let base = Base::new(&settings.resolve_base_url()?)?;
    settings.resolve_provider()?;
    if let Some(service) = settings.credentials.service.filter(|_| !settings.has_credential()) {
        return Err(service.no_key());
    }
    if !settings.has_credential() {
        return Err(Error::config(
            "no key: set OPENAI_API_KEY (or OPENAI_ADMIN_KEY) and use `from_env`, or give `api_key` or \
             `workload_identity` to the builder; `no_api_key` is for servers that need none",
        ));
    }
    let tokens_need_tls = settings.resolve_identity()?;
    settings.setup.connections.check()?;
    let https = base.is_https() || tokens_need_tls;
    let Settings { credentials, defaults, mut setup } = settings;
    let transport = match setup.transport.take() {
        Some(transport) => transport,
        None => default_transport(setup.connections.clone(), https)?,
    };
    let clock = setup.clock.clone().unwrap_or_else(|| Arc::new(PlatformClock));
    let channel = Channel {
        base,
        transport,
        clock,
        credentials,
        defaults,
        last_headers: Default::default(),
        last_redactor: Default::default(),
        last_urls: Default::default(),
        fetched: FetchedSecrets::default(),
        #[cfg(feature = "tower")]
        layers: setup.layers.clone(),
        #[cfg(feature = "tower")]
        attempt_layers: setup.attempt_layers.clone(),
    };
    Ok(Client::over(channel, setup))
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
        let mut settings = self.settings();
        settings.setup.transport = Some(self.channel().transport.clone());
        change(ClientBuilder::over(settings)).build()
    }
}

impl<C> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> Clone for ClientBuilder<C> {
    fn clone(&self) -> Self {
        Self::over(self.settings.clone())
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("settings", &self.settings).finish()
    }
}
