//! docs.yaml: our own sentences, by Rust name.

use std::collections::BTreeMap;

use serde_json::Value;

/// Our own prose.
#[derive(Clone, Debug, Default)]
pub struct Docs {
    /// By `TypeName`, `TypeName.field` or `resource.path.verb`.
    pub entries: BTreeMap<String, String>,
}

impl Docs {
    /// Reads docs.yaml: a map of names to sentences.
    ///
    /// # Errors
    /// The text is not YAML, or an entry is no text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value = crate::yaml::parse(text).map_err(|error| format!("codegen/overlays/docs.yaml: {error}"))?;
        let mut entries = BTreeMap::new();
        for (name, sentence) in value.as_object().into_iter().flatten() {
            match sentence {
                Value::String(text) => entries.insert(name.clone(), text.trim().to_owned()),
                other => return Err(format!("codegen/overlays/docs.yaml: {name}: expected a text, found {other}")),
            };
        }
        Ok(Self { entries })
    }
}
