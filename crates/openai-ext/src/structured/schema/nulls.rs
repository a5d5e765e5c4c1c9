//! Conversion of a schema to a dialect that has no lists of types.

use serde_json::{Value, json};

use super::merge::{Members, merge, taken};
use super::strict::{decode, split};

/// Members whose value is a schema.
pub(super) const SCHEMAS: [&str; 11] = [
    "items",
    "additionalItems",
    "additionalProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
];

/// Members whose value is an object of schemas.
pub(super) const MAPS: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

/// Members whose value is a list of schemas.
pub(super) const LISTS: [&str; 5] = ["anyOf", "oneOf", "allOf", "prefixItems", "items"];

/// The number of references that are replaced at most, so that definitions which double at each level stay small.
const MAX_INLINED: usize = 1000;

/// The depth below which references stay, for the sake of the stack.
const MAX_DEPTH: usize = 100;

/// The form in which a schema says that a value may be null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NullForm {
    AnyOf,
    Nullable,
}

/// A conversion under way.
pub(super) struct Conversion {
    form: NullForm,
    /// The definitions as they were, where references are replaced.
    root: Value,
    /// References that are being replaced.
    around: Vec<String>,
    inlined: usize,
    depth: usize,
}

impl Conversion {
    #[inline]
    pub(super) fn new(form: NullForm, root: &Value) -> Self {
        let root = if form == NullForm::Nullable { root.clone() } else { Value::Null };
        Self { form, root, around: Vec::new(), inlined: 0, depth: 0 }
    }

    #[inline]
    pub(super) fn run(mut self, mut schema: Value) -> Value {
        if self.form == NullForm::AnyOf {
            self.schema(&mut schema);
            return schema;
        }
        let definitions = ["$defs", "definitions"].map(|place| take(&mut schema, place).map(|all| (place, all)));
        self.schema(&mut schema);
        let kept = self.kept_definitions(&schema, definitions.into_iter().flatten().collect());
        if let Value::Object(members) = &mut schema {
            members.extend(kept);
        }
        schema
    }

    /// Converts the definitions that something still refers to.
    #[inline]
    fn kept_definitions(&mut self, schema: &Value, all: Vec<(&'static str, Value)>) -> Members {
        let mut kept = Members::new();
        let mut wanted = Vec::new();
        references(schema, &mut wanted);
        while let Some(reference) = wanted.pop() {
            let Some((place, name)) = split(&reference) else { continue };
            let Some((place, definitions)) = all.iter().find(|(known, _)| *known == place) else { continue };
            let name = decode(name).replace("~1", "/").replace("~0", "~");
            let known = kept.get(*place).is_some_and(|known: &Value| known.get(&name).is_some());
            let Some(mut definition) = definitions.get(&name).filter(|_| !known).cloned() else { continue };
            self.around.push(reference);
            self.schema(&mut definition);
            self.around.pop();
            references(&definition, &mut wanted);
            kept.entry(*place).or_insert_with(|| json!({}))[name] = definition;
        }
        kept
    }

    #[inline]
    fn schema(&mut self, schema: &mut Value) {
        let Value::Object(members) = schema else { return };
        let followed = self.around.len();
        self.depth += 1;
        if self.form == NullForm::Nullable {
            self.inline(members);
        }
        for (name, value) in members.iter_mut() {
            match (name.as_str(), value) {
                (name, Value::Object(all)) if MAPS.contains(&name) => all.values_mut().for_each(|one| self.schema(one)),
                (name, Value::Array(all)) if LISTS.contains(&name) => all.iter_mut().for_each(|one| self.schema(one)),
                (name, value) if SCHEMAS.contains(&name) => self.schema(value),
                _ => {}
            }
        }
        self.depth -= 1;
        self.around.truncate(followed);
        match self.form {
            NullForm::Nullable => nullable(members),
            NullForm::AnyOf => any_of(members),
        }
    }

    /// Replaces references by what they refer to, unless one leads to a type around it.
    #[inline]
    fn inline(&mut self, members: &mut Members) {
        while let Some(Value::String(reference)) = members.get("$ref") {
            let definition = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(&decode(pointer)));
            let is_near = self.inlined < MAX_INLINED && self.depth < MAX_DEPTH && !self.around.contains(reference);
            let Some(Value::Object(definition)) = definition.filter(|_| is_near && split(reference).is_some()) else {
                return;
            };
            let mut outer = members.clone();
            taken(&mut outer, "$ref");
            // What can't be merged stays a reference, beside what holds as well.
            let Ok(merged) = merge(&outer, definition) else { return };
            self.around.push(reference.clone());
            self.inlined += 1;
            *members = merged;
        }
    }
}

