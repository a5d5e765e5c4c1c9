//! The way to a server, shared by all exchanges of a client.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

#[cfg(feature = "tower")]
use super::layers::Layers;
use super::recent::{FetchedSecrets, LastHeaders, LastRedactor, LastUrls};
use crate::auth::credentials::Credentials;
use crate::auth::identity::TokenContext;
use crate::io::clock::Clock;
use crate::io::transport::{Body, BoxFuture, Queued, Transport, TransportError};
use crate::request::headers::Change;
use crate::request::url::Base;
use crate::response::reply::MinRate;
use crate::trace::Meters;

/// The way to a server: where it is, what carries requests there, and what each of them is sent with.
pub(crate) struct Channel {
    pub(crate) base: Base,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) credentials: Credentials,
    pub(crate) defaults: CallDefaults,
    pub(crate) fetched: FetchedSecrets,
    pub(crate) last_headers: LastHeaders,
    pub(crate) last_redactor: LastRedactor,
    pub(crate) last_urls: LastUrls,
    /// Around whole calls.
    #[cfg(feature = "tower")]
    pub(crate) layers: Layers,
    /// Around attempts.
    #[cfg(feature = "tower")]
    pub(crate) attempt_layers: Layers,
}

/// The headers, query and limits of calls that set none of their own.
#[derive(Clone)]
pub(crate) struct CallDefaults {
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    /// From `OPENAI_CUSTOM_HEADERS`, then those set by hand, which win.
    pub(crate) headers: Vec<Change>,
    pub(crate) query: Vec<(String, Value)>,
    /// Of one attempt.
    pub(crate) timeout: Duration,
    /// Of a stream without a byte.
    pub(crate) idle_timeout: Duration,
    /// Of a stream without an event; as long as it takes if it is not set.
    pub(crate) event_idle_timeout: Option<Duration>,
    /// In bytes; the decoder's own limit if it is not set.
    pub(crate) max_event_size: Option<usize>,
    /// In bytes, unpacked, of a response that is read as a whole.
    pub(crate) max_response_size: usize,
    /// Of a response that is handed on as it comes; none if it is not set.
    pub(crate) min_rate: Option<MinRate>,
    /// Tells whether a value of another kind than its type has is an error.
    pub(crate) strict_decoding: bool,
    pub(crate) max_retries: u32,
    /// The instruments that calls are measured by.
    #[cfg_attr(not(feature = "otel"), allow(dead_code))]
    pub(crate) meters: Meters,
}

impl Default for CallDefaults {
    fn default() -> Self {
        Self {
            organization: None,
            project: None,
            headers: Vec::new(),
            query: Vec::new(),
            timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(600),
            event_idle_timeout: None,
            max_event_size: None,
            max_response_size: 512 * 1024 * 1024,
            min_rate: None,
            strict_decoding: false,
            max_retries: 2,
            meters: Meters::default(),
        }
    }
}

impl Channel {
    /// Returns true if the server is known to answer the fields that the SDK adds to a body: the API itself or Azure by the host of
    /// the base URL, or one whose provider says so.
    pub(crate) fn takes_added_fields(&self) -> bool {
        let provider = self.credentials.provider.as_ref();
        self.credentials.service.is_none() && self.base.is_known_host()
            || provider.is_some_and(|provider| provider.takes_added_fields())
    }

    /// Returns the name of the provider for spans and metrics, `gen_ai.provider.name`.
    pub(crate) fn provider_name(&self) -> &str {
        let named = self.credentials.provider.as_ref().and_then(|provider| provider.telemetry_name());
        let service = self.credentials.service.map(|service| service.name());
        named.or(service).unwrap_or(if self.base.is_azure() { "azure.ai.openai" } else { "openai" })
    }

    /// Sends the request of an attempt.
    pub(super) fn carry(
        &self,
        request: http::Request<Body>,
        queued: &Queued,
    ) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        #[cfg(feature = "tower")]
        return self.attempt_layers.send(&self.transport, request, queued);
        #[cfg(not(feature = "tower"))]
        self.transport.send_queued(request, queued)
    }

    /// Returns the parts that an exchange of tokens needs.
    pub(crate) fn token_context(&self) -> TokenContext<'_> {
        TokenContext { transport: &self.transport, clock: &self.clock, max_retries: self.defaults.max_retries }
    }
}
