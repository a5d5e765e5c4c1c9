//! Workload identity: the token by which a platform vouches for a workload is exchanged for a short-lived access token,
//! so that no key needs to be stored.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::client::Shared;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::token_cache::{REFRESH_BUFFER, TokenCache, TokenLease};
use crate::transport::{BoxFuture, Transport};
use crate::url;

mod exchange;
mod fetch;
mod providers;

use exchange::Exchange;
pub use providers::{AzureImds, GcpMetadata, KubernetesToken};

/// Where tokens are exchanged. This is no endpoint of the API: it is neither below the base URL nor in the document.
const TOKEN_URL: &str = "https://auth.openai.com/oauth/token";

/// A credential without a stored key: the platform's own token of a workload is exchanged for an access token, which is
/// kept, shared by all calls, and renewed before it ends.
///
/// ```
/// use openai_runtime::{Client, KubernetesToken, WorkloadIdentity};
///
/// # fn main() -> openai_runtime::Result<()> {
/// let identity = WorkloadIdentity::new("idp_123", "sa_456", KubernetesToken::new());
/// let client = Client::builder().workload_identity(identity).build()?;
/// # Ok(()) }
/// ```
///
/// A token is renewed 1200 s before it ends, or at half of its life if that is later. If that fails, the old one is
/// used until it ends. A token that the API refuses with 401 is dropped, and the call is sent once more with a new one.
///
/// # Errors
/// A call whose token can't be had fails with the error of the exchange, without having been sent: of kind
/// [`Authentication`](ErrorKind::Authentication) if the server refused the exchange or the provider failed. Failures
/// that may pass are tried again as those of a call, up to the client's `max_retries`.
#[derive(Clone)]
pub struct WorkloadIdentity {
    identity_provider_id: String,
    service_account_id: String,
    token_url: String,
    refresh_buffer: Duration,
    provider: Arc<dyn SubjectTokenProvider>,
}

impl WorkloadIdentity {
    /// The ids of the identity provider and of the service account, as OpenAI's settings show them, and what gets the
    /// platform's token.
    #[must_use]
    pub fn new(
        identity_provider_id: impl Into<String>,
        service_account_id: impl Into<String>,
        provider: impl SubjectTokenProvider,
    ) -> Self {
        Self {
            identity_provider_id: identity_provider_id.into(),
            service_account_id: service_account_id.into(),
            token_url: TOKEN_URL.to_owned(),
            refresh_buffer: REFRESH_BUFFER,
            provider: Arc::new(provider),
        }
    }

    /// The URL where tokens are exchanged, `https://auth.openai.com/oauth/token` by default.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// How long before its end a token is renewed, 1200 s by default; at most half of the token's life.
    #[must_use]
    pub fn refresh_buffer(mut self, time: Duration) -> Self {
        self.refresh_buffer = time;
        self
    }

    /// Checks what can be checked before the first exchange. Gives whether TLS is needed.
    pub(crate) fn check(&self) -> Result<bool> {
        for (name, id) in
            [("identity_provider_id", &self.identity_provider_id), ("service_account_id", &self.service_account_id)]
        {
            if id.trim().is_empty() {
                return Err(Error::config(format!("the {name} of the workload identity is empty")));
            }
        }
        Ok(url::absolute("token URL", &self.token_url)?.scheme() == "https")
    }
}

/// A workload identity with its token, shared by clients.
#[derive(Debug)]
pub(crate) struct Identity {
    options: WorkloadIdentity,
    cache: TokenCache,
}

impl Identity {
    pub(crate) fn new(options: WorkloadIdentity) -> Self {
        let cache = TokenCache::new().refresh_buffer(options.refresh_buffer);
        Self { options, cache }
    }

    pub(crate) fn options(&self) -> &WorkloadIdentity {
        &self.options
    }

    /// A token to send, from the last exchange or a new one.
    pub(crate) async fn token(&self, client: &Shared) -> Result<TokenLease> {
        // The exchange holds nothing of the cache, which holds the exchange.
        let exchange = || {
            let exchange = Exchange {
                identity: self.options.clone(),
                transport: client.transport.clone(),
                clock: client.clock.clone(),
                max_retries: client.settings.max_retries,
            };
            Box::pin(exchange.run()) as BoxFuture<_>
        };
        self.cache.token(&*client.clock, exchange).await
    }

