//! JSON text with the keys in an order that a client of the real API is used to.

use serde_json::{Map, Value};

/// Keys that the API writes first. `serde_json` sorts keys, which would bury the tag that tells a union's variants apart;
/// its `preserve_order` feature would change the maps of every crate in the user's build.
const FIRST: [&str; 6] = ["type", "id", "object", "created", "created_at", "status"];

/// Writes a value as compact JSON.
pub(crate) fn to_text(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(map) => write_object(text, map),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, item);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_object(text: &mut String, map: &Map<String, Value>) {
    let first = FIRST.iter().filter_map(|key| map.get_key_value(*key));
    let rest = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
    text.push('{');
    for (index, (key, value)) in first.chain(rest).enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(key.as_str()).to_string());
        text.push(':');
        write_value(text, value);
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_and_ids_come_first() {
        let value = json!({"delta": "a\"b", "id": "x", "type": "t", "list": [1, {"z": null, "type": "u"}]});
        assert_eq!(to_text(&value), r#"{"type":"t","id":"x","delta":"a\"b","list":[1,{"type":"u","z":null}]}"#);
    }

    #[test]
    fn what_is_written_reads_back() -> Result<(), serde_json::Error> {
        let value = json!({"a": {}, "b": [], "c": 1.5, "d": "\u{2028}\n", "object": true});
        assert_eq!(serde_json::from_str::<Value>(&to_text(&value))?, value);
        Ok(())
    }
}
