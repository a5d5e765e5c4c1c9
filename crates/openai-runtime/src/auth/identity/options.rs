//! Workload identity: the token by which a platform vouches for a workload is exchanged for a short-lived access token,
//! so that no key needs to be stored.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::url::Url;

use super::subject::SubjectTokenProvider;
use crate::auth::token_cache::REFRESH_BUFFER;
use crate::error::{Error, Result};
use crate::request::url;

/// The URL at which tokens are exchanged. This is no endpoint of the API: it is neither below the base URL nor in the
/// document.
const TOKEN_URL: &str = "https://auth.openai.com/oauth/token";

/// The same for clients that prove themselves by a certificate.
const CERTIFICATE_TOKEN_URL: &str = "https://mtls.auth.openai.com/oauth/token";

/// The host that exchanges certificates.
const CERTIFICATE_TOKEN_HOSTS: [&str; 1] = ["mtls.auth.openai.com"];

/// The hosts of the API that take tokens of certificates.
const CERTIFICATE_API_HOSTS: [&str; 3] = ["mtls.api.openai.com", "mtls-us.api.openai.com", "mtls-eu.api.openai.com"];

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
    /// None for the certificate of the connection, which is its own token.
    pub(super) provider: Option<Arc<dyn SubjectTokenProvider>>,
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
            provider: Some(Arc::new(provider)),
        }
    }

    /// Makes an identity whose proof is the X.509 certificate that its connections present, set by
    /// [`client_certificate`](crate::ClientBuilder::client_certificate) or by an HTTP client of one's own. The ids are those
    /// of the identity provider and of the service account, as OpenAI's settings show them.
    ///
    /// The token is got at `https://mtls.auth.openai.com/oauth/token` within 10 s, with at most 2 retries, and goes to
    /// `mtls.api.openai.com`, `mtls-us.api.openai.com` and `mtls-eu.api.openai.com` only: the base URL is one of these by
    /// the client's data residency, and another one is an error of kind [`Config`](crate::ErrorKind::Config) when the client
    /// is built. Addresses of this machine are let through, for tests. No redirect is followed, and a header `api-key` is an
    /// error of the call.
    ///
    /// ```no_run
    /// use openai_runtime::{Client, WorkloadIdentity};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .workload_identity(WorkloadIdentity::x509("idp_123", "sa_456"))
    ///     .client_certificate(std::fs::read("chain.pem")?, std::fs::read("key.pem")?)
    ///     .build()?;
    /// assert_eq!(client.base_url(), "https://mtls.api.openai.com/v1");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn x509(identity_provider_id: impl Into<String>, service_account_id: impl Into<String>) -> Self {
        Self {
            identity_provider_id: identity_provider_id.into(),
            service_account_id: service_account_id.into(),
            token_url: CERTIFICATE_TOKEN_URL.to_owned(),
            refresh_buffer: REFRESH_BUFFER,
            provider: None,
        }
    }

    /// The URL where tokens are exchanged, `https://auth.openai.com/oauth/token` by default. For [`x509`](Self::x509) it can
    /// be an address of this machine only.
    #[must_use]
    pub fn token_url(mut self, url: impl Into<String>) -> Self {
        self.token_url = url.into();
        self
    }

    /// Sets the time before its end at which a token is renewed, 1200 s by default; at most half of the token's life.
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
        let url = url::absolute("token URL", &self.token_url)?;
        if self.is_x509() && !is_one_of(&url, &CERTIFICATE_TOKEN_HOSTS) {
            return Err(Error::config(
                "the token URL of an X.509 workload identity must be at https://mtls.auth.openai.com",
            ));
        }
        Ok(url.scheme() == "https")
    }

    /// Returns true if the certificate of the connection is the proof.
    pub(crate) fn is_x509(&self) -> bool {
        self.provider.is_none()
    }

    /// Fails if the token of a certificate must not go to this base URL.
    pub(crate) fn check_api_host(&self, base: &str) -> Result<()> {
        if is_one_of(&url::absolute("base URL", base)?, &CERTIFICATE_API_HOSTS) {
            return Ok(());
        }
        Err(Error::config(format!(
            "the token of an X.509 workload identity goes to {} by https only: leave out `base_url`, and set \
             `data_residency` for another region",
            CERTIFICATE_API_HOSTS.join(", ")
        )))
    }
}

/// Returns true if a URL is at one of these hosts, by https and its port, or on this machine.
fn is_one_of(url: &Url, hosts: &[&str]) -> bool {
    let known =
        url.scheme() == "https" && url.port().is_none() && url.host_str().is_some_and(|host| hosts.contains(&host));
    known || url::is_loopback(url)
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
