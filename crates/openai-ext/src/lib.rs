//! An OpenAI SDK for Rust: every operation of the API as a typed call, with helpers for streams, structured outputs, tool
//! runs, batches, uploads and sockets.
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
//! A method of [`Client`] leads to a resource, and a method of the resource to an operation. Required inputs are
//! arguments and optional inputs are setters. Options of the call itself start with `with_`, as
//! [`with_timeout`](request::Request::with_timeout). The final method runs the call.
//!
//! # Final methods
//!
//! | Method | Returns |
//! |---|---|
//! | [`send`](request::Request::send), [`send_with_head`](request::Request::send_with_head) | The value; the value with status, headers and rate limits |
//! | [`send_raw`](request::Request::send_raw), [`send_streaming`](request::Request::send_streaming) | The body unparsed; the head before the body |
//! | [`stream`](request::Request::stream) | The events as they arrive; `stream_events` adds a snapshot |
//! | [`pages`](request::Request::pages), [`items`](request::Request::items) | A list page by page, item by item |
//! | [`send_bytes`](request::Request::send_bytes), [`send_to_file`](request::Request::send_to_file) | The content of a file |
//! | [`send_and_poll`](request::Request::send_and_poll) | The end of a long-running operation |
//!
//! # Map
//!
//! | Module or type | Contents |
//! |---|---|
//! | [`prelude`] | The client, messages and the extension traits, for `use openai_ext::prelude::*` |
//! | [`Client`], [`ClientBuilder`] | Keys, time limits, retries, proxies, transports |
//! | [`resources`] | Every operation, by resource |
//! | [`types`] | Every type of the API |
//! | [`request`] | The builder of a call, with its final methods and options |
//! | [`Error`], [`ErrorKind`] | The one error type |
//! | [`InputFile`] | Files to upload |
//! | [`files`] | Names on the disk, and waits for a processed file |
//! | [`structured`] | Partial JSON and parsed replies |
//! | [`compatible`] | Builders for other servers |
//! | [`input`] | The conversions that setters take |
#![cfg_attr(
    feature = "chat",
    doc = "| [`chat`] | Messages, content parts, stream and tool events of chat completions |"
)]
#![cfg_attr(feature = "responses", doc = "| [`responses`] | Inputs, streams, sockets and tool runs of responses |")]
#![cfg_attr(
    feature = "tools",
    doc = "| [`tools`] | Functions that the model calls: [`Toolbox`], runs, records, `#[tool]` |"
)]
#![cfg_attr(feature = "tools", doc = "| [`schema`] | Strict JSON schemas of Rust types |")]
#![cfg_attr(feature = "agents", doc = "| [`agents`] | Sessions of agents: runs, approvals, files, artifacts |")]
#![cfg_attr(feature = "audio", doc = "| [`audio`] | Streamed speech and transcriptions |")]
#![cfg_attr(feature = "images", doc = "| [`images`] | Streamed images |")]
#![cfg_attr(feature = "beta", doc = "| [`assistants`] | Runs of assistants |")]
#![cfg_attr(feature = "completions", doc = "| [`completions`] | Completions of prompts |")]
#![cfg_attr(feature = "uploads", doc = "| [`uploads`] | Large files in parts |")]
#![cfg_attr(feature = "realtime", doc = "| [`realtime`] | Sessions of the Realtime API, and translation |")]
#![cfg_attr(feature = "live", doc = "| [`live`] | Live sessions |")]
#![cfg_attr(feature = "websocket", doc = "| [`websocket`] | Connections over WebSocket: halves, queues, reconnects |")]
#![cfg_attr(feature = "webhooks", doc = "| [`webhooks`] | Signatures and events of webhooks |")]
#![cfg_attr(feature = "azure", doc = "| [`azure`] | Azure OpenAI |")]
#![cfg_attr(feature = "bedrock", doc = "| [`bedrock`] | Amazon Bedrock |")]
#![cfg_attr(feature = "vertex", doc = "| [`vertex`] | Vertex AI |")]
#![cfg_attr(
    all(feature = "batches", feature = "files"),
    doc = "| [`batches`] | Any number of requests through the Batch API |"
)]
#![cfg_attr(
    all(feature = "files", feature = "vector_stores"),
    doc = "| [`vector_stores`] | Uploads into vector stores |"
)]
//!
//! Each area of the API is a Cargo feature, and `full` is all of them. The repository has a book with guides, the list of
//! all helpers, and tables for those who come from another SDK.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

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

#[doc(no_inline)]
pub use {bytes, http, openai_raw as raw, openai_runtime as runtime};

#[doc(no_inline)]
pub use bytes::Bytes;
#[doc(no_inline)]
pub use http::{HeaderMap, Method, StatusCode};
// Their own pages are in openai-raw: thousands of pages would be there twice.
#[doc(no_inline)]
pub use openai_raw::{index, request, resources, types};

#[doc(inline)]
pub use openai_raw::Client;
#[doc(inline)]
pub use openai_raw::request::{Operation, Pollable, Polls, Request, Streams};
#[doc(inline)]
pub use openai_runtime::json::{Extra, FloatVector, Map, Misfit, Misfits, Value};
#[doc(inline)]
pub use openai_runtime::{
    AzureImds, ByteStream, ClientBuilder, DataResidency, Error, ErrorKind, EventStream, GcpMetadata, HeaderArg,
    InputFile, Items, KubernetesToken, ListPage, Page, Pages, PartialFile, Pending, Poller, Provider, ProviderRequest,
    RateLimit, RawCall, RawResponse, ResponseHead, Result, Secret, StreamingResponse, SubjectTokenProvider, TokenFn,
    TokenType, WithHead, WorkloadIdentity,
};

/// The version of this crate, as `0.1.0`. Requests name it in their `user-agent`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(feature = "blocking")]
#[doc(inline)]
pub use openai_runtime::BlockingStream;
#[cfg(feature = "tower")]
#[doc(inline)]
pub use openai_runtime::HttpService;
#[doc(inline)]
pub use openai_runtime::{Encoded, FileContent, RawEvent, RawEvents, StreamedEvent, input};

#[cfg(feature = "logging")]
#[doc(inline)]
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
#[cfg(feature = "tools")]
#[doc(no_inline)]
pub use schemars;
#[cfg(feature = "azure")]
pub use servers::azure;
#[cfg(feature = "bedrock")]
pub use servers::bedrock;
pub use servers::compatible;
#[cfg(feature = "vertex")]
pub use servers::vertex;
#[cfg(feature = "tools")]
pub use structured::{Parsed, ParsedStream, schema};
#[cfg(any(feature = "chat", feature = "responses", feature = "tools"))]
pub use support::inline_media::MediaError;
#[cfg(feature = "websocket")]
pub use support::websocket;
#[cfg(feature = "live")]
pub use voice::live;
#[cfg(feature = "realtime")]
pub use voice::realtime;
