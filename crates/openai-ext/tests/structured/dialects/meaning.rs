//! A schema means the same in each dialect: a reader of schemas takes the same values.

use openai_ext::schema::Dialect;
use openai_ext::schemars::{self, JsonSchema};
use serde_json::{Value, json};

use super::{ALL, Options, Place, Unit};

/// A validator of what the schemas of these tests have, with `nullable` as OpenAPI 3.0 has it.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let Value::Object(members) = schema else { return *schema != false };
    if value.is_null() && members.get("nullable") == Some(&json!(true)) {
        return true;
    }
    members.iter().all(|(name, rule)| match (name.as_str(), rule) {
        ("type", Value::Array(kinds)) => kinds.iter().any(|kind| is_kind(value, kind)),
        ("type", kind) => is_kind(value, kind),
        ("enum", Value::Array(values)) => values.contains(value),
        ("const", rule) => value == rule,
        ("anyOf", Value::Array(all)) => all.iter().any(|one| fits(value, one, root)),
        ("oneOf", Value::Array(all)) => all.iter().filter(|one| fits(value, one, root)).count() == 1,
        ("allOf", Value::Array(all)) => all.iter().all(|one| fits(value, one, root)),
        ("$ref", Value::String(reference)) => {
            fits(value, root.pointer(reference.trim_start_matches('#')).expect("a definition"), root)
        }
        ("minimum", rule) => value.as_f64().is_none_or(|value| value >= rule.as_f64().expect("a number")),
        ("maximum", rule) => value.as_f64().is_none_or(|value| value <= rule.as_f64().expect("a number")),
        ("required", Value::Array(names)) => value
            .as_object()
            .is_none_or(|value| names.iter().all(|name| value.contains_key(name.as_str().expect("a name")))),
        ("properties", Value::Object(rules)) => value.as_object().is_none_or(|value| {
            rules.iter().all(|(name, rule)| value.get(name).is_none_or(|value| fits(value, rule, root)))
        }),
        ("additionalProperties", rule) => value.as_object().is_none_or(|value| {
            let known = members.get("properties").and_then(Value::as_object);
            let mut more = value.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
            more.all(|(_, value)| fits(value, rule, root))
        }),
        ("items", rule) => value.as_array().is_none_or(|items| items.iter().all(|item| fits(item, rule, root))),
        ("minItems", rule) => {
            value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a count"))
        }
        ("description" | "title" | "format" | "$defs" | "nullable" | "default", _) => true,
        (name, _) => panic!("the validator does not know {name}"),
    })
}

fn is_kind(value: &Value, kind: &Value) -> bool {
    match kind.as_str().expect("a type") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is no type"),
    }
}

/// The schema in each dialect takes the same of these values.
fn assert_same(schema: &Value, values: &[Value]) {
    for dialect in ALL {
        let converted = dialect.convert(schema.clone());
        for value in values {
            let expected = fits(value, schema, schema);
            assert_eq!(
                fits(value, &converted, &converted),
                expected,
                "{dialect:?}: {value} by {converted} of {schema}"
            );
        }
    }
}

fn scalars() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(3),
        json!(300),
        json!(-1),
        json!(0.5),
        json!(""),
        json!("a"),
        json!("celsius"),
    ]
}

/// Scalars, and lists and objects of them.
fn values() -> Vec<Value> {
    let mut values = scalars();
    for inner in scalars() {
        values.push(json!([inner]));
        values.push(json!([inner, null]));
        values.push(json!({"name": inner, "height": null}));
        values.push(json!({"name": "a", "height": inner}));
        values.push(json!({"a": inner}));
    }
    values.extend([json!([]), json!({}), json!({"name": "a"}), json!({"name": "a", "height": 1, "more": 1})]);
    values
}

#[test]
fn any_two_types_with_any_members() {
    let kinds = ["null", "boolean", "integer", "number", "string", "array", "object"];
    let members = [
        json!({}),
        json!({"minimum": 1, "maximum": 255}),
        json!({"items": {"type": ["string", "null"]}}),
        json!({"properties": {"a": {"type": ["integer", "null"]}}, "required": ["a"], "additionalProperties": false}),
        json!({"enum": ["a", 3, null]}),
        json!({"enum": ["a", 3, true, 0.5]}),
        json!({"const": "a"}),
        json!({"anyOf": [{"minimum": 1}, {"type": "null"}]}),
        json!({"description": "D", "minimum": 1, "items": {"const": null}}),
    ];
    for member in &members {
        for first in kinds {
            for second in kinds {
                let mut schema = member.clone();
                schema["type"] = if first == second { json!([first]) } else { json!([first, second]) };
                assert_same(&schema, &values());
            }
        }
        assert_same(member, &values());
    }
}

#[test]
fn types_of_rust() {
    #[derive(JsonSchema)]
    #[serde(untagged)]
    enum Loose {
        Count(Option<u8>),
        Name(String),
        Place(Place),
    }
    #[derive(JsonSchema)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Point { x: Option<f64> },
        Unit { unit: Option<Unit> },
    }
    #[derive(JsonSchema)]
    struct Of<T> {
        value: T,
    }

    fn check<T: JsonSchema>() {
        let plain = Dialect::OpenAi.schema::<Of<T>>();
        let mut values: Vec<Value> = values().into_iter().map(|value| json!({"value": value})).collect();
        for value in scalars() {
            values.push(json!({"value": {"kind": "point", "x": value}}));
            values.push(json!({"value": {"kind": "unit", "unit": value}}));
            values.push(json!({"value": {"kind": value, "unit": null}}));
        }
        values.extend([json!(null), json!({}), json!({"value": null, "more": null})]);
        assert_same(&plain, &values);
        if let Ok(strict) = Dialect::OpenAi.strict_schema::<Of<T>>() {
            assert_same(&strict, &values);
        }
    }
    check::<Option<u8>>();
    check::<Option<Unit>>();
    check::<Option<Place>>();
    check::<Option<Option<Place>>>();
    check::<Vec<Option<u8>>>();
    check::<Option<Vec<Option<Place>>>>();
    check::<std::collections::BTreeMap<String, Option<u8>>>();
    check::<Option<std::collections::BTreeMap<String, Option<Unit>>>>();
    check::<Loose>();
    check::<Option<Loose>>();
    check::<Option<Tagged>>();
    check::<Vec<Option<Tagged>>>();
    check::<Options>();
    check::<()>();
    check::<Option<()>>();
}
