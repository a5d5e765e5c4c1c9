//! The head of an attempt: the credential and the headers.

use ::url::Url;
use http::Extensions;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::channel::CallDefaults;
use super::prepared::{Mode, PreparedCall};
use super::retries::Failed;
use crate::auth::credentials::Credential;
use crate::auth::provider::{Provider, ProviderInput, ProviderRequest};
use crate::auth::secret::Secret;
use crate::auth::service::Service;
use crate::error::{Error, Redactor, Result};
use crate::io::time::{Instant, timeout_at};
use crate::io::transport::BoxFuture;
use crate::request::headers::{self, Change, USER_AGENT};

const JSON: &str = "application/json";
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-stainless-retry-count");

/// The head of one attempt: where it goes, and all that goes with it besides the body.
pub(super) struct RequestHead {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) credential: Option<Credential>,
    /// The values that the provider left, if there is one.
    pub(super) extensions: Option<Extensions>,
    /// Takes the credentials out of whatever is shown of the attempt.
    pub(super) redactor: Redactor,
}

impl PreparedCall {
    /// The head of one attempt, with these headers besides. The one place where it is made, whether the attempt is sent
    /// or only prepared. `sent` counts the attempts before it.
    pub(super) async fn head(&self, sent: u32, changes: &[Change], deadline: Instant) -> Result<RequestHead, Failed> {
        let (channel, inputs) = (&*self.channel, &self.inputs);
        let (by_hand, context) = ([&channel.defaults.headers[..], &inputs.headers[..]], channel.token_context());
        let credential = channel.credentials.credential(inputs.security, by_hand, &context);
        let credential = match timeout_at(deadline, credential).await {
            Ok(credential) => credential.map_err(|error| self.no_credential(error, sent))?,
            Err(_) => return Err(self.timed_out(sent).into()),
        };
        let headers = self.headers(credential.as_ref().map(Credential::secret), sent)?;
        let redactor = Redactor::default();
        let mut url = self.url.clone();
        if let (Some(service), Some(credential)) = (channel.credentials.service, &credential) {
            service.put_query(credential.secret(), &mut url);
        }
        let mut head = RequestHead { url, headers, credential, extensions: None, redactor };
        match timeout_at(deadline, self.provide(&mut head, Provider::prepare)).await {
            Ok(provided) => provided.map_err(|error| self.no_credential(error, sent))?,
            Err(_) => return Err(self.timed_out(sent).into()),
        }
        self.remember(head.credential.as_ref(), &head.headers, &head.url);
        let headers = &mut head.headers;
        let cookie = headers.get(header::COOKIE).cloned();
        headers::apply(headers, &channel.defaults.headers);
        self.keep_from_strangers(headers);
        for level in [&inputs.headers, changes] {
            headers::apply(headers, level);
        }
        join_cookies(cookie, headers);
        if channel.credentials.provider.as_ref().is_some_and(|provider| provider.signs()) {
            match timeout_at(deadline, self.provide(&mut head, Provider::sign)).await {
                Ok(signed) => signed.map_err(|error| self.no_credential(error, sent))?,
                Err(_) => return Err(self.timed_out(sent).into()),
            }
        }
        head.redactor = self.redactor(head.credential.as_ref(), &head.headers, changes, &head.url);
        Ok(head)
    }

    /// Returns the failure of a provider of credentials, which may repeat what it was given.
    #[cold]
    fn no_credential(&self, error: Error, sent: u32) -> Failed {
        Failed::Credential(self.given_redactor().error(error).with_attempts(sent))
    }

    /// Lets the provider change a request, if there is one.
    async fn provide(
        &self,
        head: &mut RequestHead,
        change: fn(&dyn Provider, ProviderRequest) -> BoxFuture<Result<ProviderRequest>>,
    ) -> Result<()> {
        let channel = &*self.channel;
        let Some(provider) = channel.credentials.provider.as_ref().filter(|_| !self.is_foreign) else { return Ok(()) };
        let input = ProviderInput {
            method: &self.method,
            template: self.inputs.route.is_none().then_some(self.inputs.endpoint.path),
            base: &channel.base,
            url: &head.url,
            model: self.model.as_deref(),
            body: &self.body,
            clock: &channel.clock,
            transport: &channel.transport,
        };
        let own = channel.defaults.headers.iter().chain(&self.inputs.headers).map(|(name, _)| name.clone()).collect();
        let extensions = head.extensions.take().unwrap_or_default();
        let request = ProviderRequest::new(&input, std::mem::take(&mut head.headers), own, extensions);
        let (url, headers, extensions) = change(&**provider, request).await?.into_parts();
        (head.url, head.headers, head.extensions) = (url, headers, Some(extensions));
        Ok(())
    }

