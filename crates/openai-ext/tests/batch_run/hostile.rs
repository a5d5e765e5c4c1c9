//! A server of files and batches in memory, by tokio's clock, that carries out requests and does not say so.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_core::Stream;
use http::{Method, Request, Response, StatusCode};
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::{Client, Result};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// The outcome of one POST.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Carried out, and answered.
    Good,
    /// Carried out, and answered with this status.
    Status(u16),
    /// Carried out, and answered with a success that is no JSON.
    Page,
    /// Carried out, and answered with a success that says nothing.
    Blank,
    /// Carried out, and answered with nothing before the client's time is over.
    Silence,
    /// Carried out, and the connection is lost.
    Lost,
    /// Carried out twice, and answered.
    Twice,
    /// Not carried out, and the connection is lost.
    Dropped,
    /// Not carried out, and answered with this status.
    Refused(u16),
}

/// The answer to requests for a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Listing {
    Newest,
    Oldest,
    /// This status.
    Status(u16),
    /// A success that is no JSON.
    Page,
    /// Nothing.
    Silence,
    /// Pages of others' objects without an end.
    Endless,
}

#[derive(Clone, Debug)]
pub struct Manners {
    /// The time that a POST takes before it is carried out, also if the client is gone.
    pub delay: Duration,
    /// The time for which a new object is not in lists.
    pub hidden: Duration,
    /// The time that a batch runs.
    pub work: Duration,
    pub listing: Listing,
    /// Batches in lists have metadata.
    pub has_metadata: bool,
    /// The same `Idempotency-Key` gets the same object.
    pub knows_keys: bool,
    /// Set if pages have at most this many objects, and ask for more are refused.
    pub most_a_page: usize,
}

impl Default for Manners {
    fn default() -> Self {
        let (delay, work) = (Duration::from_millis(20), Duration::from_secs(5));
        let hidden = Duration::ZERO;
        Self {
            delay,
            hidden,
            work,
            listing: Listing::Newest,
            has_metadata: true,
            knows_keys: false,
            most_a_page: 10_000,
        }
    }
}

#[derive(Clone)]
pub struct StoredFile {
    pub name: String,
    pub content: String,
    made: Instant,
}

#[derive(Clone)]
pub struct StoredBatch {
    pub id: String,
    pub input: String,
    metadata: Value,
    made: Instant,
    cancelled: Option<Instant>,
    output: Option<String>,
}

#[derive(Default)]
struct Stored {
    number: u64,
    files: BTreeMap<String, StoredFile>,
    batches: Vec<StoredBatch>,
    keys: BTreeMap<String, Value>,
    uploads: VecDeque<Outcome>,
    creations: VecDeque<Outcome>,
    requests: Vec<(Method, String, http::HeaderMap)>,
}

pub struct Hostile {
    manners: Manners,
    start: Instant,
    stored: Mutex<Stored>,
}

/// The transport to a server.
struct Wire(Arc<Hostile>);

impl Hostile {
    pub fn new(manners: Manners) -> Arc<Self> {
        Arc::new(Self { manners, start: Instant::now(), stored: Mutex::default() })
    }

    pub fn client(self: &Arc<Self>) -> Result<Client> {
        Client::builder()
            .base_url("http://hostile.test/v1")
            .api_key("no-key")
            .transport(Arc::new(Wire(self.clone())))
            .build()
    }

    /// The next uploads end so.
    pub fn uploads_end(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.stored().uploads = outcomes.into_iter().collect();
    }

    /// The next creations of a batch end so.
    pub fn creations_end(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.stored().creations = outcomes.into_iter().collect();
    }

    pub fn batches(&self) -> Vec<StoredBatch> {
        self.stored().batches.clone()
    }

    /// The input files, by id.
    pub fn inputs(&self) -> BTreeMap<String, StoredFile> {
        let mut files = self.stored().files.clone();
        files.retain(|_, file| file.name.starts_with("openai-batch-"));
        files
    }

    /// All files, by id.
    pub fn files(&self) -> BTreeMap<String, StoredFile> {
        self.stored().files.clone()
    }

    pub fn requests(&self) -> Vec<(Method, String, http::HeaderMap)> {
        self.stored().requests.clone()
    }

    /// The number of requests of a method for a path that ends so.
    pub fn count(&self, method: &Method, path: &str) -> usize {
        self.stored().requests.iter().filter(|(made, of, _)| made == method && of == path).count()
    }

