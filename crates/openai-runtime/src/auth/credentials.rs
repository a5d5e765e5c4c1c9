//! The credentials of a client, and which of them an attempt sends.

use std::sync::Arc;

use http::Extensions;
use http::header::{self, HeaderName};

use super::identity::{SharedIdentity, TokenContext};
use super::provider::Provider;
use super::secret::Secret;
use super::service::Service;
use super::token_cache::TokenLease;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::io::transport::BoxFuture;
use crate::request::endpoint::Security;
use crate::request::headers::Change;

/// A function that gets a key, called before each attempt.
pub(crate) type KeyProvider = Arc<dyn Fn() -> BoxFuture<Result<Secret, BoxError>> + Send + Sync>;

/// All that a client can prove itself by.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) api_key: Option<Secret>,
    pub(crate) api_key_provider: Option<KeyProvider>,
    /// With its token, which clients made of one another share.
    pub(crate) workload_identity: Option<Arc<SharedIdentity>>,
    pub(crate) admin_api_key: Option<Secret>,
    /// No credential is wanted.
    pub(crate) keyless: bool,
    pub(crate) provider: Option<Arc<dyn Provider>>,
    /// The API of another document, if it is not OpenAI's.
    pub(crate) service: Option<&'static Service>,
}

/// The bearer token of an attempt.
pub(crate) enum Credential {
    Key(Secret),
    Token(TokenLease),
}

impl Credential {
    pub(crate) fn secret(&self) -> &Secret {
        match self {
            Self::Key(key) => key,
            Self::Token(lease) => lease.token(),
        }
    }
}

impl Credentials {
    /// Returns true if the provider sets the credential itself.
    pub(crate) fn provider_has_credential(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| provider.has_credential())
    }

    /// Returns true if a request with the credential may go elsewhere than where it was meant to go.
    pub(crate) fn follow_redirects(&self) -> bool {
        let by_certificate = self.workload_identity.as_ref().is_some_and(|identity| identity.options().is_x509());
        !by_certificate && self.provider.as_ref().is_none_or(|provider| provider.follows_redirects())
    }

    /// Returns true if there is one that is got while the client is in use.
    pub(crate) fn are_fetched(&self) -> bool {
        self.provider.is_some() || self.api_key_provider.is_some() || self.workload_identity.is_some()
    }

    /// Returns true if there is any credential, or none is wanted.
    pub(crate) fn is_any(&self) -> bool {
        self.keyless
            || self.provider_has_credential()
            || self.api_key.is_some()
            || self.api_key_provider.is_some()
            || self.workload_identity.is_some()
            || self.admin_api_key.is_some()
    }

    /// The credential that an attempt sends. `by_hand` are the headers that the client and the call set.
    pub(crate) async fn credential(
        &self,
        security: Security,
        by_hand: [&[Change]; 2],
        context: &TokenContext<'_>,
    ) -> Result<Option<Credential>> {
        let sets = |is_it: fn(&HeaderName) -> bool| by_hand.iter().copied().flatten().any(|(name, _)| is_it(name));
        let key = match security {
            Security::None => return Ok(None),
            _ if self.provider_has_credential() => return Ok(None),
            Security::Bearer if self.keyless => return Ok(None),
            Security::Admin => self.admin_api_key.clone(),
            Security::Bearer => match (&self.api_key_provider, &self.workload_identity) {
                (_, Some(identity)) if identity.options().is_x509() && has_api_key(by_hand) => {
                    return Err(Error::invalid(
                        "the header api-key does not go with an X.509 workload identity: leave it out",
                    ));
                }
                // A header that was set by hand takes the place of the token, which then need not be got.
                (_, Some(_)) if sets(|name| *name == header::AUTHORIZATION) => return Ok(None),
                (_, Some(identity)) => return Ok(Some(Credential::Token(identity.token(context).await?))),
                (Some(provider), None) => Some(provider().await.map_err(|error| {
                    Error::new(ErrorKind::Authentication, format!("the provider of the API key failed: {error}"))
                        .with_source(error)
                })?),
                (None, None) => self.api_key.clone(),
            },
        };
        // A key read from a file ends in a line break, which no header can have.
        let key = key.map(|key| key.trimmed()).filter(|key| !key.expose().is_empty());
        if key.is_some() || self.keyless || sets(is_credential) || self.is_service_key_set(by_hand) {
            return Ok(key.map(Credential::Key));
        }
        if let Some(service) = self.service {
            return Err(service.no_key());
        }
        Err(Error::config(match security {
            Security::Admin => "this operation needs an admin key: set OPENAI_ADMIN_KEY or `admin_api_key`",
            _ => "this operation needs an API key: set OPENAI_API_KEY, `api_key` or `workload_identity`",
        }))
    }

    /// Returns true if a header set by hand is the one in which the service takes its key.
    fn is_service_key_set(&self, by_hand: [&[Change]; 2]) -> bool {
        let Some(service) = self.service else { return false };
        by_hand.iter().copied().flatten().any(|(name, _)| service.is_credential(name))
    }

    /// Drops a credential that the server refused; `extensions` are those that the provider left in the request. Tells
    /// whether there may be a better one.
    pub(crate) fn refuse(&self, credential: Option<&Credential>, extensions: Option<&Extensions>) -> bool {
        if let (Some(Credential::Token(lease)), Some(identity)) = (credential, &self.workload_identity) {
            identity.refuse(lease);
            return true;
        }
        match (&self.provider, extensions) {
            (Some(provider), Some(extensions)) => provider.refused(extensions),
            _ => false,
        }
    }
}

/// Returns true if a key is set by hand beside the token.
fn has_api_key(by_hand: [&[Change]; 2]) -> bool {
    by_hand.iter().copied().flatten().any(|(name, value)| name == "api-key" && value.is_some())
}

/// Returns true if a header carries a credential.
pub(crate) fn is_credential(name: &HeaderName) -> bool {
    *name == header::AUTHORIZATION || name == "api-key"
}
