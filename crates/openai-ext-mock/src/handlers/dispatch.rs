//! The handler of each operation. An operation without a handler of its own is answered from its schema.

use super::agents;
use super::assistants::{self, assistant, message, run, thread};
use super::batches::batch;
use super::chat::chat_answer::ChatAnswer;
use super::chat::{legacy_completion, stored_chat};
use super::evals::eval;
use super::files::{container, file, upload};
use super::responses::{conversation, decision, stateless_response, stored_response};
use super::shared::{file_bodies, schema_answer};
use super::vector_stores::{file_batch, store, store_file};
use super::{embeddings, fine_tuning, media, videos, webhook_endpoints};
use crate::call::{Call, HandlerAnswer, Outcome};
use crate::state::ServerState;
use crate::wire::Reply;

/// Answers from what was made so far, where there is something to remember.
pub(crate) fn answer_with(call: &Call<'_>, state: &mut ServerState) -> Reply {
    answer_from(call, state).unwrap_or_else(|| answer(call))
}

/// True if the model answers: what a conversation that a test wrote down is for.
pub(crate) fn is_of_the_model(call: &Call<'_>) -> bool {
    matches!(call.operation.key(), ("POST", "/chat/completions" | "/completions" | "/responses"))
}

/// Answers a call of any operation.
pub(crate) fn answer(call: &Call<'_>) -> Reply {
    match call.operation.key() {
        ("POST", "/chat/completions") => ChatAnswer::of(call).reply(call),
        ("POST", "/completions") => legacy_completion::create(call),
        ("POST", "/decisions") => decision::create(call),
        ("POST", "/embeddings") => embeddings::create(call),
        ("POST", "/responses") => stateless_response::create(call),
        ("GET", "/responses/{response_id}") => stateless_response::retrieve(call),
        ("POST", "/responses/{response_id}/cancel") => stateless_response::cancel(call),
        ("GET", "/webhook_event_types") => webhook_endpoints::event_types(call),
        ("POST", "/moderations") => media::moderation(call),
        ("POST", "/realtime/calls") => media::realtime_call(call),
        ("POST", "/audio/transcriptions" | "/audio/translations") => media::transcription(call),
        ("POST", "/threads/runs" | "/threads/{thread_id}/runs") if call.wants_stream() => assistants::alone(call),
        ("POST", "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs") if call.wants_stream() => {
            assistants::alone(call)
        }
        _ if call.wants_stream() => media::event_stream(call),
        _ if call.operation.is_binary() => file_bodies::file(call),
        _ => schema_answer::answer(call),
    }
}

/// Answers from the state, none if the operation has nothing to do with it.
fn answer_from(call: &Call<'_>, state: &mut ServerState) -> Option<Reply> {
    Some(match resource(call, state)? {
        Ok(HandlerAnswer::Object(object)) => {
            let reply = Reply::json(call.operation.response.status, &object);
            match object.get("status") {
                // Something to poll, as its own helpers in the SDKs do.
                Some(_) => reply.header("openai-poll-after-ms", &state.settings.poll_after.as_millis().to_string()),
                None => reply,
            }
        }
        Ok(HandlerAnswer::Other(reply)) => reply,
        Err(refusal) => refusal.reply(),
    })
}

fn resource(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let mut segments = call.operation.path().split('/').skip(1);
    match (segments.next()?, segments.nth(1)) {
        ("files", _) => file::answer(call, state),
        ("uploads", _) => upload::answer(call, state),
        ("vector_stores", Some("files")) => store_file::answer(call, state),
        ("vector_stores", Some("file_batches")) => file_batch::answer(call, state),
        ("vector_stores", _) => store::answer(call, state),
        ("batches", _) => batch::answer(call, state, answer_with),
        ("assistants", _) => assistant::answer(call, state),
        ("threads", Some("messages")) => message::answer(call, state),
        ("threads", Some("runs")) => run::answer(call, state),
        ("threads", _) => thread::answer(call, state),
        ("conversations", _) => conversation::answer(call, state),
        ("responses", _) => stored_response::answer(call, state),
        ("chat", _) => stored_chat::answer(call, state),
        ("fine_tuning" | "models", _) => fine_tuning::answer(call, state),
        ("evals", _) => eval::answer(call, state),
        ("videos", _) => videos::answer(call, state),
        ("containers", _) => container::answer(call, state),
        ("agents" | "vaults", _) => agents::answer(call, state),
        ("webhook_endpoints", _) => webhook_endpoints::answer(call, state),
        _ => None,
    }
}
