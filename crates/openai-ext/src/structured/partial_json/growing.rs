//! The JSON of texts that are kept elsewhere.

use serde_json::Value;

use super::growth::PartialJson;

/// The value of a text that is kept elsewhere and only grows: the new part of it is read when the value is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growing(Option<Box<(PartialJson, usize)>>);

impl Growing {
    /// Returns the value of the text, which is that of the last time with more behind it.
    pub(crate) fn value(&mut self, text: &str) -> Option<&Value> {
        let (json, read) = &mut **self.0.get_or_insert_default();
        match text.get(*read..) {
            Some(new) => json.push(new),
            None => {
                *json = PartialJson::new();
                json.push(text);
            }
        }
        *read = text.len();
        json.value()
    }
}
