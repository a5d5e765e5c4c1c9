//! A schema as its users see it: references followed, the parts of an `allOf` as one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// References in a row that are followed; a document with more has a circle.
const MAX_DEPTH: usize = 16;

/// A schema with all its parts.
#[derive(Debug, Default)]
pub(super) struct SchemaView<'a> {
    pub(super) kind: Option<&'a str>,
    pub(super) format: Option<&'a str>,
    pub(super) nullable: bool,
    pub(super) fields: BTreeMap<&'a str, &'a Value>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) values: BTreeSet<String>,
    pub(super) alternatives: BTreeMap<String, &'a Value>,
    pub(super) items: Option<&'a Value>,
    pub(super) entries: Option<&'a Value>,
}

impl<'a> SchemaView<'a> {
    pub(super) fn of(document: &'a Value, schema: &'a Value) -> Self {
        let mut view = Self::default();
        view.add(document, schema, 0);
        view
    }

    fn add(&mut self, document: &'a Value, schema: &'a Value, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(target) = resolve(document, schema) {
            self.add(document, target, depth + 1);
        }
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        let list = |key: &str| schema.get(key).and_then(Value::as_array).into_iter().flatten();
        list("allOf").for_each(|part| self.add(document, part, depth + 1));
        self.kind = text("type").or(self.kind);
        self.format = text("format").or(self.format);
        self.nullable |= schema.get("nullable") == Some(&Value::Bool(true));
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        self.fields.extend(fields.map(|(name, field)| (name.as_str(), field)));
        self.required.extend(list("required").filter_map(Value::as_str));
        let values = list("enum").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        self.values.extend(values);
        for variant in list("oneOf").chain(list("anyOf")) {
            let label = label(document, variant);
            let same = self.alternatives.keys().filter(|known| known.split('#').next() == Some(&label)).count();
            let label = if same == 0 { label } else { format!("{label}#{}", same + 1) };
            self.alternatives.insert(label, variant);
        }
        self.items = schema.get("items").or(self.items);
        self.entries = schema.get("additionalProperties").filter(|entries| entries.is_object()).or(self.entries);
    }

    /// The type in a word or two.
    pub(super) fn type_name(&self) -> String {
        let kind = match (self.kind, self.format) {
            _ if !self.alternatives.is_empty() => "union",
            (Some("string"), Some(format @ ("byte" | "binary"))) => return format!("string ({format})"),
            (Some(kind), _) => kind,
            (None, _) if !self.fields.is_empty() => "object",
            (None, _) => "any JSON",
        };
        kind.to_owned()
    }
}

/// The component schema's name that a schema refers to.
pub(super) fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// The component that an object refers to.
pub(super) fn resolve<'a>(document: &'a Value, object: &'a Value) -> Option<&'a Value> {
    document.pointer(object.get("$ref")?.as_str()?.strip_prefix('#')?)
}

/// An alternative's name: its tag, its type or its component.
fn label(document: &Value, variant: &Value) -> String {
    let target = resolve(document, variant).unwrap_or(variant);
    let parts = target.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let tag = [target].into_iter().chain(parts).find_map(|part| {
        ["type", "role", "object"].iter().find_map(|name| {
            let values = part.get("properties")?.get(name)?.get("enum")?.as_array()?;
            if let [Value::String(value)] = values.as_slice() { Some(value.clone()) } else { None }
        })
    });
    let plain = || target.get("type").and_then(Value::as_str).filter(|kind| *kind != "object");
    let kind = || if target.get("enum").is_some() { Some("enum") } else { plain() };
    let named = || reference(variant).or_else(|| target.get("title")?.as_str());
    tag.or_else(|| kind().map(str::to_owned)).or_else(|| named().map(str::to_owned)).unwrap_or("object".to_owned())
}
