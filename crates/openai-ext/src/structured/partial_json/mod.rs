//! JSON that is not complete yet, as a model writes it.

// The streams of chat and of responses ask for it.
#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
mod growth;
mod steps;
mod string;
#[cfg(test)]
mod tests;

use serde_json::Value;

#[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(unused_imports))]
pub(crate) use growth::Growing;
pub use growth::PartialJson;

/// Returns the value of a JSON text that may be cut off anywhere: open strings, lists and objects are closed, and a member,
/// number or word that is cut off is left out. `None` if there is nothing yet, or the text is not JSON.
///
/// ```
/// use openai_ext::structured::partial_json::parse;
///
/// assert_eq!(parse(r#"{"city": "Par"#), Some(serde_json::json!({"city": "Par"})));
/// assert_eq!(parse(r#"{"city": "Paris", "unit"#), Some(serde_json::json!({"city": "Paris"})));
/// assert_eq!(parse(""), None);
/// ```
///
/// It reads the whole text. [`PartialJson`] reads a text that grows, each part once.
#[must_use]
pub fn parse(text: &str) -> Option<Value> {
    // A whole text is the usual case at the end, and serde_json reads it best.
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let mut json = PartialJson::new();
    json.push(text);
    json.into_value()
}
