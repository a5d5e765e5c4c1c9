//! What every call of the SDK does alike: client, retries, errors, JSON, event streams, multipart, paging.
//!
//! This crate knows no endpoint: generated code describes each one as an [`Endpoint`] and hands its inputs to a
//! [`Call`]. Users depend on `openai-ext`, which re-exports what they need from here.

#![forbid(unsafe_code)]

#[cfg(feature = "blocking")]
pub mod blocking;
mod body;
mod call;
mod cancellation;
mod client;
mod collect;
mod config;
mod download;
mod endpoint;
mod error;
mod event_stream;
mod execute;
mod flatten;
mod gzip;
mod headers;
mod identity;
mod input_file;
pub mod json;
#[cfg(feature = "logging")]
mod logging;
mod media_type;
mod multipart;
mod paging;
mod partial_file;
mod pending;
mod poller;
mod provider;
mod raw_call;
mod raw_events;
mod reply;
mod response;
mod retry;
mod secret;
pub mod sse;
mod streams;
mod token_cache;
mod trace;
pub mod transport;
mod url;
#[cfg(feature = "websocket")]
mod websocket;

pub use call::{Answer, Call, HeaderArg, NoBody};
pub use cancellation::CancellationToken;
pub use client::Client;
pub use config::{ClientBuilder, DataResidency};
pub use endpoint::{BodyKind, Done, Endpoint, Origin, Paging, Polling, Security, States};
pub use error::{Error, ErrorKind, Result};
pub use event_stream::EventStream;
pub use identity::{
    AzureImds, GcpMetadata, KubernetesToken, SubjectTokenProvider, TokenFn, TokenType, WorkloadIdentity,
};
pub use input_file::InputFile;
#[cfg(feature = "logging")]
pub use logging::init_logging;
pub use paging::{Items, ListPage, Page, Pages};
pub use partial_file::PartialFile;
pub use pending::Pending;
pub use poller::Poller;
pub use provider::{Provider, ProviderRequest};
pub use raw_call::RawCall;
pub use raw_events::{Encoded, RawEvent, RawEvents};
pub use response::{RateLimit, RawResponse};
pub use retry::Clock;
pub use secret::Secret;
pub use streams::ByteStream;
pub use token_cache::{AccessToken, TokenCache, TokenLease};
pub use transport::Transport;
#[cfg(feature = "websocket")]
pub use websocket::{WebSocket, WebSocketClosed, WebSocketMessage, WebSocketOptions};

#[doc(hidden)]
pub use bytes;
#[doc(hidden)]
pub use http;
#[doc(hidden)]
pub use serde;
