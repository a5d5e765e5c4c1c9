//! Reads `multipart/form-data` bodies.

use bytes::Bytes;
use memchr::memmem;
use serde_json::{Map, Value};

/// One part of a form: a field, or a file if it has a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormPart {
    /// The field's name, with its brackets, such as `timestamp_granularities[]`.
    pub name: String,
    /// The file's name, for a file.
    pub filename: Option<String>,
    /// The part's own content type, if it has one.
    pub content_type: Option<String>,
    /// The contents.
    pub data: Bytes,
}

/// Splits a body into its parts. `content_type` is the request's header, which holds the boundary.
pub(crate) fn parse(content_type: &str, body: &Bytes) -> Result<Vec<FormPart>, String> {
    let boundary = parameter(content_type, "boundary").ok_or("the content type has no boundary")?;
    // A boundary starts a line, so that a file may contain its text.
    let delimiter = format!("\r\n--{boundary}");
    let mut starts = memmem::find_iter(body, delimiter.as_bytes());
    let mut start = match body.starts_with(&delimiter.as_bytes()[2..]) {
        true => delimiter.len() - 2,
        false => starts.next().ok_or("the boundary does not occur in the body")? + delimiter.len(),
    };
    let mut parts = Vec::new();
    while !body[start..].starts_with(b"--") {
        let end = starts.next().ok_or("the body ends before its last boundary")?;
        parts.push(part(&body.slice(start..end))?);
        start = end + delimiter.len();
    }
    Ok(parts)
}

/// The form as a JSON object, the way an operation's JSON body would say it: `a[]` becomes a list and `a[b]` an object.
/// Files are left out.
pub(crate) fn to_json(parts: &[FormPart]) -> Value {
    let mut fields = Map::new();
    for part in parts.iter().filter(|part| part.filename.is_none()) {
        let value = Value::from(String::from_utf8_lossy(&part.data));
        match part.name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, "")) => match fields.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(value),
                _ => continue,
            },
            Some((name, key)) => match fields.entry(name).or_insert_with(|| Value::Object(Map::new())) {
                Value::Object(map) => drop(map.insert(key.to_owned(), value)),
                _ => continue,
            },
            None => drop(fields.insert(part.name.clone(), value)),
        }
    }
    Value::Object(fields)
}

/// Reads what stands between two boundaries: line break, headers, empty line, contents.
fn part(bytes: &Bytes) -> Result<FormPart, String> {
    let head = memmem::find(bytes, b"\r\n\r\n").ok_or("a part has no empty line after its headers")?;
    let headers = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let header = |name: &str| {
        let lines = headers.lines().filter_map(|line| line.split_once(':'));
        lines
            .into_iter()
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("content-disposition").ok_or("a part has no content disposition")?;
    Ok(FormPart {
        name: parameter(&disposition, "name").ok_or("a part has no name")?,
        filename: parameter(&disposition, "filename"),
        content_type: header("content-type"),
        data: bytes.slice(head + 4..),
    })
}

/// A parameter of a header such as `form-data; name="file"; filename="a;b.txt"`.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, value) = rest.split_once('=')?;
        let (text, after) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_text(quoted)?,
            None => match value.split_once(';') {
                Some((text, after)) => (text.trim().to_owned(), after),
                None => (value.trim().to_owned(), ""),
            },
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(text);
        }
        rest = after.trim_start().trim_start_matches(';');
    }
}

/// The text up to the closing quote, and what follows it. Browsers and clients write a quote as `\"` or as `%22`.
fn quoted_text(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut escaped = false;
    for (index, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => return Some((text.replace("%22", "\""), &quoted[index + 1..])),
            '\\' if !escaped => escaped = true,
            c => {
                if escaped && c != '"' && c != '\\' {
                    text.push('\\');
                }
                text.push(c);
                escaped = false;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"XX\"";

    #[test]
    fn fields_and_files_are_told_apart() -> Result<(), String> {
        let body = Bytes::from_static(
            b"preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--XX\r\n\
              content-disposition: form-data; name=\"file\"; filename=\"a;\\\"b\\\".jsonl\"\r\nContent-Type: text/plain\r\n\r\n\
              {}\r\n\r\n--XX--\r\n",
        );
        let parts = parse(TYPE, &body)?;
        assert_eq!(parts.len(), 2);
        assert_eq!(
            (parts[0].name.as_str(), parts[0].filename.as_deref(), &parts[0].data[..]),
            ("purpose", None, &b"fine-tune"[..])
        );
        assert_eq!(parts[1].filename.as_deref(), Some("a;\"b\".jsonl"));
        assert_eq!((parts[1].content_type.as_deref(), &parts[1].data[..]), (Some("text/plain"), &b"{}\r\n"[..]));
        assert_eq!(to_json(&parts), json!({"purpose": "fine-tune"}));
        Ok(())
    }

    #[test]
    fn brackets_become_lists_and_objects() {
        let field = |name: &str, data: &'static str| FormPart {
            name: name.to_owned(),
            filename: None,
            content_type: None,
            data: Bytes::from_static(data.as_bytes()),
        };
        let parts = [field("a[]", "1"), field("a[]", "2"), field("b[c]", "3"), field("b[]", "4"), field("d", "true")];
        assert_eq!(to_json(&parts), json!({"a": ["1", "2"], "b": {"c": "3"}, "d": "true"}));
    }

    #[test]
    fn damaged_forms_are_errors() {
        for (content_type, body) in [
            ("multipart/form-data", "--XX--"),
            (TYPE, ""),
            (TYPE, "--XX\r\n"),
            (TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb"),
            (TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb--XX--"),
            (TYPE, "--XX\r\n\r\nb\r\n--XX--"),
            (TYPE, "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\nb\r\n--XX--"),
        ] {
            assert!(parse(content_type, &Bytes::from_static(body.as_bytes())).is_err(), "{body:?}");
        }
    }
}
