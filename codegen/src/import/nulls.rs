//! Null in the form of OpenAPI 3.0: a flag on the place that may be null, never on a component or a variant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::error::ImportError;
use super::refs;
use super::report::{Report, Rule};
use super::types::{self, Schema};
use super::walk;

/// Keywords that tell about a place rather than about its values; at the place, the place's own win.
const ANNOTATIONS: [&str; 5] = ["title", "default", "deprecated", "readOnly", "writeOnly"];

/// Takes "null" out of a list of types.
pub(super) fn in_types(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Array(types)) = schema.get_mut("type") else {
        return;
    };
    let before = types.len();
    types.retain(|kind| kind != "null");
    if types.len() == before {
        return;
    }
    if types.is_empty() {
        schema.insert("type".to_owned(), "null".into());
        return;
    }
    set_nullable(schema);
    report.add(Rule::NullInTypes);
}

/// Takes null out of an enum with other values.
pub(super) fn in_enum(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Array(values)) = schema.get_mut("enum") else {
        return;
    };
    let before = values.len();
    if before > 1 && values.contains(&Value::Null) {
        values.retain(|value| !value.is_null());
        if values.is_empty() {
            values.push(Value::Null);
            return;
        }
        set_nullable(schema);
        report.add(Rule::NullInEnum);
    }
}

/// Takes the null variant out of a union; a union of one variant then becomes that variant.
pub(super) fn in_union(schema: &mut Schema, report: &mut Report) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(variants)) = schema.get_mut(key) else {
            continue;
        };
        let before = variants.len();
        variants.retain(|variant| !is_null(variant));
        if variants.len() == before {
            continue;
        }
        report.add(Rule::NullVariant);
        match variants.len() {
            0 => {
                schema.remove(key);
                schema.insert("type".to_owned(), "null".into());
                continue;
            }
            1 => {
                let only = variants.pop();
                schema.remove(key);
                if let Some(Value::Object(only)) = only {
                    merge(schema, only);
                }
            }
            _ => {}
        }
        set_nullable(schema);
        refs::wrap(schema, report);
    }
}

fn is_null(schema: &Value) -> bool {
    schema.as_object().is_some_and(is_null_only)
}

fn is_null_only(schema: &Schema) -> bool {
    let only_null = |values: &Value| values.as_array().is_some_and(|values| values.iter().all(Value::is_null));
    schema.get("type").is_some_and(|kind| kind == "null") || schema.get("enum").is_some_and(only_null)
}

/// Puts a union's only variant where the union was.
fn merge(schema: &mut Schema, mut variant: Schema) {
    for key in ANNOTATIONS {
        if let (Some(_), Some(_)) = (schema.get(key), variant.get(key)) {
            variant.remove(key);
        }
    }
    if variant.iter().any(|(key, value)| schema.get(key).is_some_and(|other| other != value)) {
        // The two restrict the same thing differently, so that both have to stay.
        types::push_part(schema, variant);
    } else {
        schema.extend(variant);
    }
}

/// Makes a union nullable instead of its variants, and an `allOf` instead of its parts.
pub(super) fn hoist(schema: &mut Schema, report: &mut Report) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(variants)) = schema.get_mut(key) else {
            continue;
        };
        let count = variants.iter_mut().filter(|variant| is_nullable(variant)).map(strip).count();
        if count > 0 {
            set_nullable(schema);
            (0..count).for_each(|_| report.add(Rule::NullableVariant));
        }
    }
    hoist_from_parts(schema, report);
}

fn hoist_from_parts(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Array(parts)) = schema.get_mut("allOf") else {
        return;
    };
    let before = parts.len();
    parts.retain(|part| part.as_object().is_none_or(|part| !(part.len() == 1 && is_set(part))));
    let had_flag = parts.len() < before;
    // Null has to satisfy every part.
    let all = !parts.is_empty() && parts.iter().all(is_nullable);
    if all {
        parts.iter_mut().for_each(strip);
    }
    // A lone part that loses the flag is a use of a nullable component, and counted as that.
    if had_flag || (all && parts.len() > 1) {
        report.add(Rule::NullableAllOfPart);
    }
    if parts.is_empty() {
        schema.remove("allOf");
    }
    if had_flag || all {
        set_nullable(schema);
    }
}

/// Takes the flag from parts of an `allOf` whose other parts do not allow null, so that it has no effect.
fn without_effect(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Array(parts)) = schema.get_mut("allOf") else {
        return;
    };
    for part in parts.iter_mut().filter(|part| is_nullable(part)) {
        strip(part);
        report.add(Rule::NullablePartDropped);
    }
}

/// Turns a schema that allows null only, outside unions, into a nullable enum of null. What else it says about its
/// values says nothing.
pub(super) fn alone(schema: &mut Schema, report: &mut Report) {
    if !is_null_only(schema) {
        return;
    }
    schema.retain(|key, _| ANNOTATIONS.contains(&key.as_str()));
    schema.insert("enum".to_owned(), Value::Array(vec![Value::Null]));
    set_nullable(schema);
    report.add(Rule::OnlyNull);
}

/// Moves `nullable` from the roots of component schemas to every place that uses them.
pub(super) fn lift_components(document: &mut Value, report: &mut Report) -> Result<(), ImportError> {
    // A use may be the root of another component, which then is nullable in turn.
    loop {
        let nullable = nullable_components(document, report);
        if nullable.is_empty() {
            break;
        }
        walk::schemas(document, |schema, _| {
            if refs::target(schema).is_some_and(|name| nullable.contains(&name)) {
                report.add(Rule::NullableUse);
                set_nullable(schema);
                refs::wrap(schema, report);
            }
            hoist(schema, report);
            Ok(())
        })?;
    }
    // Only now is it known which parts of an `allOf` are nullable.
    walk::schemas(document, |schema, _| {
        without_effect(schema, report);
        Ok(())
    })
}

/// Takes the flag from the component schemas that have it and names them.
fn nullable_components(document: &mut Value, report: &mut Report) -> BTreeSet<String> {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let mut names = BTreeSet::new();
    for (name, schema) in schemas.into_iter().flatten() {
        if is_nullable(schema) {
            strip(schema);
            report.add(Rule::NullableComponent);
            names.insert(name.clone());
        }
    }
    names
}

/// Whether null is one of the values; a schema that has no other value has to keep the flag where it is.
fn is_nullable(schema: &Value) -> bool {
    schema.as_object().is_some_and(is_set) && !is_null(schema)
}

fn is_set(schema: &Schema) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

fn set_nullable(schema: &mut Schema) {
    schema.insert("nullable".to_owned(), Value::Bool(true));
}

/// Takes the flag from a schema; an `allOf` that only carried it becomes the `$ref` again.
fn strip(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("nullable");
    let only_part = match map.get_mut("allOf") {
        Some(Value::Array(parts)) if parts.len() == 1 && parts[0].get("$ref").is_some() => parts.pop(),
        _ => return,
    };
    if let (Some(part), 1) = (&only_part, map.len()) {
        *schema = part.clone();
    } else if let (Some(part), Some(Value::Array(parts))) = (only_part, map.get_mut("allOf")) {
        parts.push(part);
    }
}
