//! Chat completions: messages and their parts, the texts and tool calls of a completion, and its stream.
//!
//! Requires the feature `chat`.
//!
//! [`ChatStreamExt::stream_events`] sends a call and gives a [`ChatCompletionStream`]: events that say what each chunk
//! adds, and at the end the whole [`ChatCompletion`](crate::types::ChatCompletion). A [`ChatAccumulator`] does the same
//! with chunks of any origin.

mod completion;
mod content;
pub(crate) mod replay;
mod reply;
mod settings;
mod stream;
#[cfg(feature = "tools")]
mod tools;
mod validation;

pub use completion::{ChatCompletionChunkExt, ChatCompletionExt};
pub use content::{ContentPart, ContentPartExt, Message};
pub use replay::{MessageExt, ReasoningReplay};
pub use settings::ChatCallExt;
pub use stream::{ChatAccumulator, ChatCompletionStream, ChatStreamEvent, ChatStreamExt, ChatTextStream};
#[cfg(feature = "tools")]
pub use tools::{ChatToolRun, ChatToolRunner, ChatTools, ParsedChatCompletion, ParsedChatStream, chat_response_format};
