//! Types, constants and bounds in the form of OpenAPI 3.0, and so that openapiv3 reads them without loss.

use serde_json::{Map, Number, Value};

use super::error::{ImportError, Problem};
use super::pointer::Pointer;
use super::report::{Report, Rule};

/// A schema as JSON.
pub(super) type Schema = Map<String, Value>;

/// Turns a `const` into an enum of one value.
pub(super) fn constant(schema: &mut Schema, report: &mut Report) {
    let Some(value) = schema.remove("const") else {
        return;
    };
    report.add(Rule::Const);
    if value.is_null() {
        schema.insert("type".to_owned(), "null".into());
        schema.remove("enum");
        return;
    }
    schema.insert("enum".to_owned(), Value::Array(vec![value]));
}

/// Turns a list of types into one type, or into a union with a variant for each.
///
/// Null has left the list before. A keyword goes to the variants it can apply to.
pub(super) fn type_array(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Array(types)) = schema.get("type").cloned() else {
        return;
    };
    schema.remove("type");
    if let [kind] = types.as_slice() {
        schema.insert("type".to_owned(), kind.clone());
        return;
    }
    report.add(Rule::TypeArray);
    let (specific, rest): (Schema, Schema) =
        std::mem::take(schema).into_iter().partition(|(key, _)| !applies_to(key).is_empty());
    *schema = rest;
    let kinds = types.iter().filter_map(Value::as_str);
    let variants: Vec<Value> = kinds.filter_map(|kind| variant(kind, &specific)).collect();
    let union = Schema::from_iter([("anyOf".to_owned(), Value::Array(variants))]);
    if schema.contains_key("anyOf") {
        push_part(schema, union);
    } else {
        schema.extend(union);
    }
}

/// The variant of one type; none if the schema's enum has no value of that type.
fn variant(kind: &str, specific: &Schema) -> Option<Value> {
    let mut variant = Schema::from_iter([("type".to_owned(), kind.into())]);
    for (key, value) in specific {
        if applies_to(key).contains(&kind) {
            let value = match key.as_str() {
                "enum" => of_type(value, kind)?,
                _ => value.clone(),
            };
            variant.insert(key.clone(), value);
        }
    }
    Some(Value::Object(variant))
}

/// Adds a part to the `allOf` of a schema.
pub(super) fn push_part(schema: &mut Schema, part: Schema) {
    let parts = schema.entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(parts) = parts {
        parts.push(Value::Object(part));
    }
}

/// The types that a keyword says something about; none for a keyword that does not depend on the type.
fn applies_to(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "minLength" | "maxLength" | "pattern" | "contentEncoding" => &["string"],
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => &["number", "integer"],
        "format" => &["string", "number", "integer"],
        "items" | "minItems" | "maxItems" | "uniqueItems" => &["array"],
        "properties"
        | "required"
        | "additionalProperties"
        | "minProperties"
        | "maxProperties"
        | "x-property-names"
        | "discriminator" => &["object"],
        "enum" => &["string", "number", "integer", "boolean", "array", "object"],
        _ => &[],
    }
}

fn of_type(values: &Value, kind: &str) -> Option<Value> {
    let fitting: Vec<Value> = values.as_array()?.iter().filter(|value| is_a(value, kind)).cloned().collect();
    (!fitting.is_empty()).then_some(Value::Array(fitting))
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        other => type_of(value).is_some_and(|name| name == other || (name == "integer" && other == "number")),
    }
}

fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    }
}

/// Fills in a type that other keywords tell: fields make an object, items an array, the values of an enum their type.
pub(super) fn missing_type(schema: &mut Schema, report: &mut Report) {
    if schema.contains_key("type") || schema.contains_key("$ref") {
        return;
    }
    let kind = if schema.contains_key("properties") || schema.contains_key("additionalProperties") {
        Some("object")
    } else if schema.contains_key("items") {
        Some("array")
    } else {
        let mut kinds = schema.get("enum").and_then(Value::as_array).into_iter().flatten().map(type_of);
        let first = kinds.next().flatten();
        first.filter(|first| kinds.all(|kind| kind == Some(first)))
    };
    if let Some(kind) = kind {
        schema.insert("type".to_owned(), kind.into());
        report.add(Rule::MissingType);
    }
}

/// Turns the encoding of bytes in a string into a format; a format that stands there already says more and stays.
///
/// # Errors
/// The encoding has no format, so that readers of the result would take the encoded text for the value.
pub(super) fn content_encoding(schema: &mut Schema, at: &Pointer<'_>, report: &mut Report) -> Result<(), ImportError> {
    let Some(Value::String(encoding)) = schema.remove("contentEncoding") else {
        return Ok(());
    };
    let format = match encoding.to_ascii_lowercase().as_str() {
        "base64" => "byte",
        "base64url" => "base64url",
        _ => {
            let what = format!("`contentEncoding: {encoding}`, for which OpenAPI 3.0 has no format");
            return Err(at.key("contentEncoding").error(Problem::Unsupported(what)));
        }
    };
    report.add(Rule::ContentEncoding);
    // JSON Schema ignores the keyword where the value is no string.
    if schema.get("type").is_some_and(|kind| kind == "string") && !schema.contains_key("format") {
        schema.insert("format".to_owned(), format.into());
    }
    Ok(())
}

