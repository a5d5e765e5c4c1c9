//! Keywords of JSON Schema that OpenAPI 3.0 lacks, in the form that says the same or less.

use serde_json::{Map, Value, json};

use super::super::pointer::Pointer;
use super::super::types::Schema;
use super::notes::Notes;

/// Rewrites one schema; the schemas in it are rewritten before.
pub(super) fn rewrite(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    // What a reference needed of them has become a component.
    schema.shift_remove("$defs");
    schema.shift_remove("definitions");
    for name in ["$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$schema", "$vocabulary"] {
        schema.shift_remove(name);
    }
    discriminator(schema);
    tuple(schema, at, notes);
    conditional(schema, at, notes);
    dependents(schema, at, notes);
    patterns(schema, at, notes);
    unevaluated(schema);
    typed_rest(schema, at, notes);
    content(schema, at, notes);
}

/// Swagger 2 has the name of the field alone.
fn discriminator(schema: &mut Schema) {
    if let Some(Value::String(field)) = schema.get("discriminator") {
        let object = json!({ "propertyName": field });
        schema.insert("discriminator".to_owned(), object);
    }
}

/// A tuple becomes a list of whatever its places may hold.
fn tuple(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    let older = schema.get("items").is_some_and(Value::is_array);
    let (key, rest) = if older { ("items", "additionalItems") } else { ("prefixItems", "items") };
    if !older {
        if let Some(rest) = schema.shift_remove("additionalItems") {
            notes.keyword("additionalItems", at);
            drop(rest);
        }
        if !schema.contains_key("prefixItems") {
            return;
        }
    }
    let Some(Value::Array(mut places)) = schema.shift_remove(key) else { return };
    match schema.shift_remove(rest) {
        // Behind the named places there is nothing, or whatever they hold.
        Some(Value::Bool(false)) => {}
        Some(Value::Object(rest)) => places.push(Value::Object(rest)),
        // Without the keyword anything may follow; documents that list the places mean just these.
        _ => {}
    }
    let mut forms: Vec<Value> = Vec::new();
    for place in places {
        if !forms.contains(&place) {
            forms.push(place);
        }
    }
    if forms.len() > 1 {
        notes.add(&at.key(key), "a tuple: the list does not tell which place holds which form");
    }
    let items = match forms.len() {
        0 => json!({}),
        1 => forms.swap_remove(0),
        _ => json!({ "anyOf": forms }),
    };
    schema.insert("items".to_owned(), items);
    schema.entry("type").or_insert_with(|| "array".into());
}

/// Branches of a conditional that no rule can add to the schema around it.
fn conditional(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    const STRUCTURE: [&str; 6] = ["$ref", "allOf", "oneOf", "anyOf", "items", "additionalProperties"];
    for key in ["then", "else"] {
        let has_structure = |branch: &Value| STRUCTURE.iter().any(|keyword| branch.get(keyword).is_some());
        if schema.get(key).is_some_and(has_structure) {
            notes.add(&at.key(key), "a branch of a conditional: its fields stay in `extra`");
            schema.shift_remove(key);
        }
    }
}

/// Fields that depend on others become optional fields.
fn dependents(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    for key in ["dependentSchemas", "dependencies"] {
        let Some(Value::Object(branches)) = schema.shift_remove(key) else { continue };
        if branches.values().any(Value::is_array) {
            notes.keyword(key, at);
        }
        for branch in branches.into_iter().filter_map(|(_, branch)| branch.as_object().cloned()) {
            let Some(Value::Object(fields)) = branch.get("properties").cloned() else { continue };
            let known = schema.entry("properties").or_insert_with(|| json!({}));
            let Value::Object(known) = known else { return };
            for (name, field) in fields {
                known.entry(name).or_insert(field);
            }
        }
    }
}

/// Names by pattern make a map, whose values are those of the patterns if no other name is allowed.
fn patterns(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    const ANY_NAME: [&str; 7] = ["", ".*", "^.*$", ".+", "^.+$", "^.*", "."];
    let Some(Value::Object(patterns)) = schema.shift_remove("patternProperties") else { return };
    if patterns.is_empty() {
        return;
    }
    let closed = |key: &str| schema.get(key).is_some_and(|value| *value == Value::Bool(false));
    let covers_all = patterns.keys().any(|pattern| ANY_NAME.contains(&pattern.as_str()));
    let is_closed = closed("additionalProperties") || closed("unevaluatedProperties") || covers_all;
    let mut forms: Vec<Value> = patterns.into_iter().map(|(_, form)| form).collect();
    if let Some(rest @ Value::Object(_)) = schema.get("additionalProperties") {
        forms.push(rest.clone());
    } else if !is_closed {
        notes.add(&at.key("patternProperties"), "other names are allowed too: a map of any JSON");
        schema.entry("type").or_insert_with(|| "object".into());
        return;
    }
    forms.dedup();
    let values = if forms.len() == 1 { forms.swap_remove(0) } else { json!({ "anyOf": forms }) };
    schema.insert("additionalProperties".to_owned(), values);
    schema.entry("type").or_insert_with(|| "object".into());
}

