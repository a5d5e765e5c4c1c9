//! Structured outputs: answers of the model as values of Rust types.
//!
//! [`parse`](ParseExt::parse) sends a call with the strict schema of a type and gives the answer with its value;
//! [`parse_stream`](ParseExt::parse_stream) does so for a stream. [`parse_content`](ParseContentExt::parse_content) reads
//! the value out of a completion or response that came another way, as from a batch.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::schemars::{self, JsonSchema};
//! use serde::Deserialize;
//!
//! #[derive(Debug, Deserialize, JsonSchema)]
//! struct Event {
//!     name: String,
//!     /// The day as YYYY-MM-DD.
//!     day: String,
//!     participants: Vec<String>,
//! }
//!
//! # async fn run(client: Client) -> openai_ext::Result<()> {
//! let question = "Alice and Bob go to a science fair on Friday, 2026-11-27.";
//! let reply = client.responses().create("gpt-5.5", question).parse::<Event>().await?;
//! let event: Event = reply.into_parsed()?;
//! println!("{event:?}");
//! # Ok(())
//! # }
//! ```
#![cfg(all(feature = "tools", any(feature = "chat", feature = "responses")))]

mod call;
mod parsed;
mod stream;

pub use call::ParseExt;
#[cfg(feature = "chat")]
pub use call::chat_response_format;
#[cfg(feature = "responses")]
pub use call::response_text_format;
pub(crate) use parsed::Head;
pub use parsed::{ParseContentExt, Parsed};
pub use stream::ParsedStream;

/// A chat completion with the value of each of its choices.
#[cfg(feature = "chat")]
pub type ParsedChatCompletion<T> = Parsed<crate::types::ChatCompletion, T>;

/// A response with the values of its texts.
#[cfg(feature = "responses")]
pub type ParsedResponse<T> = Parsed<crate::types::Response, T>;

/// A streamed chat completion whose content is a `T`.
#[cfg(feature = "chat")]
pub type ParsedChatStream<T> = ParsedStream<crate::ChatCompletionStream, T>;

/// A streamed response whose text is a `T`.
#[cfg(feature = "responses")]
pub type ParsedResponseStream<T> = ParsedStream<crate::stream::responses::ResponseStream, T>;
