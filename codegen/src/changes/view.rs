//! A schema as its users see it: references followed, the parts of an `allOf` as one, unions in unions as one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::PublicNames;

/// References in a row that are followed; a document with more has a circle.
const MAX_DEPTH: usize = 16;
/// Forms of a union that are named; a longer union is counted.
const MAX_FORMS: usize = 4;

/// A schema with all its parts.
#[derive(Clone, Debug, Default)]
pub(super) struct SchemaView<'a> {
    pub(super) kind: Option<&'a str>,
    pub(super) format: Option<&'a str>,
    pub(super) nullable: bool,
    pub(super) fields: BTreeMap<&'a str, &'a Value>,
    pub(super) required: BTreeSet<&'a str>,
    /// The values of an enum, or of the string among the forms.
    pub(super) values: BTreeSet<String>,
    /// Forms by their tag, type or name.
    pub(super) forms: BTreeMap<String, &'a Value>,
    pub(super) items: Option<&'a Value>,
    pub(super) entries: Option<&'a Value>,
    /// Facts that change no type: the default and the bounds.
    pub(super) facts: BTreeMap<&'static str, &'a Value>,
    has_string: bool,
}

const FACTS: [&str; 13] = [
    "default",
    "deprecated",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "pattern",
];

impl<'a> SchemaView<'a> {
    pub(super) fn of(document: &'a Value, schema: &'a Value, names: &PublicNames) -> Self {
        let mut view = Self::default();
        view.add(document, schema, names, 0);
        view.settle(document, names, 0);
        view
    }

    fn add(&mut self, document: &'a Value, schema: &'a Value, names: &PublicNames, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(target) = resolve(document, schema) {
            self.add(document, target, names, depth + 1);
        }
        let text = |key: &str| schema.get(key).and_then(Value::as_str);
        list(schema, "allOf").for_each(|part| self.add(document, part, names, depth + 1));
        self.kind = text("type").or(self.kind);
        self.format = text("format").or(self.format);
        self.nullable |= is_nullable(schema);
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        self.fields.extend(fields.map(|(name, field)| (plain_name(name), field)));
        self.required.extend(list(schema, "required").filter_map(Value::as_str).map(plain_name));
        self.values.extend(values(schema));
        for form in list(schema, "oneOf").chain(list(schema, "anyOf")) {
            self.add_form(document, form, names, depth + 1);
        }
        self.items = schema.get("items").or(self.items);
        self.entries = schema.get("additionalProperties").filter(|entries| entries.is_object()).or(self.entries);
        self.facts.extend(FACTS.iter().filter_map(|key| Some((*key, schema.get(*key)?))));
    }

    /// Adds a form of a union. The forms of a union in it are the union's own, and all its strings are one form.
    fn add_form(&mut self, document: &'a Value, form: &'a Value, names: &PublicNames, depth: usize) {
        let mut target = form;
        for _ in 0..MAX_DEPTH {
            let Some(next) = resolve(document, target) else { break };
            target = next;
        }
        let inner: Vec<&Value> = list(target, "oneOf").chain(list(target, "anyOf")).collect();
        if !inner.is_empty() && target.get("properties").is_none() && depth <= MAX_DEPTH {
            return inner.into_iter().for_each(|form| self.add_form(document, form, names, depth + 1));
        }
        // A group of fields that go together is no form.
        if target.as_object().is_some_and(|members| members.keys().all(|key| key == "required")) {
            return;
        }
        let is_encoded = target.get("format").is_some_and(|format| format == "byte" || format == "binary");
        let is_string = target.get("type").is_none_or(|kind| kind == "string") && target.get("enum").is_some()
            || target.get("type").is_some_and(|kind| kind == "string");
        if is_string && !is_encoded {
            self.has_string = true;
            return self.values.extend(values(target));
        }
        let label = label(document, form, target, names);
        let same = self.forms.keys().filter(|known| known.split('#').next() == Some(&label)).count();
        let label = if same == 0 { label } else { format!("{label}#{}", same + 1) };
        self.forms.insert(label, form);
    }

    /// Makes a union of one form that form.
    fn settle(&mut self, document: &'a Value, names: &PublicNames, depth: usize) {
        if self.has_string && self.forms.is_empty() {
            self.kind = Some("string");
            return;
        }
        if !self.has_string && self.fields.is_empty() && self.forms.len() == 1 && depth < MAX_DEPTH {
            let forms = std::mem::take(&mut self.forms);
            forms.values().for_each(|form| self.add(document, form, names, depth + 1));
            self.settle(document, names, depth + 1);
        }
    }

