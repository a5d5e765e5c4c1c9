//! A request that the server received.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::azure_path;
use super::multipart::{self, FormPart};
use crate::document::Operation;

/// A request that the server received, kept for tests to look at.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) parameters: Vec<(&'static str, String)>,
}

impl ReceivedRequest {
    /// The HTTP method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path as it was sent, percent-encoded, with the `/v1` in front, or what Azure has there.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The deployment that a path of Azure's names, decoded.
    pub fn deployment(&self) -> Option<String> {
        azure_path::deployment(&self.path)
    }

    /// The key: a bearer token, or on Azure's paths the header `api-key`.
    pub(crate) fn key(&self) -> Option<&str> {
        let bearer = self.header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        bearer.or_else(|| azure_path::read(&self.path).and_then(|_| self.header("api-key")))
    }

    /// The query's pairs in their order, decoded.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header as text, none if it is absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as JSON, none if it is not JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body's parts, none if it is not a form.
    pub fn form(&self) -> Option<Vec<FormPart>> {
        multipart::parse(self.header(CONTENT_TYPE.as_str())?, &self.body).ok()
    }

    /// The operation that method, path and query mean, none if there is none.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.operation
    }

    /// The value of a path parameter of the operation, decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Splits a query into its decoded pairs.
pub(crate) fn read_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded() {
        let pairs = read_query("a%5B%5D=1+2&a%5B%5D=%C3%A4&&flag&x=y=z");
        let expected = [("a[]", "1 2"), ("a[]", "ä"), ("flag", ""), ("x", "y=z")];
        assert!(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected), "{pairs:?}");
    }
}
