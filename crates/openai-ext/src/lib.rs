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
//! [`send`](request::Request::send), [`send_raw`](request::Request::send_raw),
//! [`stream`](request::Request::stream), [`pages`](request::Request::pages), [`items`](request::Request::items),
//! [`send_bytes`](request::Request::send_bytes), [`send_to_file`](request::Request::send_to_file),
//! [`send_and_poll`](request::Request::send_and_poll), which waits for a long operation's end.
//!
//! [`prelude`] brings the client, messages and the helpers of this crate. Each area of the API is a Cargo feature;
//! `full` is all of them.
#![forbid(unsafe_code)]

mod audio;
#[cfg(feature = "azure")]
pub mod azure;
#[cfg(all(feature = "batches", feature = "files"))]
pub mod batch_run;
mod chat;
mod chat_content;
pub mod compatible;
#[cfg(any(all(feature = "batches", feature = "files"), feature = "uploads"))]
mod disk;
mod embeddings;
#[cfg(any(feature = "uploads", all(feature = "files", any(feature = "batches", feature = "vector_stores"))))]
mod emit;
mod files;
#[cfg(any(feature = "uploads", all(feature = "files", any(feature = "batches", feature = "vector_stores"))))]
mod flight;
mod media;
pub mod parse;
pub mod prelude;
pub mod realtime;
mod response_input;
mod responses;
pub mod responses_websocket;
pub mod schema;
#[cfg(any(feature = "uploads", all(feature = "files", any(feature = "batches", feature = "vector_stores"))))]
mod stop;
pub mod stream;
#[cfg(feature = "tools")]
pub mod tools;
mod unparsed;
#[cfg(any(feature = "uploads", all(feature = "files", feature = "vector_stores")))]
pub mod uploads;
#[cfg(feature = "webhooks")]
pub mod webhooks;
pub mod websocket;

pub use openai_raw as raw;
pub use openai_runtime as runtime;

pub use bytes::{self, Bytes};
pub use http::{self, HeaderMap, Method, StatusCode};
pub use openai_raw::{Client, index, request, resources, types};
pub use openai_runtime::json::{Extra, FloatVector, Map, Value};
pub use openai_runtime::{
    AzureImds, ByteStream, ClientBuilder, DataResidency, Error, ErrorKind, EventStream, GcpMetadata, HeaderArg,
    InputFile, Items, KubernetesToken, ListPage, Page, Pages, PartialFile, Pending, Poller, Provider, ProviderRequest,
    RateLimit, RawCall, RawResponse, Result, Secret, SubjectTokenProvider, TokenFn, TokenType, WorkloadIdentity,
};

/// The crate whose derive `JsonSchema` describes types for [`schema`], `parse()` and tools.
#[cfg(feature = "tools")]
pub use schemars;

#[cfg(feature = "blocking")]
pub use openai_runtime::{BlockingExt, BlockingStream, WaitExt};
pub use openai_runtime::{Encoded, RawEvent, RawEvents};

#[cfg(feature = "logging")]
pub use openai_runtime::init_logging;

#[cfg(feature = "audio")]
pub use audio::TranscriptionExt;
#[cfg(all(feature = "batches", feature = "files"))]
pub use batch_run::{BatchEvent, BatchItem, BatchResult, BatchRun, BatchRunExt};
#[cfg(feature = "chat")]
pub use chat::{ChatCompletionChunkExt, ChatCompletionExt};
#[cfg(feature = "chat")]
pub use chat_content::{ContentPart, ContentPartExt, Message};
#[cfg(feature = "embeddings")]
pub use embeddings::EmbeddingExt;
#[cfg(feature = "files")]
pub use files::FilesExt;
#[cfg(any(feature = "chat", feature = "responses"))]
pub use media::MediaError;
#[cfg(all(feature = "tools", any(feature = "chat", feature = "responses")))]
pub use parse::{ParseContentExt, ParseExt, Parsed, ParsedStream};
#[cfg(all(feature = "tools", feature = "chat"))]
pub use parse::{ParsedChatCompletion, ParsedChatStream};
#[cfg(all(feature = "tools", feature = "responses"))]
pub use parse::{ParsedResponse, ParsedResponseStream};
#[cfg(feature = "realtime")]
pub use realtime::RealtimeExt;
#[cfg(feature = "responses")]
pub use response_input::{InputContent, InputContentExt, InputItem, InputItemExt};
#[cfg(feature = "responses")]
pub use responses::{ResponseExt, ResponseStreamEventExt};
#[cfg(all(feature = "responses", feature = "websocket"))]
pub use responses_websocket::ResponsesConnectExt;
#[cfg(feature = "beta")]
pub use stream::assistants::{AssistantEvent, AssistantStream, AssistantStreamExt};
#[cfg(feature = "chat")]
pub use stream::chat::{ChatAccumulator, ChatCompletionStream, ChatStreamEvent, ChatStreamExt};
#[cfg(feature = "completions")]
pub use stream::completions::{
    CompletionAccumulator, CompletionChunkExt, CompletionStream, CompletionStreamEvent, CompletionStreamExt,
};
#[cfg(feature = "images")]
pub use stream::media::{ImageStream, ImageStreamEvent, ImageStreamExt};
#[cfg(feature = "audio")]
pub use stream::media::{
    SpeechStream, SpeechStreamExt, StreamedTranscription, TranscriptionStream, TranscriptionStreamEventExt,
    TranscriptionStreamExt,
};
#[cfg(feature = "responses")]
pub use stream::responses::ResponseStreamExt;
#[cfg(any(feature = "chat", feature = "responses"))]
pub use unparsed::ErrorExt;
#[cfg(feature = "uploads")]
pub use uploads::UploadsExt;
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub use uploads::{FileBatchesExt, VectorStoreFilesExt};

/// The README's code, compiled with the other examples in the docs.
#[cfg(all(
    doctest,
    feature = "azure",
    feature = "batches",
    feature = "blocking",
    feature = "chat",
    feature = "files",
    feature = "realtime",
    feature = "responses",
    feature = "tools",
    feature = "uploads",
    feature = "vector_stores",
    feature = "webhooks"
))]
#[doc = include_str!("../../../README.md")]
pub struct Readme;
