//! The comparison of what a call came to with what is right.

use serde_json::Value;

/// Compares each member of what is right with what was found.
///
/// # Errors
/// The first member that differs.
pub fn compare(expected: &Value, found: &Value) -> Result<(), String> {
    for (name, value) in expected.as_object().into_iter().flatten() {
        let is_right = match name.as_str() {
            "error" => fields(value, &found["error"]),
            // The answer of the server comes back unchanged.
            "kept" => found["kept"] == true,
            "sent_back_has_no" => {
                let message = &found["sent_back"];
                message.is_object() && value.as_str().is_some_and(|name| message.get(name).is_none())
            }
            // In words, for readers.
            "message" => true,
            "tool_calls" => calls(value, &found["tool_calls"]),
            // Either the path, or an error of this kind.
            "either" => {
                found["path"].as_str().is_some_and(|path| value.as_str().is_some_and(|text| text.ends_with(path)))
            }
            "or" => continue,
            _ => found[name] == *value,
        };
        let is_right =
            is_right || name == "either" && expected.get("or").is_some() && found["error"]["kind"] == "Config";
        if !is_right {
            return Err(format!("expected {name} to be {value}, found {found}"));
        }
    }
    if expected.get("error").is_none() && expected.get("either").is_none() && found.get("error").is_some() {
        return Err(format!("expected no error, found {found}"));
    }
    Ok(())
}

fn fields(expected: &Value, found: &Value) -> bool {
    expected.as_object().into_iter().flatten().all(|(name, value)| match (name.as_str(), value.as_str()) {
        ("message_contains", Some(part)) => found["message"].as_str().is_some_and(|message| message.contains(part)),
        _ => found[name] == *value,
    })
}

fn calls(expected: &Value, found: &Value) -> bool {
    let (Some(expected), Some(found)) = (expected.as_array(), found.as_array()) else { return false };
    expected.len() == found.len() && expected.iter().zip(found).all(|(expected, found)| fields(expected, found))
}
