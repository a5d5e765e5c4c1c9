//! The replies of the recorder: an empty object, unless the call needs more to send its next request.

use serde_json::{Value, json};

use super::request::Recorded;

/// The whole answer to the `count`th request of a call, from 0 on.
pub(super) fn answer(side: &str, case: &str, count: usize, request: &Recorded) -> Vec<u8> {
    if let Some(page) = page(case, count) {
        return reply("200 OK", "content-type: application/json\r\n", &page.to_string());
    }
    if case.ends_with("_poll") {
        // What takes a while: begun, under way, done.
        // The official client asks for a file by the id it was given, and sees by the counts whether a batch is done.
        let id = if case.starts_with("vector_store_file") { "file-1" } else { "job_1" };
        let (status, left) = if count < 2 { ("in_progress", 1) } else { ("completed", 0) };
        let job = json!({"id": id, "status": status, "file_counts": {"in_progress": left}});
        return reply("200 OK", "content-type: application/json\r\nopenai-poll-after-ms: 5\r\n", &job.to_string());
    }
    match (case, count) {
        ("retry_of_429" | "retry_of_an_upload", 0..2) => {
            let headers = "content-type: application/json\r\nretry-after-ms: 1\r\n";
            reply("429 Too Many Requests", headers, r#"{"error":{"message":"Slow down.","type":"requests"}}"#)
        }
        ("redirect_307", 0) => {
            let location = format!("location: /{side}/{case}/v1/elsewhere?x=1\r\n");
            reply("307 Temporary Redirect", &location, "")
        }
        _ if request.wants_stream() => reply("200 OK", "content-type: text/event-stream\r\n", &stream(&request.path)),
        _ => reply("200 OK", "content-type: application/json\r\n", "{}"),
    }
}

/// The shortest stream that is whole: `[DONE]` alone is none.
fn stream(path: &str) -> String {
    let choice = |choice: Value| json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
    let response = json!({"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "output": []});
    let (name, data) = match path {
        _ if path.ends_with("/chat/completions") => {
            ("", choice(json!({"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"})))
        }
        _ if path.ends_with("/completions") => ("", choice(json!({"index": 0, "text": "Hi", "finish_reason": "stop"}))),
        _ if path.contains("/threads") => ("thread.run.completed", json!({"id": "run_1", "object": "thread.run"})),
        _ if path.contains("/responses") => ("response.completed", json!({"sequence_number": 0, "response": response})),
        _ if path.ends_with("/images/generations") => ("image_generation.completed", json!({"b64_json": ""})),
        _ if path.ends_with("/images/edits") => ("image_edit.completed", json!({"b64_json": ""})),
        _ if path.ends_with("/audio/transcriptions") => ("transcript.text.done", json!({"text": "Hi"})),
        _ if path.ends_with("/audio/speech") => ("speech.audio.done", json!({})),
        _ => ("agent.session.idle", json!({"session": {"id": "session_1", "object": "agent.session"}})),
    };
    match name {
        "" => format!("data: {data}\n\ndata: [DONE]\n\n"),
        "thread.run.completed" => format!("event: {name}\ndata: {data}\n\nevent: done\ndata: [DONE]\n\n"),
        _ => {
            let mut data = data;
            data["type"] = Value::from(name);
            format!("event: {name}\ndata: {data}\n\n")
        }
    }
}

/// Lists of more than one page, with what each kind of list finds its next page by.
fn page(case: &str, count: usize) -> Option<Value> {
    Some(match (case, count) {
        ("pages_by_cursor", 0) => json!({"object": "list", "data": [file(1), file(2)], "has_more": true}),
        ("pages_by_cursor", _) => json!({"object": "list", "data": [file(3)], "has_more": false}),
        ("pages_by_last_id", 0) => {
            json!({"object": "list", "data": [item(1)], "first_id": "msg_1", "last_id": "msg_last", "has_more": true})
        }
        ("pages_by_last_id", _) => {
            json!({"object": "list", "data": [item(2)], "first_id": "msg_2", "last_id": "msg_2", "has_more": false})
        }
        ("pages_by_next", 0) => json!({"object": "list", "data": [group(1)], "has_more": true, "next": "group_1/next"}),
        ("pages_by_next", _) => json!({"object": "list", "data": [group(2)], "has_more": false, "next": null}),
        ("models_list", _) => json!({"object": "list", "data": []}),
        _ => return None,
    })
}

fn file(number: u8) -> Value {
    json!({
        "id": format!("file-{number}"), "object": "file", "bytes": 1, "created_at": 1, "filename": "a",
        "purpose": "batch", "status": "processed",
    })
}

fn item(number: u8) -> Value {
    json!({"id": format!("msg_{number}"), "type": "message", "role": "user", "status": "completed", "content": []})
}

fn group(number: u8) -> Value {
    json!({
        "id": format!("group_{number}"), "object": "group", "name": "g", "created_at": 1, "is_scim_managed": false,
        "group_type": "group",
    })
}

fn reply(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}").into_bytes()
}
