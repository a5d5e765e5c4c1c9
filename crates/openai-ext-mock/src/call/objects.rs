//! Objects of the document: made from their schema, so that fields that are new in the document are there by themselves,
//! and then told what matters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::operation_call::Call;
use crate::document;
use crate::schema::{self, generate, validate};

/// A component with these fields set. A null takes away what the schema does not let be null.
pub(crate) fn make(call: &Call<'_>, component: &str, fields: Value) -> Value {
    let schema = document::component(component);
    let made = schema.and_then(|schema| call.plain_generator().generate(schema));
    let mut object = made.filter(Value::is_object).unwrap_or_else(|| Value::Object(Map::new()));
    set(component, &mut object, fields);
    object
}

/// Sets fields of an object, with nulls as [`make`] takes them.
pub(crate) fn set(component: &str, object: &mut Value, fields: Value) {
    let (Value::Object(object), Value::Object(fields)) = (object, fields) else {
        return;
    };
    let shape = document::component(component).map(Shape::of).unwrap_or_default();
    for (name, value) in fields {
        let kept = !value.is_null() || shape.properties.get(name.as_str()).is_none_or(|schema| is_nullable(schema));
        if kept {
            object.insert(name, value);
        } else if !shape.required.contains(name.as_str()) {
            object.remove(&name);
        }
    }
}

/// Those fields of a request that the component has too and that fit there.
pub(crate) fn known(component: &str, body: &Value) -> Map<String, Value> {
    let shape = document::component(component).map(Shape::of).unwrap_or_default();
    let fits = |name: &str, value: &Value| {
        let schema = shape.properties.get(name);
        schema.is_some_and(|schema| validate::check(document::root(), schema, value).is_ok())
    };
    let fields = body.as_object().into_iter().flatten();
    fields.filter(|(name, value)| fits(name, value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Takes over what an update's body says of the object, but not who it is or how it stands.
pub(crate) fn amend(component: &str, object: &mut Value, body: &Value) {
    let mut fields = known(component, body);
    fields.retain(|name, _| !["id", "object", "created_at", "status"].contains(&name.as_str()));
    set(component, object, Value::Object(fields));
}

/// The value in the form of another schema: what an answer must have and the value has not is made up, and what does not
/// fit is left out. None if the two have nothing in common.
pub(crate) fn fit(call: &Call<'_>, schema: &'static Value, value: &Value) -> Option<Value> {
    if validate::check(document::root(), schema, value).is_ok() {
        return Some(value.clone());
    }
    let schema = schema::follow(document::root(), schema)?;
    if let Some(variants) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return variants
            .iter()
            .filter(|variant| tags_agree(variant, value))
            .find_map(|variant| fit(call, variant, value));
    }
    let fitted = match value {
        Value::Object(map) => fit_object(call, schema, map)?,
        Value::Array(items) => items.iter().filter_map(|item| fit(call, schema.get("items")?, item)).collect(),
        _ => return None,
    };
    validate::check(document::root(), schema, &fitted).is_ok().then_some(fitted)
}

fn fit_object(call: &Call<'_>, schema: &'static Value, map: &Map<String, Value>) -> Option<Value> {
    let shape = Shape::of(schema);
    let mut fitted = Map::new();
    for (name, value) in map {
        let part = match shape.properties.get(name.as_str()) {
            Some(property) => fit(call, property, value),
            None => Some(value.clone()),
        };
        fitted.extend(part.map(|part| (name.clone(), part)));
    }
    if shape.required.iter().any(|name| !fitted.contains_key(*name)) {
        let made = call.plain_generator().generate(schema)?;
        for name in shape.required {
            let value = fitted.remove(name).or_else(|| made.get(name).cloned())?;
            fitted.insert(name.to_owned(), value);
        }
    }
    Some(Value::Object(fitted))
}

/// True if nothing that the variant says of `type` and `role` excludes the value.
pub(crate) fn tags_agree(variant: &'static Value, value: &Value) -> bool {
    let shape = Shape::of(variant);
    ["type", "role"].iter().all(|tag| match (shape.properties.get(tag), value.get(*tag)) {
        (Some(schema), Some(found)) => validate::check(document::root(), schema, found).is_ok(),
        _ => true,
    })
}

/// The fields of a schema with all of its parts.
#[derive(Default)]
pub(crate) struct Shape {
    pub(crate) properties: BTreeMap<&'static str, &'static Value>,
    pub(crate) required: BTreeSet<&'static str>,
}

impl Shape {
    pub(crate) fn of(schema: &'static Value) -> Self {
        let mut shape = Self::default();
        shape.add(schema, 0);
        shape
    }

    fn add(&mut self, schema: &'static Value, depth: usize) {
        let Some(schema) = schema::follow(document::root(), schema).filter(|_| depth < 16) else {
            return;
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        self.properties.extend(properties.map(|(name, property)| (name.as_str(), property)));
        self.required.extend(schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(part, depth + 1);
        }
    }
}

pub(crate) fn is_nullable(schema: &'static Value) -> bool {
    generate::is_nullable(document::root(), schema)
}
