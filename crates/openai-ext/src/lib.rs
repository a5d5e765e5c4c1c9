//! An OpenAI SDK for Rust: every operation of the API with typed inputs and outputs, streams, files and lists.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//!
//! # #[cfg(feature = "chat")]
//! # async fn run() -> openai_ext::Result<()> {
//! let client = Client::from_env()?;
//! let reply = client.chat().completions()
//!     .create("gpt-5.5", [Message::user("Say this is a test")])
//!     .send().await?;
//! println!("{}", reply.text());
//! # Ok(())
//! # }
//! ```
//!
//! A method of [`Client`] leads to a resource, a method of the resource to an operation: `client.files().create(…)`.
//! Required inputs are arguments, optional ones are setters, and setters that start with `with_` are options of the
//! call itself, as [`with_timeout`](request::Request::with_timeout). The last word tells how to run it:
//! [`send`](request::Request::send), [`send_with_head`](request::Request::send_with_head),
//! [`send_raw`](request::Request::send_raw), [`send_streaming`](request::Request::send_streaming),
//! [`stream`](request::Request::stream), [`pages`](request::Request::pages), [`items`](request::Request::items),
//! [`send_bytes`](request::Request::send_bytes), [`send_to_file`](request::Request::send_to_file),
//! [`send_and_poll`](request::Request::send_and_poll), which waits for a long operation's end.
//!
//! [`prelude`] brings the client, messages and the helpers of this crate. Each area of the API is a Cargo feature;
//! `full` is all of them.
#![forbid(unsafe_code)]

#[cfg(feature = "agents")]
pub mod agents;
mod bulk;
#[cfg(feature = "chat")]
pub mod chat;
mod conversation;
pub mod files;
mod legacy;
mod media;
pub mod prelude;
#[cfg(feature = "responses")]
pub mod responses;
mod servers;
pub mod structured;
mod support;
#[cfg(feature = "tools")]
pub mod tools;
mod voice;
#[cfg(feature = "webhooks")]
pub mod webhooks;

/// Items of other crates that the code of macros needs.
#[cfg(feature = "macros")]
#[doc(hidden)]
pub mod __private {
    pub use serde;
}

pub use openai_raw as raw;
pub use openai_runtime as runtime;

pub use bytes::{self, Bytes};
pub use http::{self, HeaderMap, Method, StatusCode};
pub use openai_raw::request::{Operation, Pollable, Polls, Request, Streams};
pub use openai_raw::{Client, index, request, resources, types};
pub use openai_runtime::json::{Extra, FloatVector, Map, Misfit, Misfits, Value};
pub use openai_runtime::{
    AzureImds, ByteStream, ClientBuilder, DataResidency, Error, ErrorKind, EventStream, GcpMetadata, HeaderArg,
    InputFile, Items, KubernetesToken, ListPage, Page, Pages, PartialFile, Pending, Poller, Provider, ProviderRequest,
    RateLimit, RawCall, RawResponse, ResponseHead, Result, Secret, StreamingResponse, SubjectTokenProvider, TokenFn,
    TokenType, WithHead, WorkloadIdentity,
};

/// The version of this crate, as `0.1.0`. Requests name it in their `user-agent`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(feature = "blocking")]
pub use openai_runtime::BlockingStream;
#[cfg(feature = "tower")]
pub use openai_runtime::HttpService;
pub use openai_runtime::{Encoded, FileContent, RawEvent, RawEvents, StreamedEvent, input};

#[cfg(feature = "logging")]
pub use openai_runtime::init_logging;

#[cfg(all(feature = "batches", feature = "files"))]
pub use bulk::batches::{self, BatchEvent, BatchItem, BatchResult, BatchRun};
#[cfg(feature = "embeddings")]
pub use bulk::embeddings::EmbeddingVector;
#[cfg(feature = "chat")]
pub use chat::{ChatAccumulator, ChatCompletionStream};
#[cfg(all(feature = "chat", feature = "tools"))]
pub use chat::{ParsedChatCompletion, ParsedChatStream};
#[cfg(any(feature = "chat", feature = "responses"))]
pub use conversation::IntoEntries;
#[cfg(feature = "uploads")]
pub use files::uploads;
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub use files::vector_stores;
#[cfg(feature = "beta")]
pub use legacy::assistants::{self, AssistantEvent, AssistantStream};
#[cfg(feature = "completions")]
pub use legacy::completions::{self, CompletionAccumulator, CompletionStream};
#[cfg(feature = "audio")]
pub use media::audio::{self, SpeechStream, StreamedTranscription, TranscriptionStream};
#[cfg(feature = "images")]
pub use media::images::{self, ImageStream};
#[doc(inline)]
#[allow(unused_imports, reason = "without an area it has no name that is not here already")]
pub use prelude::*;
#[cfg(all(feature = "responses", feature = "tools"))]
pub use responses::{ParsedResponse, ParsedResponseStream};
#[cfg(feature = "azure")]
pub use servers::azure;
#[cfg(feature = "bedrock")]
pub use servers::bedrock;
pub use servers::compatible;
#[cfg(feature = "vertex")]
pub use servers::vertex;
#[cfg(any(feature = "chat", feature = "responses", feature = "tools"))]
pub use support::inline_media::MediaError;
#[cfg(feature = "websocket")]
pub use support::websocket;
#[cfg(feature = "live")]
pub use voice::live;
#[cfg(feature = "realtime")]
pub use voice::realtime;
#[cfg(feature = "tools")]
pub use {
    schemars,
    structured::{Parsed, ParsedStream, schema},
};

/// The README's code, compiled with the other examples in the docs.
#[cfg(all(
    doctest,
    feature = "azure",
    feature = "batches",
    feature = "bedrock",
    feature = "blocking",
    feature = "chat",
    feature = "files",
    feature = "images",
    feature = "live",
    feature = "macros",
    feature = "realtime",
    feature = "responses",
    feature = "tools",
    feature = "uploads",
    feature = "vector_stores",
    feature = "vertex",
    feature = "webhooks"
))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
