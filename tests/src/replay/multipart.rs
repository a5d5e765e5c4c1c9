//! A recorded multipart body as the JSON that its request type reads: fields by name, files as their text.

use serde_json::{Map, Value};

/// Reads a body by the boundary in its content type; `None` if there is none.
#[must_use]
pub fn to_json(content_type: &str, pieces: &[Value]) -> Option<Value> {
    let boundary = content_type.split("boundary=").nth(1)?.trim_matches('"');
    let mut fields = Map::new();
    let mut name = None;
    let mut body = String::new();
    let mut in_headers = false;
    for piece in pieces.iter().filter_map(Value::as_str) {
        if piece.starts_with(&format!("--{boundary}")) {
            if let Some(name) = name.take() {
                insert(&mut fields, name, body.strip_suffix("\r\n").unwrap_or(&body));
            }
            body.clear();
            in_headers = true;
        } else if in_headers && piece == "\r\n" {
            in_headers = false;
        } else if in_headers {
            name = name.or_else(|| field_name(piece));
        } else {
            body.push_str(piece);
        }
    }
    Some(Value::Object(fields))
}

fn field_name(header: &str) -> Option<String> {
    let rest = header.strip_prefix("Content-Disposition: form-data;")?;
    let name = rest.split(';').find_map(|part| part.trim().strip_prefix("name="))?;
    Some(name.trim().trim_matches('"').to_owned())
}

/// `a[]` repeats and `a[b]` nests; text that is a number or a boolean is one.
fn insert(fields: &mut Map<String, Value>, name: String, text: &str) {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
        _ => Value::String(text.to_owned()),
    };
    if let Some(list) = name.strip_suffix("[]") {
        match fields.entry(list.to_owned()).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(items) => items.push(value),
            other => *other = value,
        }
    } else if let Some((outer, inner)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        let object = fields.entry(outer.to_owned()).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(members) = object {
            members.insert(inner.to_owned(), value);
        }
    } else {
        fields.insert(name, value);
    }
}
