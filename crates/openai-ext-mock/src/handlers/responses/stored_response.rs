//! `/responses`: those that are stored, and those that work in the background.

use http::StatusCode;
use serde_json::Value;

use super::{conversation_items, input_items, response_answer};
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::document;
use crate::handlers::shared::fields::{deleted, find, find_mut, parameter};
use crate::model;
use crate::state::{self, Polls, ServerState, StoredResponse};
use crate::wire::Reply;

/// A chain of responses is followed this far back.
const LONGEST_CHAIN: usize = 1_000;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/responses") => create(call, state),
        ("GET", "/responses/{response_id}") => retrieve(call, state),
        ("DELETE", "/responses/{response_id}") => delete(call, state),
        ("POST", "/responses/{response_id}/cancel") => cancel(call, state),
        ("GET", "/responses/{response_id}/input_items") => input_items(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let (previous, conversation) = context(call, state)?;
    let background = call.flag("background");
    let stored = *call.field("store") != false;
    if background && !stored {
        return Err(Refusal::invalid("background", "Background mode requires 'store' to be true."));
    }
    let made = response_answer::of(call);
    // What is in no form that the document knows is answered all the same, but not remembered.
    let input =
        input_items::read(call, state, "ItemResource", call.field("input"), "input").into_iter().flatten().collect();
    let output = made.items();
    let output = input_items::read(call, state, "ItemResource", &output, "output").into_iter().flatten().collect();
    let id = made.shared["id"].as_str().unwrap_or_default().to_owned();
    let unfinished = (background && !call.wants_stream()).then_some("queued");
    let mut row =
        StoredResponse { made, unfinished, background, polls: Polls::default(), input, output, previous, conversation };
    let (conversation_id, items) = row.undelivered();
    deliver(call, state, conversation_id, &items);
    let answer = match call.wants_stream() {
        true => HandlerAnswer::Other(Reply::events(model::events(&row.made))),
        false => row.body().into(),
    };
    if stored {
        state.responses.insert(id, row, call.request.body.len());
    }
    Ok(answer)
}

/// The response and the conversation that this one goes on from, if they are there.
fn context(call: &Call<'_>, state: &ServerState) -> Result<(Option<String>, Option<String>), Refusal> {
    let previous = call.field("previous_response_id").as_str().map(str::to_owned);
    let field = call.field("conversation");
    let conversation = field.as_str().or(field["id"].as_str()).map(str::to_owned);
    if let Some(id) = previous.as_deref().filter(|id| state.responses.get(id).is_none()) {
        let refusal = Refusal::not_found("response", id, "previous_response_id");
        return Err(refusal.status(StatusCode::BAD_REQUEST).code("previous_response_not_found"));
    }
    if let Some(id) = &conversation {
        find(state.conversations.get(id), "conversation", id, "conversation")?;
        if previous.is_some() {
            let message = "Only one of 'previous_response_id' and 'conversation' may be given.";
            return Err(Refusal::invalid("previous_response_id", message).code("mutually_exclusive_parameters"));
        }
    }
    Ok((previous, conversation))
}

/// Puts input and output into the conversation, once the response has come to its end.
fn deliver(call: &Call<'_>, state: &mut ServerState, conversation: Option<String>, items: &[Value]) {
    let conversation = conversation.filter(|id| state.conversations.get(id).is_some());
    if let (Some(conversation), Some(schema)) = (conversation, document::component("ConversationItem")) {
        let items = items.iter().filter_map(|item| objects::fit(call, schema, item)).collect();
        conversation_items::append(state, &conversation, items);
    }
}

fn get<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut StoredResponse, Refusal> {
    let id = parameter(call, "response_id");
    find_mut(state.responses.get_mut(id), "response", id, "response_id")
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let row = get(call, state)?;
    if call.wants_stream() {
        if row.unfinished == Some("cancelled") {
            return Err(Refusal::state("The response was cancelled, and there is nothing to stream."));
        }
        // The stream tells all of it, so that the response is at its end with it.
        row.unfinished = None;
        let seen = call.query("starting_after").and_then(|number| number.parse::<usize>().ok());
        let skipped = seen.map_or(0, |number| number.saturating_add(1));
        let events = model::events(&row.made).into_iter().skip(skipped);
        let (conversation, items) = row.undelivered();
        deliver(call, state, conversation, &items);
        return Ok(HandlerAnswer::Other(Reply::events(events)));
    }
    if matches!(row.unfinished, Some("queued" | "in_progress")) {
        for _ in 0..row.polls.count(per_step) {
            row.unfinished = row.unfinished.filter(|status| *status == "queued").map(|_| "in_progress");
        }
    }
    let (body, (conversation, items)) = (row.body(), row.undelivered());
    deliver(call, state, conversation, &items);
    Ok(body.into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    get(call, state)?;
    let id = parameter(call, "response_id");
    state.responses.remove(id);
    deleted(id, "response.deleted")
}

/// Cancels a response in the background; one that has ended is answered as it is.
fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let row = get(call, state)?;
    if !row.background {
        return Err(Refusal::state("Only responses that were made with background=true can be cancelled."));
    }
    row.unfinished = row.unfinished.map(|_| "cancelled");
    Ok(row.body().into())
}

/// All that the response answered, from the start of its chain.
fn input_items(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    get(call, state)?;
    let mut chain = Vec::new();
    let mut next = Some(parameter(call, "response_id").to_owned());
    while let Some(row) = next.and_then(|id| state.responses.get(&id)).filter(|_| chain.len() < LONGEST_CHAIN) {
        chain.push(row);
        next = row.previous.clone();
    }
    let Some((last, before)) = chain.split_first() else {
        return state::page_of(call, &[]);
    };
    let before = before.iter().rev().flat_map(|row| row.items());
    let items: Vec<Value> = before.chain(&last.input).cloned().collect();
    state::page_of(call, &items)
}
