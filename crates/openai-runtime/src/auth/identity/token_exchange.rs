//! The exchange of a subject token for an access token.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderValue};
use serde_json::Value;

use super::fetch;
use super::options::WorkloadIdentity;
use crate::auth::secret::Secret;
use crate::auth::token_cache::AccessToken;
use crate::error::{Error, ErrorKind, Redactor, Result};
use crate::io::clock::Clock;
use crate::io::time::timeout;
use crate::io::transport::Transport;
use crate::json;
use crate::response::head::ResponseHead;
use crate::response::retry;
use crate::trace::Trace;

const WHAT: &str = "the token exchange";
/// The type of a certificate, which stands for itself: no token goes with it.
const CERTIFICATE: &str = "urn:openai:params:oauth:token-type:x509";
/// The most retries of an exchange by a certificate.
const CERTIFICATE_RETRIES: u32 = 2;
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The time limit of a provider, so that one that hangs cannot hold up all calls forever.
const PROVIDER_LIMIT: Duration = Duration::from_secs(60);
/// Longer lives than 30 years are taken for this.
const LONGEST_LIFE: f64 = 30.0 * 365.0 * 86_400.0;

/// All that an exchange needs. It holds nothing of the cache, which holds the exchange.
pub(super) struct TokenExchange {
    pub(super) identity: WorkloadIdentity,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) max_retries: u32,
}

impl TokenExchange {
    /// Makes attempts until one succeeds or no more is to be made.
    #[inline]
    pub(super) async fn run(self) -> Result<AccessToken> {
        let mut retries = 0;
        let most = if self.identity.is_x509() { self.max_retries.min(CERTIFICATE_RETRIES) } else { self.max_retries };
        loop {
            let error = match self.attempt().await {
                Ok(granted) => return Ok(granted),
                Err(error) => error.received(Some(self.clock.now())),
            };
            // Whatever the server says of a retry: the same certificate would be refused again.
            let refused = self.identity.is_x509()
                && error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 401 | 403));
            let wait = if refused { None } else { retry::wait(&error, retries, most, &*self.clock) };
            let Some(wait) = wait else { return Err(error) };
            Trace::wait(&error, wait);
            self.clock.sleep(wait).await;
            retries += 1;
        }
    }

    #[inline]
    async fn attempt(&self) -> Result<AccessToken> {
        let subject = self.subject_token().await?;
        let body = self.body(subject.as_ref());
        let mut request = fetch::request(WHAT, self.identity.token_url.trim(), body)?;
        *request.method_mut() = Method::POST;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json.clone());
        request.headers_mut().insert(header::ACCEPT, json);
        let since = self.clock.elapsed();
        let redactor = Redactor::new(subject.iter().map(|subject| subject.expose().to_owned()));
        let answer = fetch::fetch(&*self.transport, request, WHAT, &redactor).await;
        let granted = answer.and_then(|(head, bytes)| {
            if head.status.is_success() {
                return read(&head, &bytes);
            }
            Err(fetch::refused(WHAT, head, bytes, subject.as_ref()))
        });
        let (token, life) = granted.map_err(|error| redactor.error(error))?;
        Ok(AccessToken { token, life, since: Some(since) })
    }

    /// The token that is exchanged; none if the connection's certificate stands for it.
    #[inline]
    async fn subject_token(&self) -> Result<Option<Secret>> {
        let Some(provider) = &self.identity.provider else { return Ok(None) };
        let asked = provider.subject_token(self.transport.clone());
        let token = timeout(PROVIDER_LIMIT, asked).await.map_err(|_| {
            let message = format!("the provider of the subject token gave none within {PROVIDER_LIMIT:?}");
            Error::new(ErrorKind::Timeout, message)
        })??;
        match token.expose().trim() {
            "" => Err(Error::new(ErrorKind::Authentication, "the provider of the subject token gave an empty one")),
            text if text.len() == token.expose().len() => Ok(Some(token)),
            // Files end in a newline.
            text => Ok(Some(Secret::from(text))),
        }
    }

    #[inline]
    fn body(&self, subject: Option<&Secret>) -> Bytes {
        let mut body = String::with_capacity(512 + subject.map_or(0, |subject| subject.expose().len()));
        let token_type = self.identity.provider.as_ref().map_or(CERTIFICATE, |provider| provider.token_type().as_str());
        for (name, text) in [
            ("grant_type", Some(GRANT_TYPE)),
            ("subject_token", subject.map(Secret::expose)),
            ("subject_token_type", Some(token_type)),
            ("identity_provider_id", Some(&*self.identity.identity_provider_id)),
            ("service_account_id", Some(&*self.identity.service_account_id)),
        ] {
            let Some(text) = text else { continue };
            let start = if body.is_empty() { '{' } else { ',' };
            // Writing to a string can't fail.
            let _ = write!(body, "{start}\"{name}\":{}", Value::from(text));
        }
        body.push('}');
        body.into()
    }
}

/// The access token of an answer, and how long it lives.
#[inline]
fn read(head: &ResponseHead, bytes: &Bytes) -> Result<(Secret, Duration)> {
    let Ok(answer) = serde_json::from_slice::<Value>(json::without_mark(bytes)) else {
        return Err(fetch::unusable(WHAT, head, "is not JSON"));
    };
    let token = answer.get("access_token").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(fetch::unusable(WHAT, head, "has no access_token that can be sent"));
    }
    let seconds = match answer.get("expires_in") {
        Some(Value::Number(number)) => number.as_f64(),
        // Some servers write numbers as text.
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let seconds = seconds.filter(|seconds| seconds.is_finite()).unwrap_or_default();
    let life = Duration::try_from_secs_f64(seconds.min(LONGEST_LIFE)).unwrap_or_default();
    Ok((Secret::from(token), life))
}