/// Takes lists of types apart into an `anyOf`.
#[inline]
fn any_of(members: &mut Members) {
    let Some(kinds) = kinds_of(members) else { return };
    let (variants, mut outer) = variants(members, &kinds);
    if variants.is_empty() {
        return;
    }
    match <[Members; 1]>::try_from(variants) {
        Ok([one]) => outer.extend(one),
        Err(variants) => add_union(&mut outer, variants),
    }
    *members = outer;
}

/// Says by `nullable` what lists of types and unions say of null, and by an `enum` what `const` says.
#[inline]
fn nullable(members: &mut Members) {
    if let Some(value) = taken(members, "const") {
        members.entry("enum").or_insert_with(|| json!([value]));
    }
    bounds(members);
    let takes_null = takes_null(members);
    let mut changed = false;
    if let Some(kinds) = kinds_of(members) {
        let (mut variants, mut outer) = variants(members, &kinds);
        let count = variants.len();
        variants.retain(|variant| !is_null(variant));
        if variants.is_empty() {
            // A value that is always null has no other form.
            return;
        }
        changed = variants.len() < count;
        match <[Members; 1]>::try_from(variants) {
            Ok([one]) => outer.extend(one),
            Err(variants) => add_union(&mut outer, variants),
        }
        *members = outer;
    }
    changed |= without_null_variant(members, "anyOf") | without_null_variant(members, "oneOf");
    if changed && takes_null {
        if let Some(reference) = taken(members, "$ref") {
            // Beside a reference nothing counts.
            add_union(members, vec![member("$ref", reference)]);
        }
        members.insert("nullable".to_owned(), true.into());
    }
}

/// Returns true if null fits a schema whose parts are converted already. Of a reference that stays it is not known.
#[inline]
fn takes_null(members: &Members) -> bool {
    let takes = |schema: &&Value| schema.as_object().map_or(**schema != false, takes_null);
    members.get("nullable").is_some_and(|nullable| *nullable == true)
        || members.iter().all(|(name, rule)| match (name.as_str(), rule) {
            ("type", Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
            ("type", kind) => kind == "null",
            ("enum", Value::Array(values)) => values.iter().any(Value::is_null),
            ("anyOf", Value::Array(all)) => all.iter().any(|one| takes(&one)),
            ("oneOf", Value::Array(all)) => all.iter().filter(takes).count() == 1,
            ("allOf", Value::Array(all)) => all.iter().all(|one| takes(&one)),
            ("$ref" | "not", _) => false,
            _ => true,
        })
}

/// Takes null out of a union. A union of one that is left is merged with what is beside it.
#[inline]
fn without_null_variant(members: &mut Members, union: &str) -> bool {
    let Some(Value::Array(variants)) = members.get_mut(union) else { return false };
    let count = variants.len();
    if count < 2 || variants.iter().all(is_null_schema) {
        return false;
    }
    variants.retain(|variant| !is_null_schema(variant));
    if variants.len() == count {
        return false;
    }
    if let [Value::Object(one)] = variants.as_slice()
        && !one.contains_key("$ref")
    {
        let one = one.clone();
        let mut outer = members.clone();
        taken(&mut outer, union);
        let is_apart = !(one.contains_key("required") && outer.contains_key("required"));
        if let Some(merged) = merge(&outer, &one).ok().filter(|_| is_apart) {
            *members = merged;
        }
    }
    true
}

#[inline]
fn is_null_schema(schema: &Value) -> bool {
    schema.as_object().is_some_and(is_null)
}

/// Returns true if nothing but null fits the schema.
#[inline]
fn is_null(members: &Members) -> bool {
    let all_null =
        |value: &Value| value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_null));
    members.get("type").is_some_and(|kind| *kind == "null" || *kind == json!(["null"]))
        || members.get("const").is_some_and(Value::is_null)
        || members.get("enum").is_some_and(all_null)
}