/// Moves `minItems` and `maxItems` from items that are no arrays to the array around them.
pub(super) fn misplaced_bounds(schema: &mut Schema, report: &mut Report) {
    for key in ["minItems", "maxItems"] {
        let Some(Value::Object(items)) = schema.get_mut("items") else {
            return;
        };
        let is_scalar = items.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "array");
        if let (true, Some(bound)) = (is_scalar, items.get(key).cloned()) {
            items.remove(key);
            schema.entry(key).or_insert(bound);
            report.add(Rule::MisplacedBound);
        }
    }
}

/// Takes `optional` from fields and, as it says, these fields from `required`.
pub(super) fn optional_fields(schema: &mut Schema, report: &mut Report) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    let mut optional = Vec::new();
    for (name, property) in properties.iter_mut() {
        match property.as_object_mut().and_then(|property| property.remove("optional")) {
            Some(Value::Bool(true)) => optional.push(name.clone()),
            Some(_) => {}
            None => continue,
        }
        report.add(Rule::OptionalKeyword);
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| !optional.iter().any(|field| name == field.as_str()));
    }
}

/// Drops the second of two equal values of `enum` or `required`.
pub(super) fn duplicates(schema: &mut Schema, report: &mut Report) {
    for key in ["enum", "required"] {
        let Some(Value::Array(values)) = schema.get_mut(key) else {
            continue;
        };
        let mut seen: Vec<Value> = Vec::with_capacity(values.len());
        for value in values.drain(..) {
            if seen.contains(&value) {
                report.add(Rule::Duplicate);
            } else {
                seen.push(value);
            }
        }
        *values = seen;
    }
}

/// Drops a title that is a sentence: a title is kept because it names a schema, and a sentence is prose.
pub(super) fn sentence_title(schema: &mut Schema, report: &mut Report) {
    let is_sentence = |title: &str| title.ends_with('.') || title.contains(", ");
    if schema.get("title").and_then(Value::as_str).is_some_and(is_sentence) {
        schema.remove("title");
        report.add(Rule::SentenceTitle);
    }
}

/// Drops a default of null: an absent value and a null one read alike, and openapiv3 cannot hold it.
pub(super) fn null_default(schema: &mut Schema, report: &mut Report) {
    if schema.get("default") == Some(&Value::Null) {
        schema.remove("default");
        report.add(Rule::NullDefault);
    }
}

/// Gives exclusive bounds the form of OpenAPI 3.0, a bound with a flag.
pub(super) fn exclusive_bounds(schema: &mut Schema, report: &mut Report) {
    for (bound, flag, is_stricter) in [
        ("minimum", "exclusiveMinimum", (|old, new| old > new) as fn(f64, f64) -> bool),
        ("maximum", "exclusiveMaximum", |old, new| old < new),
    ] {
        match schema.get(flag) {
            Some(Value::Bool(true)) if schema.contains_key(bound) => report.add(Rule::BooleanBound),
            Some(Value::Bool(true)) => {
                schema.remove(flag);
                report.add(Rule::EmptyKeyword);
            }
            Some(Value::Number(exclusive)) => {
                let inclusive = schema.get(bound).and_then(Value::as_f64);
                let new = exclusive.as_f64().unwrap_or_default();
                report.add(Rule::NumericBound);
                if inclusive.is_some_and(|old| is_stricter(old, new)) {
                    schema.remove(flag);
                } else {
                    schema.insert(bound.to_owned(), Value::Number(exclusive.clone()));
                    schema.insert(flag.to_owned(), Value::Bool(true));
                }
            }
            _ => {}
        }
    }
}

/// Writes the numbers of an integer schema as integers of 64 bits and those of any other as floating point, as
/// openapiv3 does.
pub(super) fn number_forms(schema: &mut Schema, report: &mut Report) {
    const BOUNDS: [&str; 3] = ["minimum", "maximum", "multipleOf"];
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let foreign = |key: &String| !applies_to(key).is_empty() && !applies_to(key).contains(&"integer");
    let union = ["allOf", "oneOf", "anyOf", "not"].iter().any(|key| schema.contains_key(*key));
    let whole = |key: &str| schema.get(key).and_then(Value::as_f64).is_none_or(|number| number.fract() == 0.0);
    let pure = !union && !schema.keys().any(foreign);
    let as_integers = kind == "integer" && pure && BOUNDS.iter().all(|key| whole(key));
    for key in BOUNDS {
        if let Some(Value::Number(number)) = schema.get_mut(key) {
            let is_wide = number.as_i64().is_none() && number.as_f64().is_some_and(|n| n.abs() >= 9.2e18);
            if as_integers && is_wide {
                report.add(Rule::WideBound);
            }
            *number = if as_integers { integer(number) } else { float(number) };
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum").filter(|_| pure) {
        for value in values {
            match value {
                Value::Number(number) if kind == "integer" => *number = integer(number),
                Value::Number(number) if kind == "number" => *number = float(number),
                _ => {}
            }
        }
    }
}

/// The integer of 64 bits nearest to a whole number; a number with a fraction stays.
fn integer(number: &Number) -> Number {
    match (number.as_i64(), number.as_f64()) {
        (None, Some(float)) if float.fract() == 0.0 => Number::from(float as i64),
        _ => number.clone(),
    }
}

fn float(number: &Number) -> Number {
    number.as_f64().and_then(Number::from_f64).unwrap_or_else(|| number.clone())
}