    /// Returns the headers that are known before an attempt: all but the credential.
    #[cfg(feature = "tower")]
    pub(super) fn outline_headers(&self) -> Result<HeaderMap> {
        let mut headers = self.headers(None, 0)?;
        headers.remove(RETRY_COUNT);
        headers::apply(&mut headers, &self.channel.defaults.headers);
        self.keep_from_strangers(&mut headers);
        headers::apply(&mut headers, &self.inputs.headers);
        Ok(headers)
    }

    /// The headers of one attempt that nobody set by hand: auth, then defaults. The client's and the call's win over them.
    fn headers(&self, key: Option<&Secret>, sent: u32) -> Result<HeaderMap> {
        let endpoint = self.inputs.endpoint;
        let channel = &*self.channel;
        let mut headers =
            channel.last_headers.of(key, || common(key, channel.credentials.service, &channel.defaults))?;
        let accept = if self.mode == Mode::Events { "text/event-stream" } else { endpoint.accept };
        if accept != JSON {
            let accept = if accept.is_empty() { "*/*" } else { accept };
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        }
        if sent > 0 && channel.credentials.service.is_none() {
            headers.insert(RETRY_COUNT, HeaderValue::from(sent));
        }
        if self.mode != Mode::Buffered {
            headers.remove(header::ACCEPT_ENCODING);
        }
        match &self.body.content_type {
            Some(content_type) if content_type == JSON => {}
            Some(content_type) => drop(headers.insert(header::CONTENT_TYPE, content_type.clone())),
            None => drop(headers.remove(header::CONTENT_TYPE)),
        }
        self.apply_fixed(&mut headers);
        Ok(headers)
    }

    /// Sets the headers that the operation always has.
    fn apply_fixed(&self, headers: &mut HeaderMap) {
        for (name, text) in self.inputs.endpoint.headers {
            if let Ok(change) = headers::change(name, (*text).into()) {
                headers::apply(headers, &[change]);
            }
        }
    }

    /// Takes out the client's headers if the operation has a server of another origin.
    fn keep_from_strangers(&self, headers: &mut HeaderMap) {
        if self.is_foreign {
            headers::keep_common(headers);
            self.apply_fixed(headers);
        }
    }
}

fn common(key: Option<&Secret>, service: Option<&Service>, defaults: &CallDefaults) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(16);
    if let Some(service) = service {
        return of_service(key, service, headers);
    }
    if let Some(key) = key {
        let mut value = HeaderValue::try_from(format!("Bearer {}", key.expose()))
            .map_err(|_| Error::config("the key has characters that no header can have"))?;
        value.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, value);
    }
    headers.insert(header::ACCEPT, HeaderValue::from_static(JSON));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    headers.insert(RETRY_COUNT, HeaderValue::from_static("0"));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    for (name, text) in [("openai-organization", &defaults.organization), ("openai-project", &defaults.project)] {
        if let Some(text) = text {
            let value = HeaderValue::try_from(text)
                .map_err(|_| Error::config(format!("{name} has characters that no header can have")))?;
            headers.insert(name, value);
        }
    }
    Ok(headers)
}

/// The headers of a call to another API: none of OpenAI's are among them.
fn of_service(key: Option<&Secret>, service: &Service, mut headers: HeaderMap) -> Result<HeaderMap> {
    if let Some(key) = key {
        service.put(key, &mut headers)?;
    }
    headers.insert(header::ACCEPT, HeaderValue::from_static(JSON));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    if let Some(user_agent) = service.user_agent() {
        let value = HeaderValue::try_from(user_agent)
            .map_err(|_| Error::config(format!("the `User-Agent` of {} is none", service.name())))?;
        headers.insert(header::USER_AGENT, value);
    }
    Ok(headers)
}

/// Puts the cookie of the credential before those that were set.
fn join_cookies(credential: Option<HeaderValue>, headers: &mut HeaderMap) {
    let (Some(credential), Some(set)) = (credential, headers.get(header::COOKIE)) else { return };
    if credential != *set
        && let Ok(mut value) = HeaderValue::from_bytes(&[credential.as_bytes(), b"; ", set.as_bytes()].concat())
    {
        value.set_sensitive(true);
        headers.insert(header::COOKIE, value);
    }
}