    /// Drops a token that the API refused, unless there is a newer one.
    pub(crate) fn refuse(&self, refused: &TokenLease) {
        self.cache.refuse(refused);
    }
}

/// Gets the token by which the platform vouches for this workload: the subject token.
///
/// [`KubernetesToken`], [`AzureImds`] and [`GcpMetadata`] are such; [`TokenFn`] makes one of a closure.
pub trait SubjectTokenProvider: Send + Sync + 'static {
    /// Gets a token. It is asked anew for each exchange, and may take 60 s. Requests over HTTP should go by the
    /// transport, which is the client's.
    ///
    /// # Errors
    /// Any. One that [is retryable](Error::is_retryable), as of kind [`Connection`](ErrorKind::Connection), is tried
    /// again. Take care that no error holds the token.
    fn subject_token(&self, transport: Arc<dyn Transport>) -> BoxFuture<Result<Secret>>;

    /// What kind of token it is.
    fn token_type(&self) -> TokenType {
        TokenType::Jwt
    }
}

/// So that a program can choose its provider when it starts.
impl<P: SubjectTokenProvider + ?Sized> SubjectTokenProvider for Arc<P> {
    fn subject_token(&self, transport: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        (**self).subject_token(transport)
    }

    fn token_type(&self) -> TokenType {
        (**self).token_type()
    }
}

/// The kind of a subject token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenType {
    /// A JSON web token: `urn:ietf:params:oauth:token-type:jwt`.
    #[default]
    Jwt,
    /// An id token of OpenID Connect: `urn:ietf:params:oauth:token-type:id_token`.
    IdToken,
}

impl TokenType {
    /// The name that the exchange knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "urn:ietf:params:oauth:token-type:jwt",
            Self::IdToken => "urn:ietf:params:oauth:token-type:id_token",
        }
    }
}

type Function = Arc<dyn Fn() -> BoxFuture<Result<Secret>> + Send + Sync>;

/// A closure that gets the subject token.
///
/// ```
/// use openai_runtime::{TokenFn, WorkloadIdentity};
///
/// let provider = TokenFn::jwt(|| async { std::fs::read_to_string("/run/secrets/identity-token") });
/// let identity = WorkloadIdentity::new("idp_123", "sa_456", provider);
/// ```
#[derive(Clone)]
pub struct TokenFn {
    function: Function,
    token_type: TokenType,
}

impl TokenFn {
    /// A closure that gets a JSON web token.
    pub fn jwt<F, R, K, E>(function: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<BoxError>,
    {
        Self::new(function, TokenType::Jwt)
    }

    /// A closure that gets an id token of OpenID Connect.
    pub fn id_token<F, R, K, E>(function: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<BoxError>,
    {
        Self::new(function, TokenType::IdToken)
    }

    fn new<F, R, K, E>(function: F, token_type: TokenType) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<BoxError>,
    {
        let function: Function = Arc::new(move || {
            let token = function();
            Box::pin(async move { token.await.map(Into::into).map_err(|error| provider_error(error.into())) })
        });
        Self { function, token_type }
    }
}

impl SubjectTokenProvider for TokenFn {
    fn subject_token(&self, _: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        (self.function)()
    }

    fn token_type(&self) -> TokenType {
        self.token_type
    }
}

/// An error of ours stays as it is, so that its kind still says whether to try again.
fn provider_error(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            let message = format!("the provider of the subject token failed: {error}");
            Error::new(ErrorKind::Authentication, message).with_source(error)
        }
    }
}

impl fmt::Debug for WorkloadIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadIdentity")
            .field("identity_provider_id", &self.identity_provider_id)
            .field("service_account_id", &self.service_account_id)
            .field("token_url", &url::printable(&self.token_url))
            .field("refresh_buffer", &self.refresh_buffer)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFn").field("token_type", &self.token_type).finish_non_exhaustive()
    }
}
