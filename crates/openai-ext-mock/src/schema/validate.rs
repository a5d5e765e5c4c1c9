//! Checks a JSON value against a schema of the document.

use std::fmt;

use serde_json::{Map, Value};

use super::pattern::Pattern;
use super::reference::resolve;

/// A place at which a value does not fit its schema, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pointer: String,
    message: String,
}

impl Violation {
    /// The JSON pointer of the place, empty for the whole value.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// The expectation that the value at the place does not meet.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the value" } else { &self.pointer };
        write!(f, "{place}: {}", self.message)
    }
}

impl std::error::Error for Violation {}

/// Checks `value` against `schema`, whose references point into `root`. OpenAPI 3.0 and the everyday part of JSON Schema
/// are understood; what is not is not checked. `oneOf` asks for at least one variant: the variants of this API overlap.
pub(crate) fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), Violation> {
    Checker { root, pointer: String::new(), depth: 0 }.check(schema, value)
}

/// Deeper than any value that the server reads, so that only a schema that refers to itself in a circle gets here.
const MAX_DEPTH: usize = 600;

struct Checker<'a> {
    root: &'a Value,
    pointer: String,
    depth: usize,
}

type Checked = Result<(), Violation>;

impl Checker<'_> {
    fn check(&mut self, schema: &Value, value: &Value) -> Checked {
        self.depth += 1;
        let outcome =
            if self.depth > MAX_DEPTH { self.fail("the schema never ends") } else { self.check_all(schema, value) };
        self.depth -= 1;
        outcome
    }

    fn check_all(&mut self, schema: &Value, value: &Value) -> Checked {
        if let Some(reference) = schema["$ref"].as_str() {
            return match resolve(self.root, reference) {
                Some(target) => self.check(target, value),
                None => self.fail(format!("the schema refers to {reference}, which is not there")),
            };
        }
        if value.is_null() && schema["nullable"] == true {
            return Ok(());
        }
        self.check_type(schema, value)?;
        self.check_enum(schema, value)?;
        for part in list(schema, "allOf") {
            self.check(part, value)?;
        }
        for keyword in ["oneOf", "anyOf"] {
            self.check_union(schema, keyword, value)?;
        }
        if schema.get("not").is_some_and(|not| check(self.root, not, value).is_ok()) {
            return self.fail("has a combination that is not allowed");
        }
        match value {
            Value::Object(map) => self.check_object(schema, map),
            Value::Array(items) => self.check_array(schema, items),
            Value::String(text) => self.check_string(schema, text),
            Value::Number(number) => self.check_number(schema, number.as_f64().unwrap_or(0.0)),
            Value::Null | Value::Bool(_) => Ok(()),
        }
    }

    fn check_type(&mut self, schema: &Value, value: &Value) -> Checked {
        let fits = |kind: &Value| kind.as_str().is_none_or(|kind| is_type(kind, value));
        let expected = &schema["type"];
        match expected {
            Value::Array(kinds) if !kinds.iter().any(fits) => self.fail(format!("must be one of the types {expected}")),
            Value::String(kind) if !is_type(kind, value) => {
                self.fail(format!("must be {kind}, but is {}", type_name(value)))
            }
            _ => Ok(()),
        }
    }

    fn check_enum(&mut self, schema: &Value, value: &Value) -> Checked {
        if schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value)) {
            return self.fail(format!("must be one of {}", schema["enum"]));
        }
        match schema.get("const") {
            Some(only) if only != value => self.fail(format!("must be {only}")),
            _ => Ok(()),
        }
    }

    /// One variant has to fit. If none does, a variant whose tag fits tells why, else the one that got furthest.
    fn check_union(&mut self, schema: &Value, keyword: &str, value: &Value) -> Checked {
        let tag = schema["discriminator"]["propertyName"].as_str();
        let mut nearest: Option<(bool, Violation)> = None;
        let mut any = false;
        for variant in list(schema, keyword) {
            any = true;
            let Err(violation) = self.check(variant, value) else { return Ok(()) };
            // Several variants may share a tag, so that the first one with it need not be the one that was meant.
            let tag_fits = match tag {
                Some(tag) => self.has_tag(variant, tag, value),
                None => ["type", "role"].iter().any(|tag| self.has_tag(variant, tag, value)),
            };
            let rank = (tag_fits, violation.pointer.len());
            if nearest.as_ref().is_none_or(|(fits, known)| rank > (*fits, known.pointer.len())) {
                nearest = Some((tag_fits, violation));
            }
        }
        match nearest {
            Some((tag_fits, nearest)) if tag_fits || nearest.pointer.len() > self.pointer.len() => Err(nearest),
            _ if any => self.fail(format!("fits none of the variants of {keyword}")),
            _ => Ok(()),
        }
    }

    /// True if a variant's field `tag` has few values and the object's is one of them.
    fn has_tag(&self, variant: &Value, tag: &str, value: &Value) -> bool {
        let Some(value) = value.get(tag) else { return false };
        let variant = variant["$ref"].as_str().and_then(|name| resolve(self.root, name)).unwrap_or(variant);
        let parts = std::iter::once(variant).chain(list(variant, "allOf"));
        let mut fields = parts.filter_map(|part| {
            let part = part["$ref"].as_str().and_then(|name| resolve(self.root, name)).unwrap_or(part);
            part["properties"].get(tag)
        });
        fields.any(|field| field["enum"].as_array().is_some_and(|allowed| allowed.contains(value)))
    }

    fn check_object(&mut self, schema: &Value, map: &Map<String, Value>) -> Checked {
        for name in list(schema, "required").filter_map(Value::as_str) {
            if !map.contains_key(name) {
                return self.fail(format!("is missing the required field `{name}`"));
            }
        }
        if schema["maxProperties"].as_u64().is_some_and(|most| map.len() as u64 > most) {
            return self.fail(format!("must have at most {} fields", schema["maxProperties"]));
        }
        let extra = &schema["additionalProperties"];
        for (name, value) in map {
            match schema["properties"].get(name) {
                Some(property) => self.below(name, |checker| checker.check(property, value))?,
                None if *extra == false => return self.fail(format!("has the unknown field `{name}`")),
                None if extra.is_object() => self.below(name, |checker| checker.check(extra, value))?,
                None => {}
            }
            if let Some(names) = schema.get("x-property-names") {
                self.below(name, |checker| checker.check_string(names, name))?;
            }
        }
        Ok(())
    }

    fn check_array(&mut self, schema: &Value, items: &[Value]) -> Checked {
        let count = items.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|least| count < least) {
            return self.fail(format!("must have at least {} items", schema["minItems"]));
        }
        if schema["maxItems"].as_u64().is_some_and(|most| count > most) {
            return self.fail(format!("must have at most {} items", schema["maxItems"]));
        }
        if let Some(item_schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.below(&index.to_string(), |checker| checker.check(item_schema, item))?;
            }
        }
        Ok(())
    }

    fn check_string(&mut self, schema: &Value, text: &str) -> Checked {
        let length = text.chars().count() as u64;
        if schema["minLength"].as_u64().is_some_and(|least| length < least) {
            return self.fail(format!("must be at least {} characters long", schema["minLength"]));
        }
        if schema["maxLength"].as_u64().is_some_and(|most| length > most) {
            return self.fail(format!("must be at most {} characters long", schema["maxLength"]));
        }
        let pattern = schema["pattern"].as_str().and_then(Pattern::parse);
        if pattern.is_some_and(|pattern| !pattern.matches(text)) {
            return self.fail(format!("must match {}", schema["pattern"]));
        }
        Ok(())
    }

    fn check_number(&mut self, schema: &Value, number: f64) -> Checked {
        let bounds = NumberBounds::of(schema);
        if number < bounds.least || bounds.open_below && number == bounds.least {
            return self.fail(format!("is too small, the bound is {}", bounds.least));
        }
        if number > bounds.most || bounds.open_above && number == bounds.most {
            return self.fail(format!("is too large, the bound is {}", bounds.most));
        }
        Ok(())
    }

    fn below(&mut self, name: &str, check: impl FnOnce(&mut Self) -> Checked) -> Checked {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        let outcome = check(self);
        self.pointer.truncate(length);
        outcome
    }

    fn fail(&self, message: impl Into<String>) -> Checked {
        Err(Violation { pointer: self.pointer.clone(), message: message.into() })
    }
}

