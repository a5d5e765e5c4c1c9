//! Subject tokens: the trait by which they are got, and the one that takes a closure.

use std::fmt;
use std::sync::Arc;

use crate::auth::secret::Secret;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::io::transport::{BoxFuture, Transport};

/// Gets the token by which the platform vouches for this workload: the subject token.
///
/// [`KubernetesToken`](crate::KubernetesToken), [`AzureImds`](crate::AzureImds) and [`GcpMetadata`](crate::GcpMetadata) are
/// such; [`TokenFn`] makes one of a closure.
pub trait SubjectTokenProvider: Send + Sync + 'static {
    /// Gets a token. It is asked anew for each exchange, and may take 60 s. Requests over HTTP should go by the
    /// transport, which is the client's.
    ///
    /// # Errors
    /// Any. One that [is retryable](Error::is_retryable), as of kind [`Connection`](ErrorKind::Connection), is tried
    /// again. Take care that no error holds the token.
    fn subject_token(&self, transport: Arc<dyn Transport>) -> BoxFuture<Result<Secret>>;

    /// Returns the kind of the token.
    #[inline]
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
    #[inline]
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
    #[inline]
    fn subject_token(&self, _: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        (self.function)()
    }

    #[inline]
    fn token_type(&self) -> TokenType {
        self.token_type
    }
}

/// An error of ours stays as it is, so that its kind still says whether to try again.
#[inline]
fn provider_error(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            let message = format!("the provider of the subject token failed: {error}");
            Error::new(ErrorKind::Authentication, message).with_source(error)
        }
    }
}

impl fmt::Debug for TokenFn {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFn").field("token_type", &self.token_type).finish_non_exhaustive()
    }
}
