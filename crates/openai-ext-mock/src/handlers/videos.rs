//! `/videos`.

use serde_json::{Value, json};

use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, parameter};
use crate::handlers::shared::file_bodies;
use crate::state::{self, Polls, ServerState, Video};

const DAY: u64 = 86_400;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/videos") => create(call, state, &Value::Null),
        ("POST", "/videos/edits" | "/videos/extensions") => {
            // A form may bring a video of its own instead of one's id.
            match call.field("video")["id"].as_str().or(call.field("video").as_str()) {
                Some(id) => derive(call, state, id, false),
                None => create(call, state, &Value::Null),
            }
        }
        ("POST", "/videos/{video_id}/remix") => derive(call, state, parameter(call, "video_id"), true),
        ("GET", "/videos") => state::page(call, &state.videos, |_| true, str::to_owned),
        ("GET", "/videos/{video_id}") => retrieve(call, state),
        ("GET", "/videos/{video_id}/content") => content(call, state),
        ("DELETE", "/videos/{video_id}") => delete(call, state),
        _ => return None,
    })
}

/// A new video; `source` is the one that it is made of, and whose settings it has.
fn create(call: &Call<'_>, state: &mut ServerState, source: &Value) -> Outcome {
    let given = objects::known("VideoResource", &call.body);
    let or = |name: &str, usual: &str| {
        let known = given.get(name).or(source.get(name)).filter(|value| value.is_string());
        known.cloned().unwrap_or_else(|| Value::from(usual))
    };
    let id = call.rng().id("video_");
    let fields = json!({
        "id": id, "object": "video", "created_at": call.now(), "status": "queued", "progress": 0, "completed_at": null,
        "expires_at": null, "error": null, "remixed_from_video_id": null, "prompt": call.field("prompt").as_str(),
        "model": or("model", "sora-2"), "seconds": or("seconds", "4"), "size": or("size", "720x1280"),
    });
    let object = objects::make(call, "VideoResource", fields);
    let weight = call.field("prompt").as_str().map_or(0, str::len);
    state.videos.insert(id, Video { object: object.clone(), polls: Polls::default() }, weight);
    Ok(object.into())
}

fn derive(call: &Call<'_>, state: &mut ServerState, source: &str, remix: bool) -> Outcome {
    let source = find(state.videos.get(source), "video", source, if remix { "video_id" } else { "video" })?;
    ready(source)?;
    let source = source.object.clone();
    let made = create(call, state, &source)?;
    let HandlerAnswer::Object(mut object) = made else { return Ok(made) };
    if let Some(video) = object["id"].as_str().filter(|_| remix).and_then(|id| state.videos.get_mut(id)) {
        video.object["remixed_from_video_id"] = source["id"].clone();
        object = video.object.clone();
    }
    Ok(object.into())
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let id = parameter(call, "video_id");
    let video = find_mut(state.videos.get_mut(id), "video", id, "video_id")?;
    for _ in 0..video.polls.count(per_step) {
        let fields = match video.object["status"].as_str() {
            Some("queued") => json!({"status": "in_progress", "progress": 50}),
            Some("in_progress") => json!({
                "status": "completed", "progress": 100, "completed_at": call.now(), "expires_at": call.now() + DAY,
            }),
            _ => break,
        };
        objects::set("VideoResource", &mut video.object, fields);
    }
    Ok(video.object.clone().into())
}

fn content(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "video_id");
    ready(find(state.videos.get(id), "video", id, "video_id")?)?;
    Ok(HandlerAnswer::Other(file_bodies::file(call)))
}

fn ready(video: &Video) -> Result<(), Refusal> {
    match video.object["status"].as_str() {
        Some("completed") => Ok(()),
        status => {
            Err(Refusal::state(format!("Video is not ready yet, its status is '{}'.", status.unwrap_or_default())))
        }
    }
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "video_id");
    find(state.videos.remove(id).as_ref(), "video", id, "video_id")?;
    deleted(id, "video.deleted")
}
