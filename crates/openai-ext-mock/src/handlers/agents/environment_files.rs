//! `/agents/environments/{environment_id}/files`.

use serde_json::{Value, json};

use super::environment::with_size;
use super::lookup;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal};
use crate::handlers::shared::fields::parameter;
use crate::state::ServerState;

/// The size of a page where the query has none, and its limit.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 100;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/agents/environments/{environment_id}/files") => create(call, state),
        ("GET", "/agents/environments/{environment_id}/files") => list(call, state),
        _ => return None,
    })
}

/// A file with the path of another one takes its place.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "environment_id");
    lookup::environment(state, id)?;
    let path = call.required_text("path")?;
    let file = with_size(state, &call.body, call.rng().id("envfile_"))?;
    let shown = shown(id, &file);
    let files = state.agents.environments.get_mut(id).and_then(|known| known.object["files"].as_array_mut());
    if let Some(files) = files {
        files.retain(|known| known["path"] != path);
        files.push(file);
    }
    Ok(shown.into())
}

/// Files have no ids, so that a page begins at a number.
fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "environment_id");
    let files = lookup::environment(state, id)?.object["files"].as_array().cloned().unwrap_or_default();
    let folder = call.query("path").unwrap_or_default();
    let is_below = |file: &&Value| file["path"].as_str().is_some_and(|path| path.starts_with(folder));
    let mut files: Vec<Value> = files.iter().filter(is_below).map(|file| shown(id, file)).collect();
    if call.query("order") == Some("desc") {
        files.reverse();
    }
    let number = |name: &str| call.query(name).map(|text| text.parse::<usize>());
    let limit = match number("limit") {
        None => PAGE,
        Some(Ok(limit)) if (1..=LARGEST_PAGE).contains(&limit) => limit,
        Some(_) => {
            return Err(Refusal::invalid("limit", format!("Invalid 'limit': it must be from 1 to {LARGEST_PAGE}.")));
        }
    };
    let start = match number("page") {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return Err(Refusal::invalid("page", "Invalid 'page': it must be the 'next' of a page.")),
    };
    let end = start.saturating_add(limit);
    let data: Vec<Value> = files.iter().skip(start).take(limit).cloned().collect();
    let has_more = end < files.len();
    let next = has_more.then(|| end.to_string());
    Ok(HandlerAnswer::Object(json!({"object": "page", "data": data, "next": next, "has_more": has_more})))
}

fn shown(environment: &str, file: &Value) -> Value {
    json!({
        "object": "agent.environment.file", "environment_id": environment, "path": file["path"],
        "size_bytes": file["size_bytes"],
    })
}
