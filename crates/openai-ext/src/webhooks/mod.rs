//! Webhooks: whether a request comes from OpenAI, and the event that it brings.
//!
//! Requires the feature `webhooks`.
//!
//! ```
//! use openai_ext::webhooks::{self, WebhookError, WebhookEvent};
//!
//! fn handle(body: &[u8], headers: &openai_ext::HeaderMap, secret: &str) -> Result<(), WebhookError> {
//!     match webhooks::unwrap(body, headers, [secret])? {
//!         WebhookEvent::ResponseCompleted(event) => println!("{} is done", event.data.id),
//!         WebhookEvent::Unknown(event) => println!("a new kind of event: {event}"),
//!         _ => {}
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The body is to be the bytes as they came: a body that was parsed and written anew has another signature. A sender may
//! deliver an event twice; `webhook-id` is the same then.

mod error;
mod headers;
mod secrets;
mod signature;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openai_runtime::{Clock, JsonDecoder, Secret};

pub use crate::types::UnwrapWebhookEvent as WebhookEvent;
pub use error::WebhookError;
pub use headers::WebhookHeaders;
pub use secrets::IntoSecrets;

use headers::Signed;
use signature::Key;

/// How far the time of a webhook may be from now, back and ahead.
const TOLERANCE: Duration = Duration::from_secs(300);

/// Verifies a webhook and reads its event. [`Webhooks`] has options; [`WebhooksExt`] takes the client's secret.
///
/// `secrets` are those of the webhook's settings, `whsec_…`; of several, as while one takes the place of another, any may
/// be the one that signed.
///
/// # Errors
/// The webhook is not genuine, too old or too new, or is no event that can be read; [`WebhookError`] says which.
pub fn unwrap<K>(
    body: impl AsRef<[u8]>,
    headers: &(impl WebhookHeaders + ?Sized),
    secrets: impl IntoSecrets<K>,
) -> Result<WebhookEvent, WebhookError> {
    Webhooks::new(secrets).unwrap(body, headers)
}

/// Verifies a webhook, whatever its body is.
///
/// # Errors
/// The webhook is not genuine, too old or too new.
pub fn verify<K>(
    body: impl AsRef<[u8]>,
    headers: &(impl WebhookHeaders + ?Sized),
    secrets: impl IntoSecrets<K>,
) -> Result<(), WebhookError> {
    Webhooks::new(secrets).verify(body, headers)
}

