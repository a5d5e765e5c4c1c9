//! A JSON schema as strict mode takes it.

use std::collections::HashSet;

use serde_json::{Value, json};

use openai_runtime::json::keeps_order;

use super::merge::{ANNOTATIONS, Members, merge, taken};

/// Members that tell the model nothing, or that strict mode refuses though nothing depends on them.
const DROPPED: [&str; 7] = ["$schema", "$comment", "default", "deprecated", "examples", "readOnly", "writeOnly"];

/// The formats of texts that strict mode knows.
const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The bounds of integers of 32 bits: schemars has them for smaller ones only, and those of larger ones are beyond what is
/// exact in JSON.
#[inline]
fn bounds_of(format: &str) -> Option<(i64, i64)> {
    match format {
        "int32" => Some((i32::MIN.into(), i32::MAX.into())),
        "uint32" => Some((0, u32::MAX.into())),
        _ => None,
    }
}

/// The number of problems that are listed; of more than these, only the number is given.
const MAX_PROBLEMS: usize = 8;

/// The schema in strict mode. By `name` it is a definition of its own if it contains itself.
///
/// # Errors
/// Every place that strict mode can't say, with its path and what to do.
#[inline]
pub(super) fn strict(mut root: Value, name: &str) -> Result<Value, String> {
    let around = Vec::from_iter(name_root(&mut root, name));
    let mut strict = Strict { root, around, used: Vec::new(), problems: Vec::new() };
    let root = strict.run();
    if strict.problems.is_empty() { Ok(root) } else { Err(strict.told()) }
}

struct Strict {
    /// The schema as it was.
    root: Value,
    /// References that lead to where we are. To follow one of them again would have no end.
    around: Vec<String>,
    /// References that stay, in the order found.
    used: Vec<String>,
    problems: Vec<String>,
}

impl Strict {
    #[inline]
    fn run(&mut self) -> Value {
        let root = without_definitions(&self.root);
        let mut root = self.schema(&root, "$");
        self.around.clear();
        let is_object = root.get("type") == Some(&json!("object"));
        if self.problems.is_empty() && !is_object {
            self.problem("$", "the root must be an object: make the type a field of a struct");
        }
        // Definitions are added to `used` while the list is gone through.
        let mut at = 0;
        while let Some(reference) = self.used.get(at).cloned() {
            at += 1;
            self.definition(&reference, &mut root);
        }
        root
    }

    /// Adds what a reference refers to to the definitions of the root.
    #[inline]
    fn definition(&mut self, reference: &str, root: &mut Value) {
        let Some((place, name)) = split(reference) else { return };
        let Some(definition) = self.resolve(reference) else { return };
        self.around.push(reference.to_owned());
        let name = decode(name).replace("~1", "/").replace("~0", "~");
        let strict = self.schema(&definition, &format!("$.{place}.{name}"));
        self.around.pop();
        root[place][name] = strict;
    }

    #[inline]
    fn schema(&mut self, schema: &Value, path: &str) -> Value {
        match schema {
            Value::Object(members) => {
                let mut members = members.clone();
                members.retain(|name, _| !DROPPED.contains(&name.as_str()));
                let followed = self.around.len();
                let strict = self.members(members, path);
                self.around.truncate(followed);
                strict
            }
            Value::Bool(false) => self.problem(path, "no value fits it: remove the field or variant"),
            _ => self.any(path),
        }
    }

    #[inline]
    fn members(&mut self, members: Members, path: &str) -> Value {
        let Some(mut members) = self.inline(members, path) else { return Value::Null };
        if let Some(variants) = taken(&mut members, "oneOf") {
            if members.contains_key("anyOf") {
                return self.problem(path, "both `anyOf` and `oneOf`: leave one of them out");
            }
            members.insert("anyOf".to_owned(), variants);
        }
        if let Some(Value::Array(variants)) = members.get("anyOf") {
            let variants = variants.clone();
            return self.union(members, &variants, path);
        }
        if members.contains_key("prefixItems") {
            return self.problem(path, "a tuple: use a struct with named fields");
        }
        if !["$ref", "type", "enum", "const"].iter().any(|name| members.contains_key(*name)) {
            return self.keywords(members, path, true);
        }
        self.keywords(members, path, false)
    }