/// Turns fields that nothing evaluates into additional ones, if no other schema takes part.
fn unevaluated(schema: &mut Schema) {
    let composed = ["allOf", "anyOf", "oneOf", "$ref", "if"].iter().any(|key| schema.contains_key(*key));
    if let Some(rest @ Value::Object(_)) = schema.get("unevaluatedProperties")
        && !composed
        && !schema.contains_key("additionalProperties")
    {
        let rest = rest.clone();
        schema.insert("additionalProperties".to_owned(), rest);
        schema.shift_remove("unevaluatedProperties");
    }
}

/// Values of a certain form beside named fields have no field of their own.
fn typed_rest(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    let has_fields = schema.get("properties").and_then(Value::as_object).is_some_and(|fields| !fields.is_empty());
    let rest = schema.get("additionalProperties").and_then(Value::as_object);
    if has_fields && rest.is_some_and(|rest| !rest.is_empty()) {
        notes.add(&at.key("additionalProperties"), "values beside named fields: they are in `extra`, as JSON");
    }
}

/// Turns the content of a string into a format: base64 has one, bytes as they are make a file, the rest is the text itself.
fn content(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    let media = schema.shift_remove("contentMediaType");
    schema.shift_remove("contentSchema").into_iter().for_each(|_| notes.keyword("contentSchema", at));
    let encoding = schema.get("contentEncoding").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let known = encoding.as_deref().is_some_and(|name| ["base64", "base64url"].contains(&name));
    if !known && schema.shift_remove("contentEncoding").is_some() && encoding.as_deref() != Some("binary") {
        notes.keyword("contentEncoding", at);
    }
    let Some(media) = media else { return };
    let is_raw = matches!(encoding.as_deref(), None | Some("binary"));
    let is_bytes = media.as_str().is_some_and(|media| {
        media == "application/octet-stream" || ["image/", "audio/", "video/"].iter().any(|kind| media.starts_with(kind))
    });
    if is_raw && is_bytes && !schema.contains_key("format") {
        schema.entry("type").or_insert_with(|| "string".into());
        schema.insert("format".to_owned(), "binary".into());
    } else {
        notes.keyword("contentMediaType", at);
    }
}

/// Gives types and values of an enum a form that fits together.
pub(super) fn types(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    if let Some(found) = schema.shift_remove("type") {
        let words: Vec<&Value> = match &found {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        let mut kinds: Vec<Value> = Vec::new();
        for word in words {
            let known = word.as_str().and_then(|word| type_name(word, schema));
            match known {
                Some("") => {}
                Some(name) if kinds.iter().any(|kind| kind == name) => {}
                Some(name) => kinds.push(name.into()),
                None => notes.add(&at.key("type"), format!("{word} is no type: passed over")),
            }
        }
        match kinds.len() {
            0 => {}
            1 => {
                schema.insert("type".to_owned(), kinds.swap_remove(0));
            }
            _ => {
                schema.insert("type".to_owned(), Value::Array(kinds));
            }
        }
    }
    constant(schema, at, notes);
    values(schema, at, notes);
}

/// The type that a word means; empty for one that says nothing. Words of other languages are common.
fn type_name(word: &str, schema: &mut Map<String, Value>) -> Option<&'static str> {
    let mut format = |format: &str| {
        schema.entry("format").or_insert_with(|| format.into());
        "string"
    };
    Some(match word.to_ascii_lowercase().as_str() {
        "string" | "str" | "text" | "uri" | "url" | "uuid" | "enum" => "string",
        "number" | "float" | "double" | "decimal" => "number",
        "integer" | "int" | "long" | "int32" | "int64" | "short" => "integer",
        "boolean" | "bool" => "boolean",
        "array" | "list" => "array",
        "object" | "dict" | "map" => "object",
        "null" | "none" => "null",
        "any" => "",
        "file" | "binary" => format("binary"),
        "date" => format("date"),
        "datetime" | "date-time" | "timestamp" => format("date-time"),
        _ => return None,
    })
}

