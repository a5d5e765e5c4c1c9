//! Chat completions with tools, and with content of a Rust type.

mod dialogue;
mod parse;
mod run;

pub use parse::{ParsedChatCompletion, ParsedChatStream, chat_response_format};
pub use run::{ChatToolRun, ChatToolRunner, ChatTools};