    /// Replaces a reference that has siblings and an `allOf` of one schema by what they say, until none is left.
    #[inline]
    fn inline(&mut self, mut members: Members, path: &str) -> Option<Members> {
        loop {
            let inner = match (members.get("$ref"), members.get("allOf")) {
                (Some(Value::String(reference)), _) if members.len() > 1 => {
                    let reference = reference.clone();
                    taken(&mut members, "$ref");
                    if self.around.contains(&reference) {
                        return self.circle(members, &reference, path);
                    }
                    let Some(inner) = self.resolve(&reference) else {
                        self.problem(path, &format!("`{reference}` refers to nothing in the schema"));
                        return None;
                    };
                    self.around.push(reference);
                    inner
                }
                (_, Some(Value::Array(all))) if all.len() == 1 => {
                    let inner = all.first().cloned();
                    taken(&mut members, "allOf");
                    inner.unwrap_or_default()
                }
                _ => return Some(members),
            };
            let Value::Object(mut inner) = inner else {
                self.schema(&inner, path);
                return None;
            };
            inner.retain(|name, _| !DROPPED.contains(&name.as_str()));
            match merge(&members, &inner) {
                Ok(merged) => members = merged,
                Err(name) => {
                    self.problem(path, &format!("two schemas that differ in `{name}` hold at once: make them one"));
                    return None;
                }
            }
        }
    }

    /// A reference with siblings to a type around it. A description can be beside a union of one.
    #[inline]
    fn circle(&mut self, mut members: Members, reference: &str, path: &str) -> Option<Members> {
        if members.keys().any(|name| !ANNOTATIONS.contains(&name.as_str())) {
            self.problem(path, "the type contains itself and adds to itself: put it into a field of its own");
            return None;
        }
        members.insert("anyOf".to_owned(), json!([{"$ref": reference}]));
        Some(members)
    }

    #[inline]
    fn resolve(&self, reference: &str) -> Option<Value> {
        self.root.pointer(&decode(reference.strip_prefix('#')?)).cloned()
    }

    /// A union. What holds beside it holds for each of its variants, and is said there.
    #[inline]
    fn union(&mut self, members: Members, variants: &[Value], path: &str) -> Value {
        let is_annotation = |name: &String| ANNOTATIONS.contains(&name.as_str());
        let (mut union, mut beside): (Members, Members) =
            members.into_iter().filter(|(name, _)| name != "anyOf").partition(|(name, _)| is_annotation(name));
        let closing = ["unevaluatedProperties", "additionalProperties"];
        beside.retain(|name, value| !(closing.contains(&name.as_str()) && *value == false));
        let mut strict = Vec::new();
        for (index, variant) in variants.iter().enumerate() {
            let path = format!("{path}.anyOf[{index}]");
            let variant = match variant {
                Value::Object(inner) if !beside.is_empty() => match merge(&beside, inner) {
                    Ok(merged) => Value::Object(merged),
                    Err(name) => {
                        let what = format!("`{name}` differs from what holds for the whole: make them one");
                        strict.push(self.problem(&path, &what));
                        continue;
                    }
                },
                variant => variant.clone(),
            };
            strict.push(self.schema(&variant, &path));
        }
        union.insert("anyOf".to_owned(), Value::Array(strict));
        Value::Object(union)
    }

