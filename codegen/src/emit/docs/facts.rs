//! Facts of the document as sentences.

use serde_json::Value;

use crate::ir::Facts;

/// The facts about a value as sentences.
pub(super) fn facts(facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(range) = range(facts) {
        out.push(range);
    }
    if !facts.values.is_empty() {
        let values: Vec<String> = facts.values.iter().map(ToString::to_string).collect();
        out.push(format!("One of {}.", values.join(", ")));
    }
    if let Some(text) = span(facts.length, "characters") {
        out.push(text);
    }
    if let Some(text) = span(facts.items, "items") {
        out.push(text);
    }
    if let Some(pattern) = &facts.pattern {
        out.push(format!("Matches `{}`.", pattern.replace('`', "'")));
    }
    match facts.format.as_deref() {
        Some("unixtime") => out.push("Unix time in seconds.".into()),
        Some("date-time") => out.push("Date and time, RFC 3339.".into()),
        Some("byte" | "base64") => out.push("Base64.".into()),
        Some("uri" | "url") => out.push("URL.".into()),
        _ => {}
    }
    match &facts.default {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.is_empty() => {}
        Some(Value::String(text)) => out.push(format!("Server default: `{text}`.")),
        Some(other) => out.push(format!("Server default: `{other}`.")),
    }
    if facts.deprecated {
        out.push("Deprecated by the API.".into());
    }
    out
}

fn range(facts: &Facts) -> Option<String> {
    let least = facts.minimum.map(|(value, excluded)| (if excluded { "more than" } else { "at least" }, value));
    let most = facts.maximum.map(|(value, excluded)| (if excluded { "less than" } else { "at most" }, value));
    match (least, most) {
        (Some(("at least", low)), Some(("at most", high))) => Some(format!("From {low} to {high}.")),
        (Some((a, low)), Some((b, high))) => Some(format!("{} {low}, {b} {high}.", capital(a))),
        (Some((word, value)), None) | (None, Some((word, value))) => Some(format!("{} {value}.", capital(word))),
        (None, None) => None,
    }
}

fn span((least, most): (Option<usize>, Option<usize>), what: &str) -> Option<String> {
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) => Some(format!("From {least} to {most} {what}.")),
        (Some(least), None) => Some(format!("At least {least} {what}.")),
        (None, Some(most)) => Some(format!("At most {most} {what}.")),
        (None, None) => None,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}
