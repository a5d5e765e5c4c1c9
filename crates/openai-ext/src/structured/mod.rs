//! Structured outputs: answers of the model as values of Rust types.
//!
//! `ParseExt::parse` sends a call with the strict schema of a type and returns the answer with its value;
//! `ParseExt::parse_stream` does so for a stream. `ParseContentExt::parse_content` reads the value of a completion or
//! response that came another way, as from a batch. These need the feature `tools`.
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

#[cfg(any(feature = "beta", feature = "chat", feature = "completions", feature = "responses"))]
mod error_ext;
pub mod partial_json;
// Parts of it are for chat alone, others for values, which need `tools`.
#[cfg_attr(not(all(feature = "chat", feature = "tools")), allow(dead_code))]
pub(crate) mod reply;
#[cfg(feature = "tools")]
pub mod schema;
#[cfg(feature = "tools")]
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
pub(crate) mod typed;

#[cfg(any(feature = "beta", feature = "chat", feature = "completions", feature = "responses"))]
pub use error_ext::ErrorExt;
#[cfg(feature = "tools")]
pub use typed::{ParseContentExt, ParseExt, Parsed, ParsedStream};
