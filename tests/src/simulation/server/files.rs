//! Files, and uploads in parts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::{Answer, ServerRequest};
use super::state::SimulatedServer;
use super::stored::{StoredFile, StoredUpload};

impl SimulatedServer {
    pub(super) fn serve_file(
        &mut self,
        now: Duration,
        request: &ServerRequest,
        rest: &[&str],
        is_again: bool,
    ) -> Answer {
        match (request.method.as_str(), rest) {
            ("POST", []) => self.make_file(now, request, is_again),
            ("GET", []) => self.list_files(now, request),
            ("GET", [id, "content"]) => match self.files.get(*id) {
                Some(file) => content(file, request),
                None => Answer::error(404),
            },
            ("GET", [id]) => match self.files.get(*id) {
                Some(file) => Answer::json(200, &shown(id, file)),
                None => Answer::error(404),
            },
            ("DELETE", [id]) => match self.files.remove(*id) {
                Some(_) => Answer::json(200, &json!({"id": id, "object": "file", "deleted": true})),
                None => Answer::error(404),
            },
            _ => Answer::error(404),
        }
    }

    fn make_file(&mut self, now: Duration, request: &ServerRequest, is_again: bool) -> Answer {
        if let Some((id, file)) = self.known_by_key(request).and_then(|id| Some((id.clone(), self.files.get(&id)?))) {
            return Answer::json(200, &shown(&id, file));
        }
        self.note_made(now, request, is_again);
        let (name, content) = form_file(&request.body);
        let id = self.add_file(now, name, content, is_again);
        self.keep_key(request, &id);
        Answer::json(200, &shown(&id, &self.files[&id]))
    }

    pub(super) fn add_file(&mut self, now: Duration, name: String, content: Vec<u8>, is_copy: bool) -> String {
        let id = format!("file-{}", self.next_number());
        self.files.insert(id.clone(), StoredFile { name, content, made: now, is_copy });
        id
    }

    /// Adds the file that is there from the beginning.
    pub(crate) fn add_first_file(&mut self, length: usize) {
        let content = (0..length).map(|at| (at % 253) as u8).collect();
        self.add_file(Duration::ZERO, "first.bin".to_owned(), content, false);
    }

    /// The object that a request with the same key made, where the server knows such keys.
    pub(super) fn known_by_key(&self, request: &ServerRequest) -> Option<String> {
        let key = request.header("idempotency-key").filter(|_| self.manners.knows_keys)?;
        self.keys.get(key).cloned()
    }

    pub(super) fn keep_key(&mut self, request: &ServerRequest, id: &str) {
        if let Some(key) = request.header("idempotency-key") {
            self.keys.insert(key.to_owned(), id.to_owned());
        }
    }

    fn list_files(&self, now: Duration, request: &ServerRequest) -> Answer {
        let hidden = self.manners.hidden;
        let visible = self.files.iter().filter(|(_, file)| now.saturating_sub(file.made) >= hidden);
        let mut objects: Vec<(Duration, Value)> = visible.map(|(id, file)| (file.made, shown(id, file))).collect();
        objects.sort_by_key(|(made, object)| (*made, object["id"].to_string()));
        objects.reverse();
        page(objects.into_iter().map(|(_, object)| object).collect(), request)
    }

    /// The files that there are.
    pub(crate) fn files(&self) -> &BTreeMap<String, StoredFile> {
        &self.files
    }

    pub(super) fn serve_upload(&mut self, request: &ServerRequest, rest: &[&str]) -> Answer {
        match rest {
            [] => {
                let body = request.json();
                let id = format!("upload_{}", self.next_number());
                let name = body["filename"].as_str().unwrap_or_default().to_owned();
                let bytes = body["bytes"].as_u64().unwrap_or_default();
                let parts = BTreeMap::new();
                self.uploads.insert(id.clone(), StoredUpload { name, bytes, status: "pending", parts, file: None });
                self.show_upload(&id)
            }
            [id, "parts"] => {
                let part = format!("part_{}", self.next_number());
                let (_, content) = form_file(&request.body);
                let Some(upload) = self.uploads.get_mut(*id).filter(|upload| upload.status == "pending") else {
                    return Answer::error(400);
                };
                upload.parts.insert(part.clone(), content);
                Answer::json(200, &json!({"id": part, "object": "upload.part", "created_at": 1, "upload_id": id}))
            }
            [id, "complete"] => self.complete(id, &request.json()),
            [id, "cancel"] => match self.uploads.get_mut(*id) {
                Some(upload) if upload.status == "pending" => {
                    upload.status = "cancelled";
                    self.show_upload(id)
                }
                _ => Answer::error(400),
            },
            _ => Answer::error(404),
        }
    }