    pub(super) fn is_union(&self) -> bool {
        !self.forms.is_empty()
    }

    /// Says if a union has a string among its forms.
    pub(super) fn has_text_form(&self) -> bool {
        self.is_union() && self.has_string
    }

    /// The kind of type, by which two schemas are of the same one.
    pub(super) fn type_kind(&self) -> &str {
        match (self.kind, self.format) {
            _ if self.is_union() => "union",
            (Some("string"), Some(format @ ("byte" | "binary"))) => format,
            (Some(kind), _) => kind,
            (None, _) if !self.fields.is_empty() => "object",
            (None, _) => "any JSON",
        }
    }

    /// The format, unless it is the width of a number.
    pub(super) fn text_format(&self) -> Option<&str> {
        self.format.filter(|format| !["double", "float", "int32", "int64"].contains(format))
    }

    /// The type in a few words.
    pub(super) fn type_name(&self, document: &'a Value, names: &PublicNames) -> String {
        if self.is_union() {
            let text = if self.has_string { Some("string") } else { None };
            let forms: Vec<&str> = text.into_iter().chain(self.forms.keys().map(String::as_str)).collect();
            let more =
                if forms.len() > MAX_FORMS { format!(" | {} more", forms.len() - MAX_FORMS) } else { String::new() };
            return format!("{}{more}", forms[..forms.len().min(MAX_FORMS)].join(" | "));
        }
        match self.type_kind() {
            "array" => match self.items {
                Some(items) => format!("list of {}", Self::of(document, items, names).item_name(items, names)),
                None => "list".to_owned(),
            },
            kind if encoding(kind).is_some() => encoding(kind).unwrap_or(kind).to_owned(),
            kind if !self.values.is_empty() => format!("{kind} of an enum"),
            kind => kind.to_owned(),
        }
    }

    fn item_name(&self, items: &Value, names: &PublicNames) -> String {
        let named = reference(items).filter(|_| ["object", "union"].contains(&self.type_kind()));
        named.map_or_else(|| self.type_kind().to_owned(), |name| names.schema(name))
    }
}

fn list<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    schema.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn values(schema: &Value) -> impl Iterator<Item = String> {
    list(schema, "enum").map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// A field's or parameter's name. `order[]` and `order` are the same to a user: the brackets are the encoding's.
pub(super) fn plain_name(name: &str) -> &str {
    name.strip_suffix("[]").unwrap_or(name)
}

pub(super) fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// The name of what a string of this format holds.
fn encoding(format: &str) -> Option<&'static str> {
    match format {
        "byte" => Some("base64"),
        "binary" => Some("file"),
        _ => None,
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

/// A form's name: its tag, its kind or its type, and the fields of an object that has none of these.
fn label(document: &Value, form: &Value, target: &Value, names: &PublicNames) -> String {
    let parts = list(target, "allOf").map(|part| resolve(document, part).unwrap_or(part));
    let tag = [target].into_iter().chain(parts).find_map(|part| {
        ["type", "role", "object"].iter().find_map(|name| {
            let values = part.get("properties")?.get(name)?.get("enum")?.as_array()?;
            if let [Value::String(value)] = values.as_slice() { Some(value.clone()) } else { None }
        })
    });
    let kind = || {
        let encoded = target.get("format").and_then(Value::as_str).and_then(encoding);
        if let Some(encoded) = encoded {
            return Some(encoded.to_owned());
        }
        let kind = target.get("type").and_then(Value::as_str).filter(|kind| *kind != "object")?;
        Some(if kind == "array" { "list" } else { kind }.to_owned())
    };
    let named = || reference(form).map(|name| names.schema(name));
    let title = || target.get("title").and_then(Value::as_str).map(str::to_owned);
    let fields = || {
        let required: Vec<&str> = list(target, "required").filter_map(Value::as_str).collect();
        if required.is_empty() { None } else { Some(format!("{{{}}}", required.join(", "))) }
    };
    tag.or_else(kind).or_else(named).or_else(title).or_else(fields).unwrap_or_else(|| "object".to_owned())
}
