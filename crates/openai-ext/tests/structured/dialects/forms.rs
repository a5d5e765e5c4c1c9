//! The forms of each dialect, one by one.

use std::collections::HashMap;

use openai_ext::schema::{Dialect, schema, strict_schema};
use openai_ext::schemars::{self, JsonSchema};
use serde_json::{Value, json};

use super::{ALL, Options, foreign};

fn convert(schema: &Value) -> [Value; 2] {
    [Dialect::AnyOf, Dialect::Nullable].map(|dialect| dialect.convert(schema.clone()))
}

#[test]
fn openai_is_the_default_and_changes_nothing() {
    assert_eq!(Dialect::default(), Dialect::OpenAi);
    let strict = strict_schema::<Options>().expect("strict");
    assert_eq!(Dialect::OpenAi.strict_schema::<Options>().expect("strict"), strict);
    assert_eq!(Dialect::OpenAi.schema::<Options>(), schema::<Options>());
    let odd = json!({"type": ["string", "null"], "nullable": true, "const": null, "x": [{"type": ["null"]}]});
    assert_eq!(Dialect::OpenAi.convert(odd.clone()), odd);
}

#[test]
fn options_of_each_kind() {
    let any_of = Dialect::AnyOf.strict_schema::<Options>().expect("strict");
    let nullable = Dialect::Nullable.strict_schema::<Options>().expect("strict");
    let none = json!({"type": "null"});
    let unit = json!({"type": "string", "enum": ["celsius", "fahrenheit"]});
    let cases = [
        ("count", json!({"type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32})),
        ("text", json!({"type": "string"})),
        ("flag", json!({"type": "boolean"})),
        ("ratio", json!({"type": "number"})),
    ];
    for (name, mut form) in cases {
        assert_eq!(any_of["properties"][name], json!({"anyOf": [form, none]}), "{name}");
        form["nullable"] = true.into();
        assert_eq!(nullable["properties"][name], form);
    }
    let small = json!({"type": "integer", "minimum": 0, "maximum": 255});
    assert_eq!(any_of["properties"]["small"], json!({"anyOf": [small, none], "description": "A number."}));
    assert_eq!(any_of["properties"]["unit"]["anyOf"][1], none);
    assert_eq!(any_of["properties"]["places"]["items"], json!({"anyOf": [{"$ref": "#/$defs/Place"}, none]}));
    assert_eq!(any_of["$defs"]["Place"]["properties"]["height"]["anyOf"][1], none);
    assert_eq!(any_of["$defs"]["Unit"], unit);

    let mut unit = unit;
    unit["nullable"] = true.into();
    assert_eq!(nullable["properties"]["unit"], unit);
    let place = &nullable["properties"]["places"]["items"];
    assert_eq!((&place["type"], &place["nullable"]), (&json!("object"), &json!(true)));
    assert_eq!(place["description"], "A place on Earth.");
    assert_eq!(place["required"], json!(["name", "height"]));
    assert_eq!(place["additionalProperties"], false);
    assert_eq!(place["properties"]["height"]["nullable"], true);
    assert_eq!(nullable["properties"]["again"]["description"], "Described where it is used.");
    assert_eq!(nullable["properties"]["plain"].get("nullable"), None);
    assert_eq!(nullable["properties"]["list"]["nullable"], true);
    assert_eq!(nullable["properties"]["list"]["items"]["nullable"], true);
    assert!(!nullable.to_string().contains("$ref") && nullable.get("$defs").is_none(), "{nullable}");
    for dialect in ALL {
        for schema in [dialect.strict_schema::<Options>().expect("strict"), dialect.schema::<Options>()] {
            assert_eq!(foreign(&schema, dialect), None);
        }
    }
}

#[test]
fn maps_and_optional_fields_outside_of_strict_mode() {
    type Inner = HashMap<String, Option<Vec<Option<String>>>>;

    #[derive(JsonSchema)]
    struct Stock {
        counts: HashMap<String, Option<u8>>,
        deep: HashMap<String, Inner>,
    }

    let any_of = Dialect::AnyOf.schema::<Stock>();
    let count = json!({"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255});
    assert_eq!(any_of["properties"]["counts"]["additionalProperties"], json!({"anyOf": [count, {"type": "null"}]}));
    let nullable = Dialect::Nullable.schema::<Stock>();
    assert_eq!(nullable["properties"]["counts"]["additionalProperties"]["nullable"], true);
    let deep = &nullable["properties"]["deep"]["additionalProperties"]["additionalProperties"];
    assert_eq!((&deep["nullable"], &deep["items"]["nullable"]), (&json!(true), &json!(true)));
    assert!(Dialect::AnyOf.strict_schema::<Stock>().is_err(), "strict mode has no maps in any dialect");
}

#[test]
fn types_that_contain_themselves() {
    /// A node.
    #[derive(JsonSchema)]
    struct Node {
        next: Option<Box<Node>>,
        children: Vec<Node>,
        value: Option<u8>,
    }
    #[derive(JsonSchema)]
    struct Tree {
        root: Option<Node>,
    }

    for dialect in ALL {
        for schema in [
            dialect.strict_schema::<Node>().expect("strict"),
            dialect.strict_schema::<Tree>().expect("strict"),
            dialect.schema::<Node>(),
            dialect.schema::<Tree>(),
        ] {
            assert_eq!(foreign(&schema, dialect), None, "{schema}");
            assert_refers(&schema, &schema);
        }
    }
    let nullable = Dialect::Nullable.strict_schema::<Tree>().expect("strict");
    let next = &nullable["$defs"]["Node"]["properties"]["next"];
    // Members beside a reference count for nothing in OpenAPI 3.0.
    assert_eq!(*next, json!({"anyOf": [{"$ref": "#/$defs/Node"}], "nullable": true}));
}

/// Each reference leads to something, and no definition is left that nothing refers to.
fn assert_refers(schema: &Value, root: &Value) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(reference) if name == "$ref" => {
                        let pointer = reference.strip_prefix('#').expect("a reference in the schema");
                        assert!(root.pointer(pointer).is_some(), "{reference} in {root}");
                    }
                    _ => assert_refers(value, root),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| assert_refers(item, root)),
        _ => {}
    }
}

#[test]
fn schemas_from_elsewhere() {
    let none = json!({"type": "null"});
    for (schema, any_of, nullable) in [
        (json!({"type": ["string"]}), json!({"type": "string"}), json!({"type": "string"})),
        (
            json!({"type": ["string", "integer"], "pattern": "a", "minimum": 1}),
            json!({"anyOf": [{"type": "string", "pattern": "a"}, {"type": "integer", "minimum": 1}]}),
            json!({"anyOf": [{"type": "string", "pattern": "a"}, {"type": "integer", "minimum": 1}]}),
        ),
        (
            json!({"type": ["null", "string", "integer"], "title": "T"}),
            json!({"anyOf": [none, {"type": "string"}, {"type": "integer"}], "title": "T"}),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "title": "T", "nullable": true}),
        ),
        (
            json!({"enum": ["a", null]}),
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, none]}),
            json!({"type": "string", "enum": ["a"], "nullable": true}),
        ),
        (
            // Null is a type, but no value of the enum.
            json!({"type": ["string", "null"], "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"type": "string", "const": "a"}),
            json!({"type": "string", "const": "a"}),
            json!({"type": "string", "enum": ["a"]}),
        ),
        (
            json!({"oneOf": [{"type": "null"}, {"type": "string"}], "description": "D"}),
            json!({"oneOf": [{"type": "null"}, {"type": "string"}], "description": "D"}),
            json!({"type": "string", "nullable": true, "description": "D"}),
        ),
        (
            json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10, "maximum": 5}),
            json!({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 10, "maximum": 5}),
            json!({"type": "integer", "minimum": 1, "maximum": 5}),
        ),
        (
            json!({"type": "number", "exclusiveMinimum": 0.5}),
            json!({"type": "number", "exclusiveMinimum": 0.5}),
            json!({"type": "number", "minimum": 0.5, "exclusiveMinimum": true}),
        ),
        (
            json!({"type": ["object", "null"], "properties": {"type": {"type": ["string", "null"]}}, "required": ["type"]}),
            json!({"anyOf": [
                {"type": "object", "properties": {"type": {"anyOf": [{"type": "string"}, none]}}, "required": ["type"]},
                none,
            ]}),
            json!({"type": "object", "nullable": true, "required": ["type"],
                   "properties": {"type": {"type": "string", "nullable": true}}}),
        ),
        (json!(true), json!(true), json!(true)),
        (json!({}), json!({}), json!({})),
        (json!({"type": []}), json!({"type": []}), json!({"type": []})),
    ] {
        assert_eq!(convert(&schema), [any_of, nullable], "{schema}");
    }
}

/// A schema of a server of tools may be made to grow without end; it does not, and converting again changes nothing.
#[test]
fn hostile_schemas_stay_small() {
    let mut definitions = json!({"D0": {"type": ["string", "null"]}});
    for at in 1..64 {
        let below = json!({"$ref": format!("#/$defs/D{}", at - 1)});
        definitions[format!("D{at}")] = json!({"type": "object", "properties": {"a": below, "b": below, "c": below}});
    }
    let doubling = json!({"$ref": "#/$defs/D63", "$defs": definitions});
    let circle = json!({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}});
    let lost =
        json!({"properties": {"a": {"$ref": "#/$defs/None"}, "b": {"$ref": "#"}, "c": {"$ref": 5}}, "$defs": {}});
    for schema in [doubling, circle, lost] {
        for converted in convert(&schema) {
            assert!(converted.to_string().len() < 1 << 20);
        }
    }
}
