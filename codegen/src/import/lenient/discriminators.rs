//! The values of a discriminator's mapping as the only values of the field in each form, which is how the generator
//! tells forms apart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::pointer::unescape;
use super::super::refs::target;
use super::super::walk;

const SCHEMAS: &str = "#/components/schemas/";

/// The values of the field for each component, by component and field.
type Values = BTreeMap<(String, String), BTreeSet<String>>;

/// Narrows the field in every form that a mapping names.
pub(super) fn narrow(document: &mut Value) {
    let mut values = Values::new();
    // The visit has no errors.
    let _ = walk::schemas(document, |schema, _| {
        collect(schema, &mut values);
        Ok(())
    });
    for ((name, field), values) in &values {
        if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
            narrow_one(schemas, name, field, values);
        }
    }
}

/// The values of one union, each for a form that the union has.
fn collect(schema: &Map<String, Value>, values: &mut Values) {
    let Some(discriminator) = schema.get("discriminator") else { return };
    let Some(field) = discriminator.get("propertyName").and_then(Value::as_str) else { return };
    let mapping = discriminator.get("mapping").and_then(Value::as_object);
    let forms = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let forms: BTreeSet<String> = forms.filter_map(|form| target(form.as_object()?)).collect();
    for (value, form) in mapping.into_iter().flatten() {
        let name = form.as_str().and_then(|form| form.strip_prefix(SCHEMAS)).map(unescape);
        if let Some(name) = name.filter(|name| forms.contains(name)) {
            values.entry((name, field.to_owned())).or_default().insert(value.clone());
        }
    }
}

fn narrow_one(schemas: &mut Map<String, Value>, name: &str, field: &str, values: &BTreeSet<String>) {
    let narrowed = json!({ "type": "string", "enum": values });
    let Some(Value::Object(schema)) = schemas.get(name) else { return };
    let own = schema.get("properties").and_then(|fields| fields.get(field));
    let inherits = schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| !parts.is_empty());
    let may_narrow = |field: &Value| {
        let known = field.get("enum").and_then(Value::as_array);
        let is_wider = |known: &Vec<Value>| values.iter().all(|value| known.iter().any(|other| other == value));
        let is_text = field.get("type").is_some_and(|kind| kind == "string");
        is_text && known.is_none_or(is_wider) && field.get("nullable").is_none()
    };
    let is_own = match own {
        Some(own) => may_narrow(own),
        None if inherits => match inherited(schemas, schema, field, 0) {
            Some(base) => may_narrow(base),
            None => false,
        },
        None => false,
    };
    if !is_own {
        return;
    }
    let place = if own.is_some() {
        schemas.get_mut(name).and_then(|schema| schema.get_mut("properties")).and_then(Value::as_object_mut)
    } else {
        let parts = schemas.get_mut(name).and_then(|schema| schema.get_mut("allOf")).and_then(Value::as_array_mut);
        parts.and_then(|parts| {
            parts.push(json!({ "type": "object", "properties": {} }));
            parts.last_mut()?.get_mut("properties")?.as_object_mut()
        })
    };
    if let Some(place) = place {
        place.insert(field.to_owned(), narrowed);
    }
}

/// The field as the parts of a schema have it; the last one counts.
fn inherited<'a>(
    schemas: &'a Map<String, Value>,
    schema: &'a Map<String, Value>,
    field: &str,
    depth: usize,
) -> Option<&'a Value> {
    /// Chains of parts are cut before they are longer.
    const MOST: usize = 100;
    if depth > MOST {
        return None;
    }
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten().rev();
    let mut found = parts.filter_map(Value::as_object).filter_map(|part| match target(part) {
        Some(name) => inherited(schemas, schemas.get(&name)?.as_object()?, field, depth + 1),
        None => inherited(schemas, part, field, depth + 1),
    });
    schema.get("properties").and_then(|fields| fields.get(field)).or_else(|| found.next())
}
