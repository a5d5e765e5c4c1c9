//! Facts of the document as sentences.

use serde_json::Value;

use super::code;
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
    if let Some(text) = span(facts.length, "character") {
        out.push(text);
    }
    if let Some(text) = span(facts.items, "item") {
        out.push(text);
    }
    if let Some(pattern) = &facts.pattern {
        out.push(format!("Matches {}.", code(pattern)));
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
        Some(Value::String(text)) => out.push(format!("Server default: {}.", code(text))),
        Some(other) => out.push(format!("Server default: {}.", code(&other.to_string()))),
    }
    out
}

/// The range of a number. A bound that is the end of an integer type says nothing.
fn range(facts: &Facts) -> Option<String> {
    let is_told = |(value, _): &(f64, bool)| value.abs() < LARGEST && !ENDS.contains(value);
    let least = facts.minimum.filter(is_told);
    let most = facts.maximum.filter(is_told);
    let least = least.map(|(value, excluded)| (if excluded { "more than" } else { "at least" }, value));
    let most = most.map(|(value, excluded)| (if excluded { "less than" } else { "at most" }, value));
    match (least, most) {
        (Some(("at least", low)), Some(("at most", high))) if low.total_cmp(&high).is_eq() => {
            Some(format!("Always {low}."))
        }
        (Some(("at least", low)), Some(("at most", high))) => Some(format!("From {low} to {high}.")),
        (Some((a, low)), Some((b, high))) => Some(format!("{} {low}, {b} {high}.", capital(a))),
        (Some((word, value)), None) | (None, Some((word, value))) => Some(format!("{} {value}.", capital(word))),
        (None, None) => None,
    }
}

/// The ends of 32-bit integers.
const ENDS: [f64; 3] = [-2_147_483_648.0, 2_147_483_647.0, 4_294_967_295.0];

/// The integers from here on are not all numbers of JSON.
const LARGEST: f64 = 9_007_199_254_740_991.0;

/// The length of a string or list, in units.
fn span((least, most): (Option<usize>, Option<usize>), unit: &str) -> Option<String> {
    let units = |count: usize| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) if least == most => Some(format!("Exactly {}.", units(most))),
        (Some(least), Some(most)) => Some(format!("From {least} to {}.", units(most))),
        (Some(least), None) => Some(format!("At least {}.", units(least))),
        (None, Some(most)) => Some(format!("At most {}.", units(most))),
        (None, None) => None,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}
