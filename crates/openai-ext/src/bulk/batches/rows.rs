//! Rows of a batch's output and error files.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use openai_runtime::json::{self, ReadError, Reader};

use crate::{Error, ErrorKind, Result};

/// The content of a row.
pub(super) struct Row {
    pub(super) status: Option<StatusCode>,
    pub(super) request_id: Option<String>,
    /// The body of an answer that is a success.
    pub(super) outcome: Result<Bytes>,
}

/// A row's parts before it is known what they come to.
#[derive(Default)]
struct RowParts<'a> {
    status: Option<StatusCode>,
    request_id: Option<String>,
    body: Option<&'a str>,
    error: Option<&'a str>,
}

/// The custom id of a row, or of a line of the input.
#[inline]
pub(super) fn custom_id(line: &[u8]) -> Result<Cow<'_, str>> {
    let find = || {
        let mut reader = Reader::new(line)?;
        let mut first = true;
        reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut first)? {
            if key == "custom_id" && !reader.take_null()? {
                return reader.string().map(Some);
            }
            if key != "custom_id" {
                reader.skip()?;
            }
        }
        Ok(None)
    };
    match find() {
        Ok(Some(id)) => Ok(id),
        Ok(None) => Err(Error::new(ErrorKind::Decode, "a row of a batch has no custom_id")),
        Err(error) => Err(unreadable(error)),
    }
}

/// Reads a row. Its own failure is in its outcome; an error here says that it is no row.
#[inline]
pub(super) fn read(line: &[u8]) -> Result<Row> {
    let mut parts = read_parts(line).map_err(unreadable)?;
    let outcome = match (parts.status, parts.body, parts.error) {
        (Some(status), Some(body), None) if status.is_success() => Ok(Bytes::copy_from_slice(body.as_bytes())),
        (Some(status), body, None) => {
            let body = Bytes::copy_from_slice(body.unwrap_or_default().as_bytes());
            Err(Error::of_response(status, headers(parts.request_id.as_deref()), body))
        }
        (_, _, Some(error)) => Err(of_error(error)),
        (None, _, None) => Err(Error::new(ErrorKind::Decode, "the row has neither a response nor an error")
            .with_response(StatusCode::OK, HeaderMap::new(), Bytes::copy_from_slice(line))),
    };
    Ok(Row { status: parts.status, request_id: parts.request_id.take(), outcome })
}

/// The headers that the response would have had.
#[inline]
pub(super) fn headers(request_id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert("x-request-id", value);
    }
    headers
}

#[inline]
fn read_parts(line: &[u8]) -> Result<RowParts<'_>, ReadError> {
    let mut reader = Reader::new(line)?;
    let mut parts = RowParts::default();
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match &*key {
            "response" if !reader.take_null()? => read_response(&mut reader, &mut parts)?,
            "error" if !reader.take_null()? => parts.error = Some(reader.raw()?),
            "response" | "error" => {}
            _ => reader.skip()?,
        }
    }
    reader.finish()?;
    Ok(parts)
}

#[inline]
fn read_response<'a>(reader: &mut Reader<'a>, parts: &mut RowParts<'a>) -> Result<(), ReadError> {
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match &*key {
            "status_code" if !reader.take_null()? => {
                let code = reader.integer()?;
                parts.status = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
            }
            "request_id" if !reader.take_null()? => parts.request_id = Some(reader.string()?.into_owned()),
            "body" if !reader.take_null()? => parts.body = Some(reader.raw()?),
            "status_code" | "request_id" | "body" => {}
            _ => reader.skip()?,
        }
    }
    Ok(())
}

/// A request that was never answered; the code tells why.
#[inline]
fn of_error(text: &str) -> Error {
    let value = json::from_slice(text.as_bytes()).unwrap_or_default();
    let error = Error::of_value(ErrorKind::Status, &value);
    match error.code() {
        Some("batch_expired") => Error::of_value(ErrorKind::Timeout, &value),
        _ => error,
    }
}

#[inline]
fn unreadable(error: ReadError) -> Error {
    Error::new(ErrorKind::Decode, format!("a row of a batch can't be read: {error}")).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(line: &str) -> (Option<u16>, Result<Bytes>) {
        let row = read(line.as_bytes()).expect("a row");
        (row.status.map(|status| status.as_u16()), row.outcome)
    }

    #[test]
    fn an_answer_is_its_body() {
        let line = r#"{"id":"b","custom_id":"a","response":{"status_code":200,"request_id":"req_1","body":{"x":[1]}},"error":null}"#;
        let row = read(line.as_bytes()).expect("a row");
        assert_eq!(row.request_id.as_deref(), Some("req_1"));
        assert_eq!(row.outcome.expect("a success"), r#"{"x":[1]}"#);
        assert_eq!(custom_id(line.as_bytes()).expect("an id"), "a");
    }

    #[test]
    fn failures_keep_what_the_server_said() {
        let line = r#"{"custom_id":"a","response":{"body":{"error":{"message":"Slow","code":"limit","param":"p"}},"request_id":"req_1","status_code":429},"error":null}"#;
        let (status, error) = outcome(line);
        let error = error.expect_err("a failure");
        assert_eq!((status, error.kind()), (Some(429), ErrorKind::RateLimit));
        assert_eq!((error.code(), error.param(), error.request_id()), (Some("limit"), Some("p"), Some("req_1")));
        for (code, kind) in [("batch_expired", ErrorKind::Timeout), ("batch_cancelled", ErrorKind::Status)] {
            let line = format!(r#"{{"custom_id":"a","response":null,"error":{{"code":"{code}","message":"Why"}}}}"#);
            let (status, error) = outcome(&line);
            let error = error.expect_err("a failure");
            assert_eq!((status, error.kind(), error.code(), error.message()), (None, kind, Some(code), "Why"));
        }
        let (_, error) = outcome(r#"{"custom_id":"a"}"#);
        assert_eq!(error.expect_err("a failure").kind(), ErrorKind::Decode);
        let (status, error) = outcome(r#"{"custom_id":"a","response":{"status_code":0,"body":{}}}"#);
        assert_eq!((status, error.expect_err("a failure").kind()), (None, ErrorKind::Decode));
    }

    #[test]
    fn what_is_no_row_is_an_error() {
        for line in ["", "{", "[]", "{\"custom_id\":1}", "{}", "{\"custom_id\":null}", "\u{feff}{}"] {
            assert!(custom_id(line.as_bytes()).is_err(), "{line}");
        }
        assert!(read(b"{} {}").is_err() && read(b"{\"response\":3}").is_err() && read(&[0xff]).is_err());
    }
}