    fn complete(&mut self, id: &str, body: &Value) -> Answer {
        let Some(upload) = self.uploads.get_mut(id).filter(|upload| upload.status == "pending") else {
            // Said again, it is what it was.
            return if self.uploads.get(id).is_some_and(|upload| upload.status == "completed") {
                self.show_upload(id)
            } else {
                Answer::error(400)
            };
        };
        let ids = body["part_ids"].as_array().map(Vec::as_slice).unwrap_or_default();
        let parts = ids.iter().map(|part| part.as_str().and_then(|part| upload.parts.get(part)));
        let Some(parts) = parts.collect::<Option<Vec<_>>>() else { return Answer::error(400) };
        let content: Vec<u8> = parts.into_iter().flatten().copied().collect();
        if content.len() as u64 != upload.bytes {
            return Answer::error(400);
        }
        upload.status = "completed";
        let name = upload.name.clone();
        let file = self.add_file(Duration::ZERO, name, content, false);
        if let Some(upload) = self.uploads.get_mut(id) {
            upload.file = Some(file);
        }
        self.show_upload(id)
    }

    fn show_upload(&self, id: &str) -> Answer {
        let Some(upload) = self.uploads.get(id) else { return Answer::error(404) };
        let file = upload.file.as_ref().and_then(|id| Some(shown(id, self.files.get(id)?)));
        Answer::json(
            200,
            &json!({
                "id": id, "object": "upload", "bytes": upload.bytes, "created_at": 1, "filename": upload.name,
                "purpose": "assistants", "status": upload.status, "expires_at": 3601, "file": file,
            }),
        )
    }
}

/// The content of a file, or the part of it that is asked for.
fn content(file: &StoredFile, request: &ServerRequest) -> Answer {
    let etag = format!("\"{}-{}\"", file.name.len(), file.content.len());
    let range = request
        .header("range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let is_same = request.header("if-range").is_none_or(|version| version == etag);
    let mut answer = match range.filter(|from| is_same && *from < file.content.len()) {
        None => Answer::text(200, "application/octet-stream", file.content.clone()),
        Some(from) => {
            let mut answer = Answer::text(206, "application/octet-stream", file.content[from..].to_vec());
            let length = file.content.len();
            answer.headers.push(("content-range", format!("bytes {from}-{}/{length}", length - 1)));
            answer
        }
    };
    answer.headers.push(("etag", etag));
    answer.headers.push(("accept-ranges", "bytes".to_owned()));
    answer
}

pub(super) fn shown(id: &str, file: &StoredFile) -> Value {
    json!({
        "id": id, "object": "file", "bytes": file.content.len(), "created_at": 1_800_000_000 + file.made.as_secs(),
        "filename": file.name, "purpose": "batch", "status": "processed",
    })
}

/// The page of a list that a request asks for.
pub(super) fn page(mut objects: Vec<Value>, request: &ServerRequest) -> Answer {
    let limit = request.parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
    let at = request.parameter("after").and_then(|after| objects.iter().position(|object| object["id"] == after));
    let rest = objects.split_off(at.map_or(0, |at| at + 1));
    let page: Vec<&Value> = rest.iter().take(limit).collect();
    let last = page.last().map(|object| object["id"].clone());
    Answer::json(200, &json!({"object": "list", "data": page, "has_more": rest.len() > limit, "last_id": last}))
}

/// The name and the content of the file in a form.
fn form_file(body: &[u8]) -> (String, Vec<u8>) {
    let find = |from: usize, what: &[u8]| {
        body.get(from..)?.windows(what.len()).position(|window| window == what).map(|at| from + at)
    };
    let read = || {
        let name = find(0, b"filename=\"")? + 10;
        let name_end = find(name, b"\"")?;
        let content = find(name_end, b"\r\n\r\n")? + 4;
        let content_end = find(content, b"\r\n--")?;
        Some((String::from_utf8_lossy(&body[name..name_end]).into_owned(), body[content..content_end].to_vec()))
    };
    read().unwrap_or_default()
}
