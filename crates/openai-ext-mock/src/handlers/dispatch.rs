//! Who answers which operation. An operation without a handler of its own is answered from its schema.

mod binary;
mod chat;
mod completions;
mod embeddings;
mod media;
mod response_events;
mod responses;
mod schema;
pub(crate) mod stored;
mod tools;

#[cfg(feature = "realtime")]
pub(crate) use tools::forced_call;
pub(crate) use tools::{ToolCall, ToolInput};

use crate::call::Call;
use crate::reply::Reply;
use crate::state::State;

/// Answers from what was made so far, where there is something to remember.
pub(crate) fn answer_with(call: &Call<'_>, state: &mut State) -> Reply {
    stored::answer(call, state).unwrap_or_else(|| answer(call))
}

/// Whether the model answers: what a conversation that a test wrote down is for.
pub(crate) fn is_of_the_model(call: &Call<'_>) -> bool {
    matches!(call.operation.key(), ("POST", "/chat/completions" | "/responses"))
}

/// Answers a call of any operation.
pub(crate) fn answer(call: &Call<'_>) -> Reply {
    match call.operation.key() {
        ("POST", "/chat/completions") => chat::create(call),
        ("POST", "/completions") => completions::create(call),
        ("POST", "/embeddings") => embeddings::create(call),
        ("POST", "/responses") => responses::create(call),
        ("GET", "/responses/{response_id}") => responses::retrieve(call),
        ("POST", "/responses/{response_id}/cancel") => responses::cancel(call),
        ("POST", "/moderations") => media::moderation(call),
        ("POST", "/realtime/calls") => media::realtime_call(call),
        ("POST", "/audio/transcriptions" | "/audio/translations") => media::transcription(call),
        ("POST", "/threads/runs" | "/threads/{thread_id}/runs") if call.wants_stream() => stored::runs::alone(call),
        ("POST", "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs") if call.wants_stream() => {
            stored::runs::alone(call)
        }
        _ if call.wants_stream() => media::event_stream(call),
        _ if call.operation.is_binary() => binary::file(call),
        _ => schema::answer(call),
    }
}
