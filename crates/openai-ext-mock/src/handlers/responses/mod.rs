//! `/responses`, `/conversations` and `/decisions`.

pub(super) mod conversation;
mod conversation_items;
pub(super) mod decision;
mod input_items;
mod response_answer;
pub(super) mod stateless_response;
pub(super) mod stored_response;
