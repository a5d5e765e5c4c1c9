//! Workload identity: the token by which a platform vouches for a workload is exchanged for a short-lived access token,
//! so that no key needs to be stored.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::subject::SubjectTokenProvider;
use crate::auth::token_cache::REFRESH_BUFFER;
use crate::error::{Error, Result};
use crate::request::url;

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
/// [`Authentication`](crate::ErrorKind::Authentication) if the server refused the exchange or the provider failed. Failures
/// that may pass are tried again as those of a call, up to the client's `max_retries`.
#[derive(Clone)]
pub struct WorkloadIdentity {
    pub(super) identity_provider_id: String,
    pub(super) service_account_id: String,
    pub(super) token_url: String,
    pub(super) refresh_buffer: Duration,
    pub(super) provider: Arc<dyn SubjectTokenProvider>,
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
    #[inline]
    pub fn refresh_buffer(mut self, time: Duration) -> Self {
        self.refresh_buffer = time;
        self
    }

    /// Checks what can be checked before the first exchange. Gives whether TLS is needed.
    #[inline]
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

impl fmt::Debug for WorkloadIdentity {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkloadIdentity")
            .field("identity_provider_id", &self.identity_provider_id)
            .field("service_account_id", &self.service_account_id)
            .field("token_url", &url::printable(&self.token_url))
            .field("refresh_buffer", &self.refresh_buffer)
            .finish_non_exhaustive()
    }
}