/// Signs a body as OpenAI does, for tests of one's own handler. Gives the headers to send with it.
///
/// ```
/// use std::time::SystemTime;
/// use openai_ext::webhooks;
///
/// # fn main() -> Result<(), webhooks::WebhookError> {
/// let body = r#"{"object":"event","id":"evt_1","type":"response.completed","created_at":1,"data":{"id":"resp_1"}}"#;
/// let headers = webhooks::sign(body, "wh_1", SystemTime::now(), "whsec_c2VjcmV0")?;
/// webhooks::unwrap(body, &headers, ["whsec_c2VjcmV0"])?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The secret is empty, or is no base64 after `whsec_`.
pub fn sign(
    body: impl AsRef<[u8]>,
    id: &str,
    time: SystemTime,
    secret: impl Into<Secret>,
) -> Result<[(&'static str, String); 3], WebhookError> {
    let timestamp = seconds(time).to_string();
    let signature = Key::new(&secret.into())?.sign(id, &timestamp, body.as_ref());
    Ok([(headers::ID, id.to_owned()), (headers::TIMESTAMP, timestamp), (headers::SIGNATURE, signature)])
}

/// Verifies webhooks by some secrets, with options.
///
/// ```
/// use std::time::Duration;
/// use openai_ext::webhooks::Webhooks;
///
/// let webhooks = Webhooks::new(["whsec_bmV3", "whsec_b2xk"]).tolerance(Duration::from_secs(60));
/// # let _ = webhooks;
/// ```
#[derive(Clone)]
pub struct Webhooks {
    secrets: Vec<Secret>,
    tolerance: Duration,
    clock: Option<Arc<dyn Clock>>,
    decoder: JsonDecoder,
}

impl Webhooks {
    /// By these secrets, any of which may be the one that signed.
    pub fn new<K>(secrets: impl IntoSecrets<K>) -> Self {
        Self { secrets: secrets.into_secrets(), tolerance: TOLERANCE, clock: None, decoder: JsonDecoder::default() }
    }

    /// One more secret, as while one takes the place of another.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// More secrets: those of a list, or that of an endpoint as `create` and `rotate_secret` return it.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::webhooks::Webhooks;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let endpoint = client.webhooks().create("Jobs", "https://example.com/webhook", ["batch.completed"]).send().await?;
    /// let rotate = client.webhooks().rotate_secret(&endpoint.id).keep_old_secret_active_for_24_hours(true);
    /// let rotated = rotate.send().await?;
    /// let verifier = Webhooks::new(&endpoint).secrets(&rotated); // until the old secret has ended
    /// # let _ = verifier;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn secrets<K>(mut self, secrets: impl IntoSecrets<K>) -> Self {
        self.secrets.extend(secrets.into_secrets());
        self
    }

    /// How far the time of a webhook may be from now, back and ahead; 300 s by default. It keeps others from sending
    /// again what they once overheard.
    #[must_use]
    #[inline]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// What tells the time, for tests; the system's clock by default.
    #[must_use]
    #[inline]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes a value of another JSON kind than its type has an error. By default it is kept, and `misfits()` of the event
    /// lists it.
    #[must_use]
    #[inline]
    pub fn strict_decoding(mut self, strict: bool) -> Self {
        self.decoder = JsonDecoder::new(strict);
        self
    }

    /// Verifies a webhook and reads its event.
    ///
    /// # Errors
    /// The webhook is not genuine, too old or too new, or is no event that can be read.
    pub fn unwrap(
        &self,
        body: impl AsRef<[u8]>,
        headers: &(impl WebhookHeaders + ?Sized),
    ) -> Result<WebhookEvent, WebhookError> {
        let body = body.as_ref();
        self.verify(body, headers)?;
        std::str::from_utf8(body).map_err(|_| WebhookError::NotUtf8)?;
        self.decoder.clone().decode(body).map_err(|error| WebhookError::NotAnEvent(error.to_string()))
    }

    /// Verifies a webhook, whatever its body is.
    ///
    /// # Errors
    /// The webhook is not genuine, too old or too new.
    pub fn verify(&self, body: impl AsRef<[u8]>, headers: &(impl WebhookHeaders + ?Sized)) -> Result<(), WebhookError> {
        if self.secrets.is_empty() {
            return Err(WebhookError::NoSecret);
        }
        // All of them, so that one that is no secret does not wait for the day it is needed.
        let keys: Vec<Key> = self.secrets.iter().map(Key::new).collect::<Result<_, _>>()?;
        let signed = Signed::read(headers)?;
        self.check_time(&signed)?;
        match keys.iter().any(|key| key.has_signed(&signed, body.as_ref())) {
            true => Ok(()),
            false => Err(WebhookError::WrongSignature),
        }
    }

    #[inline]
    fn check_time(&self, signed: &Signed) -> Result<(), WebhookError> {
        let now = self.clock.as_ref().map_or_else(openai_runtime::time_of_day, |clock| clock.now());
        let (now, then) = (i128::from(seconds(now)), i128::from(signed.seconds()?));
        let tolerance = i128::from(self.tolerance.as_secs());
        if now - then > tolerance {
            return Err(WebhookError::TooOld);
        }
        if then - now > tolerance {
            return Err(WebhookError::TooNew);
        }
        Ok(())
    }
}

/// Whole seconds since 1970.
#[inline]
fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map(|since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
    since.unwrap_or_else(|before| i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds))
}

/// Webhooks by the client's secret, beside the calls of `client.webhooks()`.
pub trait WebhooksExt {
    /// Gives what verifies webhooks by the secret of
    /// [`ClientBuilder::webhook_secret`](crate::ClientBuilder::webhook_secret) or `OPENAI_WEBHOOK_SECRET`, and the
    /// client's clock.
    fn verifier(&self) -> Webhooks;

    /// As [`verifier`](Self::verifier), with one more secret.
    fn secret(&self, secret: impl Into<Secret>) -> Webhooks {
        self.verifier().secret(secret)
    }

    /// Verifies a webhook and reads its event, as [`Webhooks::unwrap`].
    ///
    /// ```
    /// use openai_ext::prelude::*;
    ///
    /// # fn handle(client: &Client, body: &[u8], headers: &openai_ext::HeaderMap) -> openai_ext::Result<()> {
    /// let event = client.webhooks().unwrap(body, headers)?;
    /// # let _ = event;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The webhook is not genuine, too old or too new, or is no event that can be read.
    fn unwrap(
        &self,
        body: impl AsRef<[u8]>,
        headers: &(impl WebhookHeaders + ?Sized),
    ) -> Result<WebhookEvent, WebhookError> {
        self.verifier().unwrap(body, headers)
    }

    /// Verifies a webhook, whatever its body is, as [`Webhooks::verify`].
    ///
    /// # Errors
    /// The webhook is not genuine, too old or too new.
    fn verify(&self, body: impl AsRef<[u8]>, headers: &(impl WebhookHeaders + ?Sized)) -> Result<(), WebhookError> {
        self.verifier().verify(body, headers)
    }
}

impl WebhooksExt for crate::resources::webhooks::Webhooks {
    #[inline]
    fn verifier(&self) -> Webhooks {
        let webhooks = Webhooks::new(self.client.webhook_secret()).clock(self.client.clock().clone());
        Webhooks { decoder: self.client.json_decoder(), ..webhooks }
    }
}

impl fmt::Debug for Webhooks {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Webhooks");
        out.field("secrets", &self.secrets).field("tolerance", &self.tolerance).finish_non_exhaustive()
    }
}
