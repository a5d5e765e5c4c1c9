//! `/chat/completions` and `/completions`.

pub(super) mod chat_answer;
pub(super) mod legacy_completion;
pub(super) mod stored_chat;
