//! The session object as the client sees it.

use serde_json::{Map, Value, json};

use crate::document;
use crate::schema::{Rng, generate, validate};

const TRANSCRIBER: &str = "gpt-4o-transcribe";

/// A session that talks. Turns are detected by no mock: clients commit their audio themselves.
pub(super) fn conversation(model: &str, rng: &mut Rng) -> Value {
    let format = json!({"type": "audio/pcm", "rate": 24_000});
    json!({
        "type": "realtime",
        "object": "realtime.session",
        "id": rng.id("sess_"),
        "expires_at": generate::time(rng) + 3_600,
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "tracing": null,
        "truncation": "auto",
        "prompt": null,
        "audio": {
            "input": {"format": format, "turn_detection": null},
            "output": {"format": format, "voice": "marin", "speed": 1.0},
        },
    })
}

/// A session that only transcribes.
pub(super) fn transcription(rng: &mut Rng) -> Value {
    json!({
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": rng.id("sess_"),
        "expires_at": generate::time(rng) + 3_600,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "transcription": {"model": TRANSCRIBER},
                "turn_detection": null,
            },
        },
    })
}

/// Sets the fields that an update has, and leaves the others as they are.
pub(super) fn merge(value: &mut Value, update: Value) {
    match (value, update) {
        (Value::Object(fields), Value::Object(update)) => merge_fields(fields, update),
        (value, update) => *value = update,
    }
}

fn merge_fields(fields: &mut Map<String, Value>, update: Map<String, Value>) {
    for (name, update) in update {
        // Whose tag is another is another thing.
        let is_same = |known: &Value| known.get("type") == update.get("type") || update.get("type").is_none();
        match fields.get_mut(&name).filter(|known| is_same(known)) {
            Some(known) => merge(known, update),
            None => drop(fields.insert(name, update)),
        }
    }
}

/// Takes away what a component does not allow: a session may be asked for with more than it is told with.
pub(super) fn make_fit(component: &str, value: &mut Value) {
    let Some(schema) = document::component(component) else { return };
    for _ in 0..32 {
        let Err(violation) = validate::check(document::root(), schema, value) else { return };
        let Some((parent, name)) = violation.pointer().rsplit_once('/') else { return };
        let Some(Value::Object(fields)) = value.pointer_mut(parent) else { return };
        fields.remove(name);
    }
}
