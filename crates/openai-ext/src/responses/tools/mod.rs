//! Responses with tools, and with text of a Rust type.

mod calls;
mod dialogue;
mod parse;
mod run;

pub use parse::{ParsedResponse, ParsedResponseStream, response_text_format};
pub use run::{McpApproval, ResponseToolRun, ResponseToolRunner, ResponseTools};
