//! The credential for Azure.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{AccessToken, Error, ErrorKind, ProviderRequest, Result, Secret, TokenCache, TokenLease};

pub(super) type SourceError = Box<dyn std::error::Error + Send + Sync>;

pub(super) type Fetch = Arc<dyn Fn(TokenRequest) -> BoxFuture<Result<AccessToken>> + Send + Sync>;

/// The inputs of a request for a token.
#[cfg_attr(not(feature = "azure-identity"), allow(dead_code, reason = "read by credentials of the Azure SDK alone"))]
pub(super) struct TokenRequest {
    pub(super) scope: String,
    pub(super) now: std::time::SystemTime,
}

/// A credential, or none.
#[derive(Clone, Default)]
pub(super) enum Credential {
    /// None was set, which is an error.
    #[default]
    Missing,
    /// None is wanted.
    None,
    Key(Secret),
    Token(Secret),
    /// TokenRequest before each attempt.
    Provider(Arc<dyn Fn() -> BoxFuture<Result<Secret>> + Send + Sync>),
    Cached(Tokens),
}

/// A source of tokens with the one that is kept.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) fetch: Fetch,
    pub(super) cache: Arc<TokenCache>,
}

impl Tokens {
    pub(super) fn new<F, R, E>(provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<AccessToken, E>> + Send + 'static,
        E: Into<SourceError>,
    {
        let provider = Arc::new(provider);
        let fetch: Fetch = Arc::new(move |_| {
            let provider = provider.clone();
            Box::pin(async move { provider().await.map_err(|error| failed(error.into())) })
        });
        Self { fetch, cache: Arc::default() }
    }

    #[inline]
    pub(super) fn set_refresh_buffer(&mut self, time: Duration) {
        self.cache = Arc::new(TokenCache::new().refresh_buffer(time));
    }
}

impl Credential {
    pub(super) fn provider<F, R, K, E>(provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<SourceError>,
    {
        Self::Provider(Arc::new(move || {
            let token = provider();
            Box::pin(async move { token.await.map(Into::into).map_err(|error| failed(error.into())) })
        }))
    }

    #[inline]
    pub(super) fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Key(secret) | Self::Token(secret) => secret.expose().trim().is_empty(),
            Self::None | Self::Provider(_) | Self::Cached(_) => false,
        }
    }

    /// Sets the header, unless the caller does.
    #[inline]
    pub(super) async fn apply(&self, request: &mut ProviderRequest, scope: Option<&str>) -> Result<()> {
        let header = match self {
            Self::Missing | Self::None => return Ok(()),
            Self::Key(_) => "api-key",
            _ => "authorization",
        };
        if request.sets(header) {
            return Ok(());
        }
        match self {
            Self::Missing | Self::None => Ok(()),
            Self::Key(key) => request.set_secret_header("api-key", key.expose()),
            Self::Token(token) => bearer(request, token),
            Self::Provider(provider) => {
                let token = provider().await?;
                bearer(request, &token)
            }
            Self::Cached(tokens) => {
                let clock = request.clock().clone();
                let lease = tokens.cache.token(&*clock, || (tokens.fetch)(asked(request, scope))).await?;
                bearer(request, lease.token())?;
                request.extensions_mut().insert(lease);
                Ok(())
            }
        }
    }

    #[inline]
    pub(super) fn refused(&self, extensions: &Extensions) -> bool {
        match (self, extensions.get::<TokenLease>()) {
            (Self::Cached(tokens), Some(lease)) => {
                tokens.cache.refuse(lease);
                true
            }
            _ => false,
        }
    }
}

#[inline]
fn asked(request: &ProviderRequest, scope: Option<&str>) -> TokenRequest {
    let scope = scope.unwrap_or("https://cognitiveservices.azure.com/.default").to_owned();
    TokenRequest { scope, now: request.clock().now() }
}

#[inline]
fn bearer(request: &mut ProviderRequest, token: &Secret) -> Result<()> {
    match token.expose().trim() {
        "" => Err(Error::new(ErrorKind::Authentication, "Azure: the token is empty")),
        token => request.set_secret_header("authorization", &format!("Bearer {token}")),
    }
}

/// An error of ours stays as it is, so that its kind still says what to do.
#[inline]
pub(super) fn failed(error: SourceError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            let message = format!("Azure: the provider of the token failed: {error}");
            Error::new(ErrorKind::Authentication, message).with_source(error)
        }
    }
}

impl fmt::Debug for Credential {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::None => "none",
            Self::Key(_) => "key ***",
            Self::Token(_) => "token ***",
            Self::Provider(_) => "provider of tokens",
            Self::Cached(_) => "tokens that are kept",
        })
    }
}