/// Returns the types of a schema that has a list of them, or values of an enum that may be null without saying the type.
#[inline]
fn kinds_of(members: &Members) -> Option<Vec<String>> {
    let values = members.get("enum").and_then(Value::as_array);
    match members.get("type") {
        Some(Value::Array(kinds)) => Some(kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        None if values.is_some_and(|values| values.len() > 1 && values.iter().any(Value::is_null)) => {
            let mut kinds: Vec<String> = Vec::new();
            for value in values.into_iter().flatten() {
                let kind = kind_of(value);
                if !kinds.iter().any(|known| known == kind) {
                    kinds.push(kind.to_owned());
                }
            }
            Some(kinds)
        }
        _ => None,
    }
    .filter(|kinds| !kinds.is_empty())
}

/// Returns a schema of one member.
#[inline]
fn member(name: &str, value: Value) -> Members {
    let mut members = Members::new();
    members.insert(name.to_owned(), value);
    members
}

/// Returns the schema of each type with the members that concern it, and the members that concern all. A type that no value
/// of the `enum` has is left out.
#[inline]
fn variants(members: &Members, kinds: &[String]) -> (Vec<Members>, Members) {
    let mut outer = Members::new();
    let mut variants: Vec<Members> = kinds.iter().map(|kind| member("type", kind.as_str().into())).collect();
    for (name, value) in members.iter().filter(|(name, _)| *name != "type") {
        let mut is_special = false;
        for (variant, kind) in variants.iter_mut().zip(kinds) {
            match (name.as_str(), value) {
                ("enum", Value::Array(values)) => {
                    let fitting: Vec<_> = values.iter().filter(|value| fits(value, kind)).cloned().collect();
                    variant.insert(name.clone(), fitting.into());
                }
                ("const", _) => drop(variant.insert(name.clone(), value.clone())),
                _ if concerns(name, kind) => drop(variant.insert(name.clone(), value.clone())),
                _ => continue,
            }
            is_special = true;
        }
        if !is_special {
            outer.insert(name.clone(), value.clone());
        }
    }
    variants.retain(|variant| {
        let kind = variant.get("type").and_then(Value::as_str).unwrap_or_default();
        let is_empty = variant.get("enum").and_then(Value::as_array).is_some_and(Vec::is_empty);
        !is_empty && variant.get("const").is_none_or(|value| fits(value, kind))
    });
    for variant in &mut variants {
        if variant.get("type").is_some_and(|kind| kind == "null") {
            // It says all that there is.
            variant.retain(|name, _| name == "type");
        }
    }
    (variants, outer)
}

/// Adds a union to what holds beside it.
#[inline]
fn add_union(members: &mut Members, variants: Vec<Members>) {
    let union = json!(variants);
    match taken(members, "anyOf") {
        None => drop(members.insert("anyOf".to_owned(), union)),
        Some(other) => {
            let both = [json!({"anyOf": other}), json!({"anyOf": union})];
            match members.get_mut("allOf") {
                Some(Value::Array(all)) => all.extend(both),
                _ => drop(members.insert("allOf".to_owned(), both.into_iter().collect())),
            }
        }
    }
}

#[inline]
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[inline]
fn fits(value: &Value, kind: &str) -> bool {
    kind_of(value) == kind || (kind == "number" && value.is_number())
}

/// Returns true if a keyword restricts values of this type.
#[inline]
fn concerns(keyword: &str, kind: &str) -> bool {
    match keyword {
        "minLength" | "maxLength" | "pattern" | "format" | "contentEncoding" | "contentMediaType"
            if kind == "string" =>
        {
            true
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" | "format" => {
            matches!(kind, "integer" | "number")
        }
        "items" | "prefixItems" | "additionalItems" | "minItems" | "maxItems" | "uniqueItems" | "contains"
        | "minContains" | "maxContains" | "unevaluatedItems" => kind == "array",
        "properties"
        | "required"
        | "additionalProperties"
        | "patternProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties"
        | "dependentRequired"
        | "dependentSchemas"
        | "unevaluatedProperties" => kind == "object",
        _ => false,
    }
}

/// Writes exclusive bounds as OpenAPI 3.0 does: inclusive ones of integers, else as a mark of the bound.
#[inline]
fn bounds(members: &mut Members) {
    let is_integer = match members.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().all(|kind| kind == "integer" || kind == "null"),
        kind => kind.is_some_and(|kind| kind == "integer"),
    };
    for (exclusive, inclusive, step) in [("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)] {
        let Some(bound) = members.get(exclusive).filter(|bound| bound.is_number()).cloned() else { continue };
        let distance = |other: &Value| Some((bound.as_f64()? - other.as_f64()?) * f64::from(step));
        if members.get(inclusive).and_then(distance).is_some_and(|distance| distance < 0.0) {
            // The other bound is narrower.
            taken(members, exclusive);
            continue;
        }
        match bound.as_i64().and_then(|bound| bound.checked_add(step.into())) {
            Some(bound) if is_integer => {
                taken(members, exclusive);
                members.insert(inclusive.to_owned(), bound.into());
            }
            _ => {
                members.insert(inclusive.to_owned(), bound);
                members.insert(exclusive.to_owned(), true.into());
            }
        }
    }
}

/// Takes a member out of an object.
#[inline]
fn take(schema: &mut Value, name: &str) -> Option<Value> {
    taken(schema.as_object_mut()?, name)
}

/// Adds the references of a schema, in the order in which they stand.
#[inline]
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(reference) if name == "$ref" => found.push(reference.clone()),
                    value => references(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