/// A constant that no enum of OpenAPI 3.0 can hold is dropped; its type stays.
fn constant(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    let Some(value) = schema.get("const") else { return };
    if value.is_object() || value.is_array() {
        let kind = if value.is_object() { "object" } else { "array" };
        notes.add(&at.key("const"), "a constant object or list: its value is not checked");
        schema.shift_remove("const");
        schema.entry("type").or_insert_with(|| kind.into());
    } else if let Some(value) = schema.shift_remove("const") {
        if value.is_null() {
            schema.insert("const".to_owned(), value);
        } else {
            // An enum beside it says the same or more.
            schema.insert("enum".to_owned(), Value::Array(vec![value]));
        }
    }
}

/// Splits the values of an enum by their types, or turns them into the type that the schema has.
fn values(schema: &mut Schema, at: &Pointer<'_>, notes: &mut Notes) {
    let Some(found) = schema.get("enum") else { return };
    let here = at.key("enum");
    let Some(found) = found.as_array().filter(|values| !values.is_empty()).cloned() else {
        notes.add(&here, "no list of values: any value");
        schema.shift_remove("enum");
        return;
    };
    let null = found.iter().any(Value::is_null);
    let values: Vec<Value> = found.iter().filter(|value| !value.is_null()).cloned().collect();
    if values.is_empty() {
        return;
    }
    let types = match schema.get("type") {
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let concrete: Vec<&String> = types.iter().filter(|kind| *kind != "null").collect();
    let mut fitting: Vec<Value> = Vec::new();
    let mut lost = 0;
    for value in values {
        let value = match concrete.as_slice() {
            [kind] => coerced(value, kind),
            _ => Some(value).filter(|value| !value.is_object() && !value.is_array()),
        };
        lost += usize::from(value.is_none());
        fitting.extend(value);
    }
    if lost > 0 {
        notes.add(&here, format!("{lost} values that do not fit the type: passed over"));
    }
    if fitting.is_empty() {
        schema.shift_remove("enum");
        return;
    }
    let mixed = concrete.is_empty() && fitting.iter().any(|value| type_of(value) != type_of(&fitting[0]));
    if mixed {
        schema.shift_remove("enum");
        by_type(schema, fitting, null);
        return;
    }
    if concrete.is_empty() && !schema.contains_key("type") {
        schema.insert("type".to_owned(), type_of(&fitting[0]).into());
    }
    if null {
        fitting.push(Value::Null);
    }
    schema.insert("enum".to_owned(), Value::Array(fitting));
}

/// A union with a variant for each type of value.
fn by_type(schema: &mut Schema, values: Vec<Value>, null: bool) {
    let mut groups: Vec<(&'static str, Vec<Value>)> = Vec::new();
    for value in values {
        let kind = type_of(&value);
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, group)) => group.push(value),
            None => groups.push((kind, vec![value])),
        }
    }
    let variants: Vec<Value> =
        groups.into_iter().map(|(kind, values)| json!({ "type": kind, "enum": values })).collect();
    let union = Schema::from_iter([("anyOf".to_owned(), Value::Array(variants))]);
    if null {
        schema.insert("nullable".to_owned(), true.into());
    }
    if schema.contains_key("anyOf") {
        super::super::types::push_part(schema, union);
    } else {
        schema.extend(union);
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_i64().is_some() => "integer",
        Value::Number(_) => "number",
        _ => "string",
    }
}

/// A value as the type that its schema has; YAML writes the string `1` and the number alike.
fn coerced(value: Value, kind: &str) -> Option<Value> {
    Some(match (kind, value) {
        ("string", value @ Value::String(_)) => value,
        ("string", Value::Number(number)) => number.to_string().into(),
        ("string", Value::Bool(flag)) => flag.to_string().into(),
        ("integer", Value::Number(number)) => whole(&number)?.into(),
        ("integer", Value::String(text)) => text.trim().parse::<i64>().ok()?.into(),
        ("number", value @ Value::Number(_)) => value,
        ("number", Value::String(text)) => {
            Value::Number(text.trim().parse::<f64>().ok().and_then(serde_json::Number::from_f64)?)
        }
        ("boolean", value @ Value::Bool(_)) => value,
        ("boolean", Value::String(text)) => text.parse::<bool>().ok()?.into(),
        _ => return None,
    })
}

/// The integer of 64 bits that a number is.
fn whole(number: &serde_json::Number) -> Option<i64> {
    let float = number.as_f64()?;
    number.as_i64().or((float.fract() == 0.0 && float.abs() < 9.2e18).then_some(float as i64))
}
