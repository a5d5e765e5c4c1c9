//! Calls whose answers are checked against the document.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::document::{Operation, Route, route};
use crate::server::{MockServer, MockServerBuilder};
use crate::tests::harness::{Received, TestResult, fast, send};
use crate::wire::read_query;

/// A server, and calls of it that check what comes.
pub(super) struct Api {
    pub(super) server: MockServer,
}

impl Api {
    pub(super) async fn start() -> TestResult<Self> {
        Self::of(fast()).await
    }

    pub(super) async fn of(builder: MockServerBuilder) -> TestResult<Self> {
        Ok(Self { server: builder.start().await? })
    }

    pub(super) async fn get(&self, path: &str) -> TestResult<Value> {
        self.checked("GET", path, "", Bytes::new()).await
    }

    pub(super) async fn delete(&self, path: &str) -> TestResult<Value> {
        self.checked("DELETE", path, "", Bytes::new()).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> TestResult<Value> {
        self.checked("POST", path, "application/json", Bytes::from(body.to_string())).await
    }

    /// Posts a form of text fields and one file.
    pub(super) async fn form(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: (&str, &str, &[u8]),
    ) -> TestResult<Value> {
        self.checked("POST", path, FORM, form(fields, file)).await
    }

    /// Uploads a file and gives back its id.
    pub(super) async fn upload(&self, name: &str, purpose: &str, bytes: &[u8]) -> TestResult<String> {
        let file = self.form("/files", &[("purpose", purpose)], ("file", name, bytes)).await?;
        id(&file)
    }

    /// The ids of a page and whether there are more.
    pub(super) async fn page(&self, path: &str) -> TestResult<(Vec<String>, bool)> {
        let page = self.get(path).await?;
        let ids: Vec<String> = page["data"].as_array().into_iter().flatten().map(id).collect::<TestResult<_>>()?;
        for (name, own) in [("first_id", ids.first()), ("last_id", ids.last())] {
            if let Some(found) = page.get(name).filter(|found| !found.is_null()) {
                assert_eq!(found, own.map_or("", String::as_str), "{path} {name}");
            }
        }
        Ok((ids, page["has_more"] == true))
    }

    /// Status, parameter and code of an error.
    pub(super) async fn refused(&self, method: &str, path: &str, body: Value) -> TestResult<(u16, String, String)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = send(&self.server, method, path, "application/json", body).await?;
        let error = answer.json()?["error"].clone();
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "{error}");
        assert_eq!(error["type"], "invalid_request_error", "{error}");
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        Ok((answer.status.as_u16(), text("param"), text("code")))
    }

    /// Status of what is asked for with GET.
    pub(super) async fn status(&self, path: &str) -> TestResult<StatusCode> {
        Ok(send(&self.server, "GET", path, "", "").await?.status)
    }

    /// The `status` of an object at each of so many looks.
    pub(super) async fn looks(&self, path: &str, count: usize) -> TestResult<Vec<String>> {
        let mut statuses = Vec::new();
        for _ in 0..count {
            statuses.push(self.get(path).await?["status"].as_str().unwrap_or_default().to_owned());
        }
        Ok(statuses)
    }

    /// The names of a stream's events with their data, each of them checked.
    pub(super) async fn events(&self, path: &str, body: &Value) -> TestResult<Vec<(String, Value)>> {
        let answer = send(&self.server, "POST", path, "application/json", body.to_string()).await?;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        let operation = operation("POST", path)?;
        let mut events = Vec::new();
        for (name, data) in answer.events().into_iter().filter(|(_, data)| data != "[DONE]") {
            let data: Value = serde_json::from_str(&data)?;
            let envelope = json!({"event": name, "data": data});
            let event = if path.starts_with("/threads") { &envelope } else { &data };
            operation.check_event(event).map_err(|violation| format!("{path} {violation}: {event}"))?;
            events.push((name, data));
        }
        Ok(events)
    }

    pub(super) async fn checked(&self, method: &str, path: &str, content_type: &str, body: Bytes) -> TestResult<Value> {
        let answer = send(&self.server, method, path, content_type, body).await?;
        assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.text());
        check(operation(method, path)?, &answer)
    }
}

/// The answer's body, which the document allows.
pub(super) fn check(operation: &Operation, answer: &Received) -> TestResult<Value> {
    assert_eq!(answer.status, operation.response.status, "{}", operation.id());
    let body = answer.json()?;
    operation.check_response(&body).map_err(|violation| format!("{}: {violation}: {body}", operation.id()))?;
    Ok(body)
}

pub(super) fn operation(method: &str, path: &str) -> TestResult<&'static Operation> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    match route(&method.parse()?, path, &read_query(query)) {
        Route::Found(operation, _) => Ok(operation),
        other => Err(format!("{method} {path}: {other:?}").into()),
    }
}

pub(super) const FORM: &str = "multipart/form-data; boundary=XX";

pub(super) fn form(fields: &[(&str, &str)], (name, filename, bytes): (&str, &str, &[u8])) -> Bytes {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\r\n").bytes(),
    );
    body.extend(bytes);
    body.extend(b"\r\n--XX--\r\n");
    Bytes::from(body)
}

pub(super) fn id(object: &Value) -> TestResult<String> {
    Ok(object["id"].as_str().ok_or_else(|| format!("no id: {object}"))?.to_owned())
}

/// An error of something that is not there, named by this parameter.
pub(super) fn missing(param: &str) -> (u16, String, String) {
    (404, param.to_owned(), String::new())
}
