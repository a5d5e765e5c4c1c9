//! The client: a handle to what its calls share.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::settings::{ClientSetup, Settings};
use crate::auth::secret::Secret;
use crate::error::{Redactor, Result};
use crate::exchange::channel::Channel;
use crate::io::clock::Clock;
use crate::json::Json;
use crate::request::url::printable;
use crate::response::decoder::JsonDecoder;
use crate::response::head::ResponseHead;

/// A client of the API. Cheap to clone: clones share the connections.
///
/// ```no_run
/// # async fn example() -> openai_runtime::Result<()> {
/// let client = openai_runtime::Client::from_env()?;
/// let models = client.request(http::Method::GET, "/models").send().await?;
/// println!("{} {}", models.status(), models.json()?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<ClientParts>);

struct ClientParts {
    channel: Arc<Channel>,
    setup: ClientSetup,
}

impl Client {
    /// The URL that paths are appended to.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.channel().base.as_str()
    }

    /// Returns the most bytes of a response that is read as a whole; see
    /// [`ClientBuilder::max_response_size`](crate::ClientBuilder::max_response_size).
    #[must_use]
    pub fn max_response_size(&self) -> usize {
        self.channel().defaults.max_response_size
    }

    /// Returns true if the client is of another API than OpenAI's.
    pub(crate) fn is_of_service(&self) -> bool {
        self.channel().credentials.service.is_some()
    }

    /// The secret by which webhooks are verified, if set.
    #[must_use]
    pub fn webhook_secret(&self) -> Option<&Secret> {
        self.0.setup.webhook_secret.as_ref()
    }

    /// The API key, if it is a fixed one; for protocols besides HTTP.
    #[must_use]
    pub fn api_key(&self) -> Option<&Secret> {
        self.channel().credentials.api_key.as_ref()
    }

    /// The credentials that every call of this client sends: its keys, headers and query parameters. A
    /// [`Redactor`] takes them out of errors that layers above make of what a server said. The last 32
    /// that a provider or a workload identity gave for an attempt are among them. What one call alone sends, by
    /// `with_header` or in its body, is not: the redactor of its response knows that.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        self.channel().redactor()
    }

    /// Makes a decoder of what servers send besides responses, which is strict if the client is.
    #[must_use]
    pub fn json_decoder(&self) -> JsonDecoder {
        JsonDecoder::new(self.channel().defaults.strict_decoding).redacting(self.redactor())
    }

    /// Reads the body of a response that came by another way than a call, as in the output file of a batch, by the rules of
    /// this client.
    ///
    /// # Errors
    /// As [`Call::send`](crate::Call::send) of a response that has arrived: a body that cannot be read, or that reports an
    /// error.
    pub fn read_response<T: Json + Default>(&self, status: StatusCode, headers: HeaderMap, body: &Bytes) -> Result<T> {
        let strict = self.channel().defaults.strict_decoding;
        let (redactor, received) = (self.redactor(), Some(self.clock().now()));
        ResponseHead { status, headers, received, attempts: 0, secrets: &[], redactor, strict }.parse(body)
    }

    /// Returns the name of the provider as spans and metrics have it, `gen_ai.provider.name`.
    #[doc(hidden)]
    #[must_use]
    pub fn provider_name(&self) -> &str {
        self.channel().provider_name()
    }

    /// Returns true if a [`Provider`](crate::Provider) prepares the client's requests, for helpers that only OpenAI serves.
    #[doc(hidden)]
    #[must_use]
    pub fn has_provider(&self) -> bool {
        self.channel().credentials.provider.is_some()
    }

    /// The clock that retries wait by, for helpers that wait as well: one that a test puts in moves them all.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.channel().clock
    }

    /// Returns the option of this type that a layer above attached with
    /// [`ClientBuilder::extension`](crate::ClientBuilder::extension).
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.setup.extensions.get()
    }

    pub(super) fn over(channel: Channel, setup: ClientSetup) -> Self {
        Self(Arc::new(ClientParts { channel: Arc::new(channel), setup }))
    }

    /// Returns the state that the client's exchanges share.
    pub(crate) fn channel(&self) -> &Arc<Channel> {
        &self.0.channel
    }

    /// The options that the client was built with.
    pub(super) fn settings(&self) -> Settings {
        let channel = self.channel();
        Settings {
            credentials: channel.credentials.clone(),
            defaults: channel.defaults.clone(),
            setup: self.0.setup.clone(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &printable(self.base_url()))
            .field("settings", &self.settings())
            .finish_non_exhaustive()
    }
}