    /// The members of a schema that is neither a union nor to be replaced.
    #[inline]
    fn keywords(&mut self, members: Members, path: &str, untyped: bool) -> Value {
        let is = |name: &str| match members.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
            kind => kind.is_some_and(|kind| kind == name),
        };
        let (is_object, is_array) = (is("object"), is("array"));
        let is_number = is("integer") || is("number");
        let before = self.problems.len();
        let mut strict = Members::new();
        let mut properties = Members::new();
        let mut required = Vec::new();
        let mut bounds = None;
        for (name, value) in members {
            match (name.as_str(), value) {
                ("properties", Value::Object(all)) => {
                    for (name, schema) in all {
                        let schema = self.schema(&schema, &format!("{path}.properties.{name}"));
                        properties.insert(name, schema);
                    }
                }
                ("items", items) => {
                    let items = self.schema(&items, &format!("{path}.items"));
                    strict.insert(name, items);
                }
                ("$ref", value) => {
                    self.refer(&value, path);
                    strict.insert(name, value);
                }
                ("format", Value::String(format)) if is_number => bounds = bounds_of(&format),
                ("format", Value::String(format)) => {
                    self.format(&format, path);
                    strict.insert(name, Value::String(format));
                }
                ("required", Value::Array(names)) => required = names,
                ("required", _) | ("additionalProperties" | "unevaluatedProperties", Value::Bool(false)) => {}
                ("additionalProperties" | "unevaluatedProperties" | "patternProperties" | "propertyNames", _) => {
                    self.problem(path, "a map with any keys: use a list of structs that have the key as a field");
                }
                (
                    "type" | "enum" | "const" | "description" | "title" | "pattern" | "multipleOf" | "minimum"
                    | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minItems" | "maxItems",
                    value,
                ) => drop(strict.insert(name, value)),
                (keyword, _) => self.unsupported(keyword, path),
            }
        }
        if let Some((minimum, maximum)) = bounds {
            strict.entry("minimum").or_insert_with(|| minimum.into());
            strict.entry("maximum").or_insert_with(|| maximum.into());
        }
        if is_array && !strict.contains_key("items") {
            self.any(&format!("{path}.items"));
        }
        if is_object {
            strict.insert("required".to_owned(), all_of(&properties, &required));
            strict.insert("properties".to_owned(), Value::Object(properties));
            strict.insert("additionalProperties".to_owned(), Value::Bool(false));
        } else if untyped && self.problems.len() == before {
            self.any(path);
        }
        Value::Object(strict)
    }

    #[inline]
    fn format(&mut self, format: &str, path: &str) {
        if !FORMATS.contains(&format) {
            let advice = "leave it out, or give the field `#[schemars(with = \"String\")]`";
            self.problem(path, &format!("the format `{format}` is not known in strict mode: {advice}"));
        }
    }

    #[inline]
    fn refer(&mut self, reference: &Value, path: &str) {
        let text = reference.as_str().unwrap_or_default();
        if self.resolve(text).is_none() || split(text).is_none() {
            self.problem(path, &format!("`{text}` refers to no definition of the schema"));
        } else if !self.used.iter().any(|used| used == text) {
            self.used.push(text.to_owned());
        }
    }

    #[inline]
    fn unsupported(&mut self, keyword: &str, path: &str) {
        let advice = match keyword {
            "minLength" | "maxLength" => "use `pattern`, or check the length afterwards (of a `char`, use a String)",
            "uniqueItems" => "use a Vec instead of a set, or check the items afterwards",
            "allOf" => "put the fields into one struct",
            "not" => "remove the field or variant that no value fits",
            _ => "remove it, or check the value afterwards",
        };
        self.problem(path, &format!("`{keyword}` is not known in strict mode: {advice}"));
    }

    #[inline]
    fn any(&mut self, path: &str) -> Value {
        self.problem(path, "any JSON: give it a type, or take the JSON as a String")
    }

    /// Notes a problem. The value stands for what there is no schema of.
    #[inline]
    fn problem(&mut self, path: &str, what: &str) -> Value {
        self.problems.push(format!("at {path}: {what}"));
        Value::Null
    }

    #[inline]
    fn told(&self) -> String {
        let more = self.problems.len().saturating_sub(MAX_PROBLEMS);
        let told: Vec<&str> = self.problems.iter().take(MAX_PROBLEMS).map(String::as_str).collect();
        let told = told.join("; ");
        if more > 0 { format!("{told}; and {more} more") } else { told }
    }
}

/// The names of all properties, in the order in which the model is to write them: that of the properties if the map has
/// one of its own, else that of `required`, as far as it goes.
#[inline]
fn all_of(properties: &Members, required: &[Value]) -> Value {
    let is_known = |name: &&Value| name.as_str().is_some_and(|name| properties.contains_key(name));
    let known: Vec<Value> =
        if keeps_order() { Vec::new() } else { required.iter().filter(is_known).cloned().collect() };
    let named: HashSet<&str> = known.iter().filter_map(Value::as_str).collect();
    let others = properties.keys().filter(|name| !named.contains(name.as_str()));
    known.iter().cloned().chain(others.map(|name| name.as_str().into())).collect()
}

#[inline]
fn without_definitions(root: &Value) -> Value {
    let mut root = root.clone();
    if let Value::Object(members) = &mut root {
        members.retain(|name, _| name != "$defs" && name != "definitions");
    }
    root
}

/// If the schema refers to its root by `#`, makes that a reference to a definition, which is given: OpenAI takes both, but
/// other servers, as llama.cpp's, only know definitions.
#[inline]
fn name_root(root: &mut Value, name: &str) -> Option<String> {
    if !root.is_object() || root.get("$defs").is_some_and(|definitions| !definitions.is_object()) {
        return None;
    }
    let mut name = name.to_owned();
    while root["$defs"].get(&name).is_some() {
        name.push('_');
    }
    let reference = format!("#/$defs/{name}");
    if !rename_root(root, &reference) {
        return None;
    }
    let definition = without_definitions(root);
    root["$defs"][name] = definition;
    Some(reference)
}

/// Renames references to the root, and returns true if there was one.
#[inline]
fn rename_root(schema: &mut Value, reference: &str) -> bool {
    let mut found = false;
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                if name == "$ref" && value == "#" {
                    *value = reference.into();
                    found = true;
                } else {
                    found |= rename_root(value, reference);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                found |= rename_root(item, reference);
            }
        }
        _ => {}
    }
    found
}

/// The place and the name of a reference to a definition: `#/$defs/Name`.
#[inline]
pub(super) fn split(reference: &str) -> Option<(&str, &str)> {
    let (place, name) = reference.strip_prefix("#/")?.split_once('/')?;
    (matches!(place, "$defs" | "definitions") && !name.contains('/')).then_some((place, name))
}

/// A part of a URL without its `%` escapes.
#[inline]
pub(super) fn decode(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
