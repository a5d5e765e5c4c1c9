//! Conversations by value, and the choice of a tool, which every API has.

#[cfg(any(feature = "chat", feature = "responses"))]
mod convert;
#[cfg(any(feature = "chat", feature = "responses"))]
mod entry;
#[cfg(any(feature = "chat", feature = "responses"))]
mod history;
#[cfg(any(feature = "chat", feature = "responses"))]
mod parts;
#[cfg(any(feature = "chat", feature = "responses"))]
mod stored;
mod tool_choice;

#[cfg(any(feature = "chat", feature = "responses"))]
pub use self::history::{Conversation, IntoEntries};
pub use tool_choice::ToolChoice;
