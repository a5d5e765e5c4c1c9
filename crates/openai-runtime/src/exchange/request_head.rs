//! What an attempt sends besides its body: the credential and the headers.

use http::Extensions;
use http::header::{self, HeaderMap, HeaderValue};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};

use super::{Failed, Mode, Plan, USER_AGENT};
use crate::client::Shared;
use crate::endpoint::Security;
use crate::error::{Error, ErrorKind, Result, redact_request_id};
use crate::headers::{self, Change};
use crate::provider::{Origin, ProviderRequest};
use crate::reply::Reply;
use crate::secret::Secret;
use crate::token_cache::TokenLease;

/// What an attempt sends as its bearer token.
pub(super) enum Credential {
    Key(Secret),
    Token(TokenLease),
}

impl Credential {
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Self::Key(key) => key,
            Self::Token(lease) => lease.token(),
        }
    }
}

/// The head of one attempt: where it goes, and all that goes with it besides the body.
pub(super) struct Outgoing {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) credential: Option<Credential>,
    /// What the provider left, if there is one.
    pub(super) extensions: Option<Extensions>,
    /// What the provider set and no error may repeat.
    pub(super) secrets: Vec<String>,
}

impl Outgoing {
    /// Takes all that is secret out of an error.
    pub(super) fn redact(&self, error: Error) -> Error {
        self.secrets().fold(error, Error::redact)
    }

    /// Takes all that is secret out of what is shown of a response.
    pub(super) fn redact_reply(&self, mut reply: Reply) -> Reply {
        for secret in self.secrets() {
            redact_request_id(&mut reply.head.headers, secret);
        }
        reply
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        let own = self.credential.as_ref().map(|credential| credential.secret().expose());
        own.into_iter().chain(self.secrets.iter().map(String::as_str))
    }
}

impl Plan {
    /// The head of one attempt, with these headers besides. The one place where it is made, whether the attempt is sent
    /// or only prepared. `sent` counts the attempts before it.
    pub(super) async fn outgoing(
        &self,
        shared: &Shared,
        sent: u32,
        changes: &[Change],
        deadline: Instant,
    ) -> Result<Outgoing, Failed> {
        let credential = match timeout_at(deadline, self.credential(shared)).await {
            Ok(credential) => credential.map_err(|error| Failed::Credential(error.with_attempts(sent)))?,
            Err(_) => return Err(self.timed_out(sent).into()),
        };
        let headers = self.headers(shared, credential.as_ref().map(Credential::secret), sent)?;
        let mut outgoing =
            Outgoing { url: self.url.clone(), headers, credential, extensions: None, secrets: Vec::new() };
        match timeout_at(deadline, self.provide(shared, &mut outgoing)).await {
            Ok(provided) => provided.map_err(|error| Failed::Credential(error.with_attempts(sent)))?,
            Err(_) => return Err(self.timed_out(sent).into()),
        }
        let headers = &mut outgoing.headers;
        for level in [&shared.settings.headers, &self.parts.headers, changes] {
            headers::apply(headers, level);
        }
        Ok(outgoing)
    }

    /// Lets the provider change a request, if there is one.
    async fn provide(&self, shared: &Shared, outgoing: &mut Outgoing) -> Result<()> {
        let Some(provider) = &shared.settings.provider else { return Ok(()) };
        let origin = Origin {
            method: &self.method,
            template: self.parts.route.is_none().then_some(self.parts.endpoint.path),
            base: &shared.base,
            url: &outgoing.url,
            model: self.model.as_deref(),
            clock: &shared.clock,
            transport: &shared.transport,
        };
        let own = shared.settings.headers.iter().chain(&self.parts.headers).map(|(name, _)| name.clone()).collect();
        let request = ProviderRequest::new(&origin, std::mem::take(&mut outgoing.headers), own);
        let (url, headers, extensions) = provider.prepare(request).await?.into_parts();
        let secrets = headers.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
        outgoing.secrets = secrets.map(|value| value.strip_prefix("Bearer ").unwrap_or(value).to_owned()).collect();
        (outgoing.url, outgoing.headers, outgoing.extensions) = (url, headers, Some(extensions));
        Ok(())
    }

    /// The key that this attempt sends.
    async fn credential(&self, shared: &Shared) -> Result<Option<Credential>> {
        let settings = &shared.settings;
        let named =
            |changes: &[Change]| changes.iter().any(|(name, _)| *name == header::AUTHORIZATION || name == "api-key");
        let key = match self.parts.security {
            Security::None => return Ok(None),
            _ if settings.provider_has_credential() => return Ok(None),
            Security::Bearer if settings.keyless => return Ok(None),
            Security::Admin => settings.admin_api_key.clone(),
            Security::Bearer => match (&settings.api_key_provider, &settings.workload_identity) {
                (_, Some(_)) if self.sets_authorization(shared) => return Ok(None),
                (_, Some(identity)) => return Ok(Some(Credential::Token(identity.token(shared).await?))),
                (Some(provider), None) => Some(provider().await.map_err(|error| {
                    Error::new(ErrorKind::Authentication, format!("the provider of the API key failed: {error}"))
                        .with_source(error)
                })?),
                (None, None) => settings.api_key.clone(),
            },
        };
        // A key read from a file ends in a line break, which no header can have.
        let key = key.map(|key| key.trimmed()).filter(|key| !key.expose().is_empty());
        if key.is_some() || settings.keyless || named(&settings.headers) || named(&self.parts.headers) {
            return Ok(key.map(Credential::Key));
        }
        Err(Error::config(match self.parts.security {
            Security::Admin => "this operation needs an admin key: set OPENAI_ADMIN_KEY or `admin_api_key`",
            _ => "this operation needs an API key: set OPENAI_API_KEY, `api_key` or `workload_identity`",
        }))
    }

    /// Whether a header that was set by hand takes the place of the token, which then need not be got.
    fn sets_authorization(&self, shared: &Shared) -> bool {
        let mut changes = shared.settings.headers.iter().chain(&self.parts.headers);
        changes.any(|(name, _)| *name == header::AUTHORIZATION)
    }

    /// The headers of one attempt that nobody set by hand: auth, then defaults. The client's and the call's win over them.
    fn headers(&self, shared: &Shared, key: Option<&Secret>, sent: u32) -> Result<HeaderMap> {
        let settings = &shared.settings;
        let endpoint = self.parts.endpoint;
        let mut headers = HeaderMap::with_capacity(16);
        if let Some(key) = key {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose()))
                .map_err(|_| Error::config("the key has characters that no header can have"))?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let accept = if self.mode == Mode::Events { "text/event-stream" } else { endpoint.accept };
        headers.insert(header::ACCEPT, HeaderValue::from_static(if accept.is_empty() { "*/*" } else { accept }));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert("x-stainless-retry-count", HeaderValue::from(sent));
        if self.mode == Mode::Buffered {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(content_type) = &self.body.content_type {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        for (name, text) in [("openai-organization", &settings.organization), ("openai-project", &settings.project)] {
            if let Some(text) = text {
                let value = HeaderValue::try_from(text)
                    .map_err(|_| Error::config(format!("{name} has characters that no header can have")))?;
                headers.insert(name, value);
            }
        }
        for (name, text) in endpoint.headers {
            if let Ok(change) = headers::change(name, (*text).into()) {
                headers::apply(&mut headers, &[change]);
            }
        }
        Ok(headers)
    }
}
