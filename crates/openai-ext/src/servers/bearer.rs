//! Bearer tokens of other clouds: one that stays, one got before each attempt, and one that is kept until it ends.

use std::fmt;
use std::sync::Arc;

use http::Extensions;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{AccessToken, Error, ErrorKind, ProviderRequest, Result, Secret, TokenCache, TokenLease};

pub(super) type TokenSourceError = Box<dyn std::error::Error + Send + Sync>;

/// A function of the user's that gets something before an attempt.
pub(super) type TokenSource<T> = Arc<dyn Fn() -> BoxFuture<Result<T>> + Send + Sync>;

/// Makes a source of a closure; `cloud` stands before the text of its errors.
pub(super) fn source<F, R, K, T, E>(cloud: &'static str, what: &'static str, function: F) -> TokenSource<T>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<K, E>> + Send + 'static,
    K: Into<T>,
    E: Into<TokenSourceError>,
{
    let function = Arc::new(function);
    Arc::new(move || {
        let function = function.clone();
        // Called in the future, so that a panic of its own is one of the future.
        Box::pin(async move { function().await.map(Into::into).map_err(|error| failed(cloud, what, error.into())) })
    })
}

/// An error of ours stays as it is, so that its kind still says what to do.
#[cold]
fn failed(cloud: &str, what: &str, error: TokenSourceError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            let message = format!("{cloud}: the provider of the {what} failed: {error}");
            Error::new(ErrorKind::Authentication, message).with_source(error)
        }
    }
}

/// A bearer token, or where it comes from.
#[derive(Clone)]
pub(super) enum Bearer {
    Fixed(Secret),
    /// Asked for before each attempt.
    Provider(TokenSource<Secret>),
    Cached(TokenSource<AccessToken>, Arc<TokenCache>),
}

impl Bearer {
    pub(super) fn cached(source: TokenSource<AccessToken>) -> Self {
        Self::Cached(source, Arc::default())
    }

    /// Returns true if it is a token without a character.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Fixed(token) if token.expose().trim().is_empty())
    }

    /// Sets the header, unless the caller does.
    pub(super) async fn apply(&self, request: &mut ProviderRequest, cloud: &str) -> Result<()> {
        if request.sets("authorization") {
            return Ok(());
        }
        match self {
            Self::Fixed(token) => set(request, cloud, token),
            Self::Provider(source) => {
                let token = source().await?;
                set(request, cloud, &token)
            }
            Self::Cached(source, cache) => {
                let clock = request.clock().clone();
                let lease = cache.token(&*clock, || source()).await?;
                set(request, cloud, lease.token())?;
                request.extensions_mut().insert(lease);
                Ok(())
            }
        }
    }

    /// Drops a kept token that the server refused. Returns true if there may be a better one.
    pub(super) fn refused(&self, extensions: &Extensions) -> bool {
        match (self, extensions.get::<TokenLease>()) {
            (Self::Cached(_, cache), Some(lease)) => {
                cache.refuse(lease);
                true
            }
            _ => false,
        }
    }
}

fn set(request: &mut ProviderRequest, cloud: &str, token: &Secret) -> Result<()> {
    match token.expose().trim() {
        "" => Err(Error::new(ErrorKind::Authentication, format!("{cloud}: the token is empty"))),
        token => request.set_secret_header("authorization", &format!("Bearer {token}")),
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed(_) => "token ***",
            Self::Provider(_) => "provider of tokens",
            Self::Cached(..) => "tokens that are kept",
        })
    }
}