/// The range of a number, whichever way its schema writes it: exclusive bounds are booleans in OpenAPI 3.0 and numbers in
/// JSON Schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberBounds {
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) open_below: bool,
    pub(crate) open_above: bool,
}

impl NumberBounds {
    pub(crate) fn of(schema: &Value) -> Self {
        let (below, above) = (&schema["exclusiveMinimum"], &schema["exclusiveMaximum"]);
        Self {
            least: below.as_f64().or(schema["minimum"].as_f64()).unwrap_or(f64::NEG_INFINITY),
            most: above.as_f64().or(schema["maximum"].as_f64()).unwrap_or(f64::INFINITY),
            open_below: below.is_number() || *below == true,
            open_above: above.is_number() || *above == true,
        }
    }
}

fn list<'a>(schema: &'a Value, keyword: &str) -> impl Iterator<Item = &'a Value> {
    schema[keyword].as_array().into_iter().flatten()
}

fn is_type(kind: &str, value: &Value) -> bool {
    match kind {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        kind => kind == type_name(value),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(schema: Value, value: Value) -> String {
        let root = json!({"components": {"schemas": {
            "Cat": {"type": "object", "required": ["kind", "lives"],
                    "properties": {"kind": {"type": "string", "enum": ["cat"]}, "lives": {"type": "integer", "maximum": 9}}},
            "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": ["dog"]}}},
            "Round": {"allOf": [{"$ref": "#/components/schemas/Round"}]},
        }}});
        check(&root, &schema, &value).map_or_else(|violation| violation.to_string(), |()| "ok".to_owned())
    }

    #[test]
    fn each_keyword_is_checked() {
        let cases = [
            (json!({"type": "string"}), json!(1), "the value: must be string, but is number"),
            (json!({"type": "integer"}), json!(1.5), "the value: must be integer, but is number"),
            (json!({"type": "integer"}), json!(2.0), "ok"),
            (json!({"type": "string", "nullable": true}), json!(null), "ok"),
            (json!({"type": ["string", "null"]}), json!(null), "ok"),
            (json!({"enum": ["a", "b"]}), json!("c"), "the value: must be one of [\"a\",\"b\"]"),
            (json!({"const": 3}), json!(4), "the value: must be 3"),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!(1), "the value: is too small, the bound is 1"),
            (json!({"exclusiveMaximum": 5}), json!(5), "the value: is too large, the bound is 5"),
            (json!({"items": {"type": "boolean"}}), json!([true, 0]), "/1: must be boolean, but is number"),
            (json!({"minItems": 1}), json!([]), "the value: must have at least 1 items"),
            (json!({"maxLength": 2}), json!("äöü"), "the value: must be at most 2 characters long"),
            (json!({"pattern": "^[a-z]+$"}), json!("A"), "the value: must match \"^[a-z]+$\""),
            (json!({"required": ["a"]}), json!({}), "the value: is missing the required field `a`"),
            (json!({"additionalProperties": false}), json!({"a/b": 1}), "the value: has the unknown field `a/b`"),
            (
                json!({"additionalProperties": {"type": "string"}}),
                json!({"a/b": 1}),
                "/a~1b: must be string, but is number",
            ),
            (json!({"x-property-names": {"maxLength": 1}}), json!({"ab": 1}), "/ab: must be at most 1 characters long"),
            (
                json!({"not": {"required": ["a", "b"]}}),
                json!({"a": 1, "b": 2}),
                "the value: has a combination that is not allowed",
            ),
            (
                json!({"allOf": [{"type": "object"}, {"required": ["x"]}]}),
                json!({}),
                "the value: is missing the required field `x`",
            ),
        ];
        for (schema, value, expected) in cases {
            assert_eq!(message(schema.clone(), value), expected, "{schema}");
        }
    }

    #[test]
    fn a_union_tells_of_the_variant_whose_tag_fits() {
        let union = json!({"discriminator": {"propertyName": "kind"},
            "oneOf": [{"$ref": "#/components/schemas/Dog"}, {"$ref": "#/components/schemas/Cat"}]});
        assert_eq!(message(union.clone(), json!({"kind": "cat", "lives": 7})), "ok");
        assert_eq!(message(union.clone(), json!({"kind": "cat", "lives": 10})), "/lives: is too large, the bound is 9");
        assert!(message(union, json!({"kind": "cow"})).starts_with("/kind: must be one of"));
    }

    #[test]
    fn a_schema_without_end_is_a_violation() {
        assert_eq!(
            message(json!({"$ref": "#/components/schemas/Round"}), json!(1)),
            "the value: the schema never ends"
        );
        assert!(message(json!({"$ref": "#/nowhere"}), json!(1)).contains("#/nowhere"));
    }
}