    pub fn status(&self, batch: &StoredBatch) -> &'static str {
        let age = batch.made.elapsed();
        match batch.cancelled {
            Some(when) if when.elapsed() < Duration::from_secs(1) => "cancelling",
            Some(_) => "cancelled",
            None if age < self.manners.work / 2 => "validating",
            None if age < self.manners.work => "in_progress",
            None => "completed",
        }
    }

    fn stored(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().expect("no test panicked with it")
    }

    async fn answer(self: Arc<Self>, request: Request<Vec<u8>>) -> std::io::Result<Answer> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().trim_start_matches("/v1").to_owned();
        self.stored().requests.push((parts.method.clone(), path.clone(), parts.headers.clone()));
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let (kind, id, verb) = (segments[0], segments.get(1).copied(), segments.get(2).copied());
        match (parts.method, kind, id, verb) {
            (Method::POST, _, None, _) => {
                let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
                sleep(self.manners.delay).await;
                self.make(kind, key, &body).await
            }
            (Method::GET, _, None, _) => self.list(kind, parts.uri.query().unwrap_or_default()).await,
            (Method::POST, "batches", Some(id), Some("cancel")) => self.cancel(id),
            (Method::GET, "batches", Some(id), None) => self.batch(id),
            (Method::GET, "files", Some(id), Some("content")) => match self.stored().files.get(id) {
                Some(file) => Ok(Answer::Text(200, file.content.clone())),
                None => Ok(error(404)),
            },
            (Method::DELETE, "files", Some(id), None) => match self.stored().files.remove(id) {
                Some(_) => Ok(Answer::Json(200, json!({"id": id, "object": "file", "deleted": true}))),
                None => Ok(error(404)),
            },
            _ => Ok(error(404)),
        }
    }

    async fn make(&self, kind: &str, key: Option<String>, body: &[u8]) -> std::io::Result<Answer> {
        let outcome = {
            let mut stored = self.stored();
            let outcomes = if kind == "files" { &mut stored.uploads } else { &mut stored.creations };
            outcomes.pop_front().unwrap_or(Outcome::Good)
        };
        let lost = || Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        match outcome {
            Outcome::Dropped => return lost(),
            Outcome::Refused(status) => return Ok(error(status)),
            _ => {}
        }
        let known =
            key.as_ref().filter(|_| self.manners.knows_keys).and_then(|key| self.stored().keys.get(key).cloned());
        let object = known.unwrap_or_else(|| self.carry_out(kind, body));
        if let Some(key) = key {
            self.stored().keys.insert(key, object.clone());
        }
        match outcome {
            Outcome::Twice => drop(self.carry_out(kind, body)),
            Outcome::Status(status) => return Ok(error(status)),
            Outcome::Page => return Ok(Answer::Text(200, "<html>Welcome</html>".to_owned())),
            Outcome::Blank => return Ok(Answer::Json(200, json!({"id": null}))),
            Outcome::Lost => return lost(),
            Outcome::Silence => sleep(Duration::from_secs(100_000)).await,
            _ => {}
        }
        Ok(Answer::Json(200, object))
    }

    fn carry_out(&self, kind: &str, body: &[u8]) -> Value {
        let text = String::from_utf8_lossy(body);
        let mut stored = self.stored();
        stored.number += 1;
        let number = stored.number;
        let made = Instant::now();
        if kind == "files" {
            let name = between(&text, "filename=\"", "\"");
            let content = between(&text[text.find("filename=\"").unwrap_or_default()..], "\r\n\r\n", "\r\n--");
            let id = format!("file-{number}");
            let file = StoredFile { name: name.to_owned(), content: content.to_owned(), made };
            stored.files.insert(id.clone(), file.clone());
            return self.shown_file(&id, &file);
        }
        let asked: Value = serde_json::from_slice(body).expect("the client sends JSON");
        let batch = StoredBatch {
            id: format!("batch_{number}"),
            input: asked["input_file_id"].as_str().unwrap_or_default().to_owned(),
            metadata: asked["metadata"].clone(),
            made,
            cancelled: None,
            output: None,
        };
        stored.batches.push(batch.clone());
        drop(stored);
        self.shown_batch(&batch)
    }

    fn shown_file(&self, id: &str, file: &StoredFile) -> Value {
        json!({
            "id": id, "object": "file", "bytes": file.content.len(), "created_at": self.time(file.made),
            "filename": file.name, "purpose": "batch", "status": "processed",
        })
    }

    fn shown_batch(&self, batch: &StoredBatch) -> Value {
        json!({
            "id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions", "input_file_id": batch.input,
            "completion_window": "24h", "status": self.status(batch), "created_at": self.time(batch.made),
            "metadata": batch.metadata, "output_file_id": batch.output,
        })
    }

    fn time(&self, made: Instant) -> u64 {
        1_800_000_000 + made.duration_since(self.start).as_secs()
    }

    async fn list(&self, kind: &str, query: &str) -> std::io::Result<Answer> {
        match self.manners.listing {
            Listing::Status(status) => return Ok(error(status)),
            Listing::Page => return Ok(Answer::Text(200, "<html>Welcome</html>".to_owned())),
            Listing::Silence => sleep(Duration::from_secs(100_000)).await,
            Listing::Endless => return Ok(self.page_of_others(kind)),
            Listing::Newest | Listing::Oldest => {}
        }
        let parameter = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let limit = parameter("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
        if limit > self.manners.most_a_page {
            return Ok(error(400));
        }
        let stored = self.stored();
        let is_visible = |made: Instant| made.elapsed() >= self.manners.hidden;
        let mut objects: Vec<(Instant, Value)> = if kind == "files" {
            let visible = stored.files.iter().filter(|(_, file)| is_visible(file.made));
            visible.map(|(id, file)| (file.made, self.shown_file(id, file))).collect()
        } else {
            let visible = stored.batches.iter().filter(|batch| is_visible(batch.made));
            visible.map(|batch| (batch.made, self.shown_batch(batch))).collect()
        };
        objects.sort_by_key(|(made, _)| *made);
        if self.manners.listing == Listing::Newest {
            objects.reverse();
        }
        let mut objects: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
        if !self.manners.has_metadata {
            objects.iter_mut().filter_map(Value::as_object_mut).for_each(|object| drop(object.remove("metadata")));
        }
        let at = parameter("after").and_then(|after| objects.iter().position(|object| object["id"] == after));
        let rest = objects.split_off(at.map_or(0, |at| at + 1));
        let page: Vec<&Value> = rest.iter().take(limit).collect();
        let last = page.last().map(|object| object["id"].clone());
        Ok(Answer::Json(200, json!({"object": "list", "data": page, "has_more": rest.len() > limit, "last_id": last})))
    }

    fn page_of_others(&self, kind: &str) -> Answer {
        let mut stored = self.stored();
        stored.number += 1;
        let id = format!("{kind}-of-others-{}", stored.number);
        let other = json!({
            "id": id, "object": kind, "created_at": self.time(Instant::now()), "input_file_id": "file-x", "filename": "x",
            "bytes": 1, "purpose": "batch", "status": "completed", "endpoint": "x", "completion_window": "24h",
        });
        Answer::Json(200, json!({"object": "list", "data": [other], "has_more": true, "last_id": id}))
    }

    fn batch(&self, id: &str) -> std::io::Result<Answer> {
        let mut stored = self.stored();
        let Some(at) = stored.batches.iter().position(|batch| batch.id == id) else { return Ok(error(404)) };
        let mut batch = stored.batches[at].clone();
        if self.status(&batch) == "completed" && batch.output.is_none() {
            // A batch keeps its requests, also if their file is gone.
            let input = stored.files.get(&batch.input).map(|file| file.content.clone()).unwrap_or_default();
            let output = format!("file-of-{id}");
            let file = StoredFile { name: format!("{id}_output.jsonl"), content: rows(&input), made: Instant::now() };
            stored.files.insert(output.clone(), file);
            batch.output = Some(output);
            stored.batches[at] = batch.clone();
        }
        drop(stored);
        Ok(Answer::Json(200, self.shown_batch(&batch)))
    }

    fn cancel(&self, id: &str) -> std::io::Result<Answer> {
        let mut stored = self.stored();
        let Some(batch) = stored.batches.iter_mut().find(|batch| batch.id == id) else { return Ok(error(404)) };
        match self.status(batch) {
            "validating" | "in_progress" => batch.cancelled = Some(Instant::now()),
            "cancelling" => {}
            _ => return Ok(error(400)),
        }
        let batch = batch.clone();
        drop(stored);
        Ok(Answer::Json(200, self.shown_batch(&batch)))
    }
}

