//! AWS credentials: those that are given, and those that a provider gets.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::Extensions;
use openai_runtime::{AccessToken, Error, ErrorKind, ProviderRequest, Result, Secret, TokenCache, TokenLease};

use crate::servers::bearer::TokenSource;

/// Credentials of AWS: an access key with its secret, and the token of a session for temporary ones. `Debug` shows the id of
/// the key only.
///
/// ```
/// use openai_ext::bedrock::AwsCredentials;
///
/// let credentials = AwsCredentials::new("AKIAEXAMPLE", "the-secret").session_token("the-token");
/// let shown = format!("{credentials:?}");
/// assert!(shown.contains("AKIAEXAMPLE") && !shown.contains("the-secret") && !shown.contains("the-token"));
/// ```
#[derive(Clone)]
pub struct AwsCredentials {
    pub(super) access_key_id: String,
    pub(super) secret_access_key: Secret,
    pub(super) session_token: Option<Secret>,
    expires_at: Option<SystemTime>,
}

impl AwsCredentials {
    /// Makes credentials of the id of an access key and its secret.
    #[must_use]
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<Secret>) -> Self {
        Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
            expires_at: None,
        }
    }

    /// Sets the token of the session, which temporary credentials have; `None` leaves it out.
    #[must_use]
    pub fn session_token<'a>(mut self, token: impl Into<Option<&'a str>>) -> Self {
        self.session_token = token.into().map(Secret::from);
        self
    }

    /// Sets the time at which the credentials end; `None` means that it is not known. Those of a
    /// [provider](super::BedrockConfig::credential_provider) are kept until shortly before it.
    #[must_use]
    pub fn expires_at(mut self, time: impl Into<Option<SystemTime>>) -> Self {
        self.expires_at = time.into();
        self
    }

    /// The credentials without white space around them, or what is wrong with them. None of it is repeated.
    pub(super) fn checked(mut self) -> Result<Self> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        self.access_key_id = self.access_key_id.trim().to_owned();
        self.secret_access_key = Secret::from(self.secret_access_key.expose().trim());
        let token = self.session_token.as_ref().map(|token| token.expose().trim().to_owned());
        self.session_token = token.filter(|token| !token.is_empty()).map(Secret::from);
        // A slash would end the id in the header, a comma the credential.
        if !plain(&self.access_key_id) || self.access_key_id.contains(['/', ',']) {
            return Err(wrong("the id of the access key is empty or has a character that no such id has"));
        }
        if !plain(self.secret_access_key.expose()) {
            return Err(wrong("the secret access key is empty or has a character that no such key has"));
        }
        if self.session_token.as_ref().is_some_and(|token| !plain(token.expose())) {
            return Err(wrong("the session token has a character that no such token has"));
        }
        Ok(self)
    }

    /// The credentials as one text, by which the cache of tokens keeps them. Checked ones have no line break.
    fn packed(&self) -> Secret {
        let token = self.session_token.as_ref().map_or("", Secret::expose);
        Secret::from(format!("{}\n{}\n{token}", self.access_key_id, self.secret_access_key.expose()))
    }

    fn unpacked(text: &Secret) -> Self {
        let mut parts = text.expose().split('\n');
        let mut next = || parts.next().unwrap_or_default();
        let credentials = Self::new(next(), next());
        credentials.session_token(Some(next()).filter(|token| !token.is_empty()))
    }
}

#[cold]
fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("Bedrock: {what}"))
}

impl fmt::Debug for AwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCredentials")
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &self.secret_access_key)
            .field("session_token", &self.session_token)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

/// The source of a request's credentials.
#[derive(Clone)]
pub(super) enum AwsSource {
    Fixed(AwsCredentials),
    Provider(TokenSource<AwsCredentials>, Arc<TokenCache>),
}

impl AwsSource {
    /// The credentials for a request.
    pub(super) async fn get(&self, request: &mut ProviderRequest) -> Result<AwsCredentials> {
        let (source, cache) = match self {
            Self::Fixed(credentials) => return credentials.clone().checked(),
            Self::Provider(source, cache) => (source, cache),
        };
        let clock = request.clock().clone();
        let now = clock.now();
        let lease = cache.token(&*clock, || {
            let got = source();
            Box::pin(async move {
                let credentials = got.await?.checked()?;
                // Credentials without an end are for one attempt: their provider keeps them if it wants to.
                let life = credentials.expires_at.and_then(|end| end.duration_since(now).ok()).unwrap_or_default();
                Ok(AccessToken::new(credentials.packed(), life))
            })
        });
        let lease = lease.await?;
        let credentials = AwsCredentials::unpacked(lease.token());
        request.extensions_mut().insert(lease);
        Ok(credentials)
    }

    /// Drops kept credentials that the server refused. Returns true if there may be better ones.
    pub(super) fn refused(&self, extensions: &Extensions) -> bool {
        match (self, extensions.get::<TokenLease>()) {
            (Self::Provider(_, cache), Some(lease)) => {
                cache.refuse(lease);
                true
            }
            _ => false,
        }
    }
}
