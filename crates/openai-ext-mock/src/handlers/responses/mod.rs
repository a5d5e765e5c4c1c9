//! `/responses` and `/conversations`.

pub(super) mod conversation;
mod conversation_items;
mod input_items;
mod response_answer;
pub(super) mod stateless_response;
pub(super) mod stored_response;
