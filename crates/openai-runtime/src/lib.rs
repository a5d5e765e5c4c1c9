//! The runtime of the SDK, which every call shares: client, retries, errors, JSON, event streams, multipart, paging.
//!
//! This crate knows no endpoint: generated code describes each one as an [`Endpoint`] and hands its inputs to a
//! [`Call`]. Users depend on `openai-ext`, which re-exports what they need from here.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(target_family = "wasm", feature = "blocking"))]
compile_error!(
    "the feature `blocking` of the OpenAI SDK cannot be had on wasm32: a browser has no thread that could wait. Await the calls instead."
);
#[cfg(all(target_family = "wasm", feature = "websocket"))]
compile_error!(
    "the features `websocket` and `realtime` of the OpenAI SDK cannot be had on wasm32: a browser's WebSockets carry no header \
     for the key. Stream by HTTP, or connect from a server."
);

mod auth;
mod client;
mod error;
mod events;
mod exchange;
mod follow;
pub mod input;
mod io;
pub mod json;
mod request;
mod response;
mod trace;

pub use auth::identity::{
    AzureImds, GcpMetadata, KubernetesToken, SubjectTokenProvider, TokenFn, TokenType, WorkloadIdentity,
};
pub use auth::provider::{Provider, ProviderRequest};
pub use auth::secret::Secret;
pub use auth::service::{CredentialPlace, Service};
pub use auth::token_cache::{AccessToken, TokenCache, TokenLease};
pub use client::builder::ClientBuilder;
pub use client::call::Call;
pub use client::handle::Client;
#[cfg(feature = "logging")]
pub use client::logging::init_logging;
pub use client::pending::{Pending, ResponseValue};
pub use client::residency::DataResidency;
pub use error::{Error, ErrorKind, Redactor, Result};
pub use events::byte_stream::ByteStream;
pub use events::choices::{ChoiceProgress, StreamedEvent, WatchChoices};
pub use events::event_stream::EventStream;
pub use events::from_reader::{ByteSource, source};
pub use events::raw_events::{Encoded, RawEvent, RawEvents};
pub use events::sse;
pub use events::streaming_response::StreamingResponse;
#[cfg(feature = "tower")]
pub use exchange::layers::HttpService;
#[cfg(feature = "blocking")]
pub use follow::blocking::{self, BlockingExt, BlockingStream, WaitExt};
pub use follow::download::PartialFile;
pub use follow::pages::{Items, ListPage, Page, Pages};
pub use follow::poller::Poller;
pub use follow::raw_call::RawCall;
#[cfg(feature = "websocket")]
pub use follow::websocket::{WebSocket, WebSocketClosed, WebSocketMessage, WebSocketOptions};
pub use io::clock::Clock;
pub use io::transport::{self, Transport};
pub use request::body::NoBody;
pub use request::endpoint::{
    BodyKind, Done, Endpoint, Origin, Paging, Polling, Security, ServerUrl, States, StreamSwitch,
};
pub use request::headers::HeaderArg;
pub use request::input_file::{FileContent, InputFile};
pub use request::style::{Style, StyleRule, Styles};
pub use response::decoder::JsonDecoder;
pub use response::head::ResponseHead;
pub use response::rate_limit::RateLimit;
pub use response::raw_response::RawResponse;
pub use response::with_head::WithHead;

#[doc(hidden)]
pub use error::in_tokio;
#[doc(hidden)]
pub use io::disk::on_disk;
#[doc(hidden)]
pub use io::random::random_bits;
#[doc(hidden)]
pub use io::time::now as time_of_day;
#[doc(hidden)]
pub use request::url::printable as printable_url;

#[doc(hidden)]
pub use bytes;
#[doc(hidden)]
pub use http;
#[doc(hidden)]
pub use serde;

// What the macros name, by paths as short as they can be: every user's compiler resolves them a thousand times.
#[doc(hidden)]
pub use json::{
    Json, Object, OpenEnum, Plan, ReadError, Reader, Serialized, Union, Value, Writer, debug, deserialize, equal,
    read_as, read_enum, read_fields, read_union, serialize, write_fields,
};
#[doc(hidden)]
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};
