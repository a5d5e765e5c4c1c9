//! A request as it was sent, and how its parts are read.

use serde_json::Value;

/// A request as the recorder received it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The method.
    pub method: String,
    /// The path as it was sent, without what says who sent it.
    pub path: String,
    /// The query as it was sent, empty if there is none.
    pub query: String,
    /// Names in lower case, and values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field.
    pub name: String,
    /// The file's name, as it stands in the header.
    pub filename: Option<String>,
    /// The part's own content type.
    pub content_type: Option<String>,
    /// The other lines of the part's header.
    pub more: Vec<String>,
    /// The bytes.
    pub data: Vec<u8>,
}

impl Recorded {
    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The decoded pairs of the query in their order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(key, value)| (decode(key), decode(value)))
            .collect()
    }

    /// The body as JSON, if it says that it is.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        let json = self.header("content-type")?.starts_with("application/json");
        if json { serde_json::from_slice(&self.body).ok() } else { None }
    }

    /// The body's parts, if it is a form.
    #[must_use]
    pub fn form(&self) -> Option<Vec<Part>> {
        let boundary = self.header("content-type")?.strip_prefix("multipart/form-data; boundary=")?;
        let delimiter = format!("\r\n--{}", boundary.trim_matches('"'));
        // The first delimiter has no line before it.
        let body = [b"\r\n", &*self.body].concat();
        let mut pieces = split(&body, delimiter.as_bytes());
        let end = pieces.pop()?;
        if pieces.is_empty() || !end.starts_with(b"--") {
            return None;
        }
        pieces.into_iter().skip(1).map(part).collect()
    }

    /// Returns true if a stream of events is requested.
    #[must_use]
    pub fn wants_stream(&self) -> bool {
        let asked = |part: &Part| part.name == "stream" && part.data == b"true";
        self.json().is_some_and(|body| body["stream"] == true)
            || self.form().is_some_and(|parts| parts.iter().any(asked))
            || self.pairs().iter().any(|(key, value)| key == "stream" && value == "true")
            || self.header("accept") == Some("text/event-stream")
    }
}

fn part(piece: &[u8]) -> Option<Part> {
    let end = piece.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&piece[..end]).into_owned();
    let data = piece[end + 4..].to_vec();
    let mut part = Part { name: String::new(), filename: None, content_type: None, more: Vec::new(), data };
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let (header, value) = line.split_once(": ")?;
        match header.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                part.name = parameter(value, "; name=\"")?;
                part.filename = parameter(value, "; filename=\"");
                // `filename*` and the like.
                part.more.extend(value.split("; ").filter(|piece| piece.contains("*=")).map(str::to_owned));
            }
            "content-type" => part.content_type = Some(value.to_owned()),
            _ => part.more.push(line.to_owned()),
        }
    }
    Some(part)
}

/// The quoted value behind `start`. A quote inside is escaped one way or the other by whoever sends it.
fn parameter(header: &str, start: &str) -> Option<String> {
    let rest = header.split_once(start)?.1;
    let mut before = ' ';
    for (at, character) in rest.char_indices() {
        if character == '"' && before != '\\' {
            return Some(rest[..at].to_owned());
        }
        // An escaped backslash escapes nothing.
        before = if before == '\\' { ' ' } else { character };
    }
    None
}

fn split<'a>(mut body: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = body.windows(delimiter.len()).position(|window| window == delimiter) {
        pieces.push(&body[..at]);
        body = &body[at + delimiter.len()..];
    }
    pieces.push(body);
    pieces
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = || u8::from_str_radix(std::str::from_utf8(behind.get(..2)?).ok()?, 16).ok();
        rest = match (first, if first == b'%' { hex() } else { None }) {
            (_, Some(byte)) => {
                bytes.push(byte);
                &behind[2..]
            }
            (b'+', None) => {
                bytes.push(b' ');
                behind
            }
            (byte, None) => {
                bytes.push(byte);
                behind
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(content_type: &str, query: &str, body: &[u8]) -> Recorded {
        Recorded {
            method: "POST".to_owned(),
            path: "/v1/files".to_owned(),
            query: query.to_owned(),
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.to_vec(),
        }
    }

    #[test]
    fn a_form_is_read_part_by_part() {
        let body =
            b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; \
                     name=\"file\"; filename=\"q\\\"; x\"\r\nContent-Type: text/plain\r\n\r\n\r\n--Y\r\n\r\n--X--\r\n";
        let parts = recorded("multipart/form-data; boundary=X", "", body).form().unwrap_or_default();
        let plain = |name: &str, data: &[u8]| Part {
            name: name.to_owned(),
            filename: None,
            content_type: None,
            more: Vec::new(),
            data: data.to_vec(),
        };
        let file = Part {
            filename: Some("q\\\"; x".to_owned()),
            content_type: Some("text/plain".to_owned()),
            ..plain("file", b"\r\n--Y\r\n")
        };
        assert_eq!(parts, [plain("a", b"1"), file]);
    }

    #[test]
    fn a_form_that_breaks_off_is_none() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
        assert_eq!(recorded("multipart/form-data; boundary=X", "", body).form(), None);
    }

    #[test]
    fn a_query_is_decoded_in_order() {
        let pairs = recorded("", "b%5B%5D=1+2&a=%C3%A4&&flag&b%5B%5D=100%", b"").pairs();
        let expected = [("b[]", "1 2"), ("a", "ä"), ("flag", ""), ("b[]", "100%")];
        assert!(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(expected), "{pairs:?}");
    }
}
