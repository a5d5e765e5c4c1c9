//! The index, and its entries: an operation and a webhook as data.

use std::marker::PhantomData;
use std::ops::Deref;

use openai_runtime::json::{ReadError, RoundTripped};
use openai_runtime::{Done, Paging, Security};

use crate::request;

/// Decodes bytes as a type and returns the value that the type writes.
pub type RoundTrip = fn(&[u8]) -> Result<RoundTripped, ReadError>;

/// The entries of a [`Listing`], as a slice.
///
/// The entries name every type of the API. A static slice of them would have all of these types compiled in every program;
/// this one has them compiled in programs that read the index.
#[derive(Debug)]
pub struct Index<L>(PhantomData<fn() -> L>);

impl<L> Index<L> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<L> Clone for Index<L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L> Copy for Index<L> {}

/// The contents of an [`Index`].
pub trait Listing {
    /// An operation or a webhook.
    type Entry: 'static;
    /// Returns all entries.
    fn entries() -> &'static [Self::Entry];
}

impl<L: Listing> Deref for Index<L> {
    type Target = [L::Entry];

    fn deref(&self) -> &[L::Entry] {
        L::entries()
    }
}

impl<L: Listing> IntoIterator for Index<L> {
    type Item = &'static L::Entry;
    type IntoIter = std::slice::Iter<'static, L::Entry>;

    fn into_iter(self) -> Self::IntoIter {
        L::entries().iter()
    }
}

impl<L: Listing> IntoIterator for &Index<L> {
    type Item = &'static L::Entry;
    type IntoIter = std::slice::Iter<'static, L::Entry>;

    fn into_iter(self) -> Self::IntoIter {
        L::entries().iter()
    }
}

/// One operation.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OperationEntry {
    /// The document's operationId.
    pub id: &'static str,
    /// HTTP method, in capitals.
    pub method: &'static str,
    /// Path template.
    pub path: &'static str,
    /// Query that every call has, as `beta=true`.
    pub query: &'static [(&'static str, &'static str)],
    /// Headers that every call has, as `api-version: 1`.
    pub headers: &'static [(&'static str, &'static str)],
    /// Resource path, as `chat.completions`.
    pub resource: &'static str,
    /// Verb, as `create`.
    pub verb: &'static str,
    /// The Cargo feature.
    pub area: &'static str,
    /// Media types of the request body.
    pub request_media: &'static [&'static str],
    /// Media types of the response.
    pub response_media: &'static [&'static str],
    /// True if it can stream events.
    pub streams: bool,
    /// The way from a page of its list to the next one.
    pub paging: Paging,
    /// The credential it takes.
    pub security: Security,
    /// Decodes and re-encodes a request body.
    pub request: Option<RoundTrip>,
    /// Decodes and re-encodes a JSON response.
    pub response: Option<RoundTrip>,
    /// Decodes and re-encodes a stream event.
    pub event: Option<RoundTrip>,
    /// True if an event is its name and its data under two keys, `event` and `data`.
    pub enveloped: bool,
}

impl OperationEntry {
    /// Returns the entry of an operation: what its endpoint says, and what only the document says.
    #[allow(dead_code, reason = "a build without any area has no operation")]
    pub(crate) const fn of<O: request::Operation>(
        [resource, verb, area]: [&'static str; 3],
        [request_media, response_media]: [&'static [&'static str]; 2],
        [request, response, event]: [Option<RoundTrip>; 3],
    ) -> Self {
        let endpoint = O::ENDPOINT;
        Self {
            id: endpoint.id,
            method: endpoint.method,
            path: endpoint.path,
            query: endpoint.query,
            headers: endpoint.headers,
            resource,
            verb,
            area,
            request_media,
            response_media,
            streams: event.is_some(),
            paging: endpoint.paging,
            security: endpoint.security,
            request,
            response,
            event,
            enveloped: matches!(endpoint.stream, Done::Enveloped),
        }
    }
}

/// One webhook.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Webhook {
    /// The event's name.
    pub event: &'static str,
    /// The Rust type of its payload.
    pub type_name: &'static str,
    /// Decodes and re-encodes a payload.
    pub payload: RoundTrip,
}
