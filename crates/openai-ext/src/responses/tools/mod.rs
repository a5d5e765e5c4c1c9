//! Responses with tools, and with text of a Rust type.

mod calls;
mod dialogue;
mod parse;
#[cfg_attr(not(feature = "websocket"), allow(dead_code, reason = "only a connection is another route"))]
mod route;
mod run;

#[cfg(feature = "websocket")]
pub(super) use calls::whole_call;
pub use parse::{ParsedResponse, ParsedResponseStream, response_text_format};
#[cfg(feature = "websocket")]
pub(super) use route::{RoutedReply, RoutedTurn, TurnRoute};
pub use run::{McpApproval, ResponseToolRun, ResponseToolRunner, ResponseTools};
