//! Examples that are JSON but for a comment or a comma too many.

use serde_json::Value;

/// Parses after taking out line comments and commas before a closing bracket; `None` if it still is no JSON.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(&without_slips(text)).ok()
}

fn without_slips(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_string => {
                out.push(c);
                out.extend(chars.next());
            }
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '/' if !in_string && chars.peek() == Some(&'/') => {
                while chars.peek().is_some_and(|next| *next != '\n') {
                    chars.next();
                }
            }
            '}' | ']' if !in_string => {
                let kept = out.trim_end();
                if kept.ends_with(',') {
                    out.truncate(kept.len() - 1);
                }
                out.push(c);
            }
            other => out.push(other),
        }
    }
    out
}