enum Answer {
    Json(u16, Value),
    Text(u16, String),
}

fn error(status: u16) -> Answer {
    Answer::Json(status, json!({"error": {"message": "It does not work.", "type": "x", "code": null, "param": null}}))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or("", |(inner, _)| inner)
}

fn rows(input: &str) -> String {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("the input is JSON lines");
        let body = json!({"id": "c", "object": "chat.completion", "choices": [], "created": 1, "model": "m"});
        let response = json!({"status_code": 200, "request_id": "req", "body": body});
        json!({"id": "r", "custom_id": line["custom_id"], "error": null, "response": response}).to_string() + "\n"
    };
    input.lines().map(row).collect()
}

impl Transport for Wire {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let server = self.0.clone();
        Box::pin(async move {
            let (parts, mut body) = request.into_parts();
            let mut bytes = Vec::new();
            while let Some(chunk) = poll_fn(|context| std::pin::Pin::new(&mut body).poll_next(context)).await {
                bytes.extend_from_slice(&chunk.map_err(TransportError::connection)?);
            }
            // A task of its own: it goes on although the client is gone.
            let answer = tokio::spawn(server.answer(Request::from_parts(parts, bytes))).await;
            let answer = answer.map_err(TransportError::connection)?.map_err(TransportError::connection)?;
            let (status, kind, text) = match answer {
                Answer::Json(status, value) => (status, "application/json", value.to_string()),
                Answer::Text(status, text) => (status, "text/html", text),
            };
            let status = StatusCode::from_u16(status).map_err(TransportError::connection)?;
            let mut response = Response::new(Body::from(text));
            *response.status_mut() = status;
            response.headers_mut().insert("content-type", http::HeaderValue::from_static(kind));
            Ok(response)
        })
    }
}
