//! What strict mode knows and what it does not, and schemas from elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use openai_ext::schema::make_strict;

use super::*;

#[test]
fn keywords_that_strict_mode_knows_stay() {
    #[derive(JsonSchema)]
    struct Bounded {
        #[schemars(regex(pattern = "^[a-z]+$"))]
        word: String,
        #[schemars(extend("format" = "date-time"))]
        at: String,
        #[schemars(range(min = 1, max = 5))]
        stars: u8,
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1, "multipleOf" = 0.25))]
        share: f64,
        #[schemars(length(min = 1, max = 3))]
        list: Vec<String>,
        #[schemars(extend("examples" = ["x"], "default" = "y", "deprecated" = true), title = "A title")]
        noted: String,
    }
    assert_eq!(
        strict::<Bounded>(),
        object(json!({
            "word": {"type": "string", "pattern": "^[a-z]+$"},
            "at": {"type": "string", "format": "date-time"},
            "stars": {"type": "integer", "minimum": 1, "maximum": 5},
            "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "multipleOf": 0.25},
            "list": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
            "noted": {"type": "string", "title": "A title"},
        }))
    );
}

#[test]
fn what_strict_mode_can_not_say_is_named_by_its_path() {
    #[derive(JsonSchema)]
    struct Shop {
        stock: HashMap<String, u32>,
        pairs: Vec<(String, i64)>,
        any: Value,
        inner: Inner,
    }
    #[derive(JsonSchema)]
    struct Inner {
        open: serde_json::Map<String, Value>,
        numbers: BTreeMap<u32, String>,
        set: BTreeSet<String>,
    }
    let message = refused::<Shop>();
    for place in [
        "Shop",
        "at $.properties.stock: a map with any keys: use a list of structs",
        "at $.properties.pairs.items: a tuple: use a struct",
        "at $.properties.any: any JSON: give it a type",
        "at $.$defs.Inner.properties.open: a map with any keys",
        "at $.$defs.Inner.properties.numbers: a map with any keys",
        "at $.$defs.Inner.properties.set: `uniqueItems` is not known in strict mode: use a Vec",
    ] {
        assert!(message.contains(place), "{place}\n{message}");
    }

    #[derive(JsonSchema)]
    struct Open {
        id: u8,
        #[serde(flatten)]
        rest: HashMap<String, String>,
    }
    enum Never {}
    impl JsonSchema for Never {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Never".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            false.into()
        }
    }
    for (message, wanted) in [
        (refused::<Open>(), "at $: a map with any keys"),
        (refused::<Of<char>>(), "at $.properties.value: `minLength` is not known"),
        (refused::<Of<std::net::IpAddr>>(), "at $.properties.value: the format `ip` is not known"),
        (refused::<Of<Vec<Value>>>(), "at $.properties.value.items: any JSON"),
        (refused::<Of<Option<HashMap<String, u8>>>>(), "at $.properties.value: a map with any keys"),
        (refused::<Of<Never>>(), "at $.$defs.Never: no value fits it"),
        (refused::<Vec<Place>>(), "at $: the root must be an object"),
        (refused::<Option<Place>>(), "at $: the root must be an object"),
        (refused::<Unit>(), "at $: the root must be an object"),
        (refused::<String>(), "at $: the root must be an object"),
    ] {
        assert!(message.contains(wanted), "{wanted}\n{message}");
    }
}

/// Rules that derived schemas do not need.
#[test]
fn schemas_from_elsewhere() -> Result<(), openai_ext::Error> {
    let text = json!({"type": "string"});
    for (schema, expected) in [
        // A single allOf, a default of null, oneOf.
        (json!({"allOf": [{"type": "object", "properties": {"a": text}}], "description": "d"}), {
            described(object(json!({"a": text})), "d")
        }),
        (
            json!({"type": "object", "properties": {"a": {"type": ["string", "null"], "default": null}}}),
            object(json!({"a": {"type": ["string", "null"]}})),
        ),
        (
            json!({"type": "object", "properties": {"a": {"oneOf": [text, {"type": "null"}]}}}),
            object(json!({"a": {"anyOf": [text, {"type": "null"}]}})),
        ),
        // `definitions`, names that are escaped, and definitions that refer to each other; what nothing uses goes.
        (
            json!({
                "type": "object", "properties": {"a": {"$ref": "#/definitions/A%3CB%3E"}},
                "definitions": {
                    "A<B>": {"type": "array", "items": {"$ref": "#/definitions/x~1y"}},
                    "x/y": {"type": "object", "properties": {"up": {"$ref": "#/definitions/A%3CB%3E"}}},
                    "unused": {"minProperties": 1},
                },
            }),
            {
                let mut schema = object(json!({"a": {"$ref": "#/definitions/A%3CB%3E"}}));
                schema["definitions"] = json!({
                    "A<B>": {"type": "array", "items": {"$ref": "#/definitions/x~1y"}},
                    "x/y": object(json!({"up": {"$ref": "#/definitions/A%3CB%3E"}})),
                });
                schema
            },
        ),
        // A reference to a reference, with a description on the way.
        (
            json!({
                "type": "object", "properties": {"a": {"$ref": "#/$defs/A", "default": "x"}},
                "$defs": {"A": {"$ref": "#/$defs/B", "description": "d"}, "B": text},
            }),
            with_defs(
                object(json!({"a": {"$ref": "#/$defs/A"}})),
                json!({"A": {"type": "string", "description": "d"}}),
            ),
        ),
        // A root that refers to itself, described, beside a definition of the name it would get.
        (
            json!({
                "type": "object",
                "properties": {"a": {"$ref": "#/$defs/Root"}, "up": {"$ref": "#", "description": "d"}},
                "$defs": {"Root": text},
            }),
            {
                let up = json!({"anyOf": [{"$ref": "#/$defs/Root_"}], "description": "d"});
                let root = object(json!({"a": {"$ref": "#/$defs/Root"}, "up": up}));
                with_defs(root.clone(), json!({"Root": text, "Root_": root}))
            },
        ),
        // What is strict stays as it is.
        (object(json!({"a": text})), object(json!({"a": text}))),
    ] {
        assert_eq!(make_strict(schema.clone())?, expected, "{schema}");
    }
    let property = |schema: Value| json!({"type": "object", "properties": {"a": schema}});
    for (schema, wanted) in [
        (json!(true), "at $: any JSON"),
        (json!(7), "at $: any JSON"),
        (json!({}), "at $: any JSON"),
        (json!([{"$ref": "#"}]), "at $: any JSON"),
        (json!({"$defs": 7, "type": "object", "properties": {"a": {"$ref": "#"}}}), "`#` refers to no definition"),
        (property(json!({"description": "d"})), "at $.properties.a: any JSON"),
        (property(json!({"type": "array"})), "at $.properties.a.items: any JSON"),
        (property(json!({"$ref": "#/$defs/No"})), "at $.properties.a: `#/$defs/No` refers to no definition"),
        (property(json!({"$ref": "https://example.com/x"})), "refers to no definition"),
        (property(json!({"$ref": "#/$defs/No", "description": "d"})), "`#/$defs/No` refers to nothing"),
        (property(json!({"allOf": [{"type": "string"}, {"minLength": 1}]})), "`allOf` is not known"),
        (property(json!({"allOf": [{"type": "string"}], "type": "number"})), "two schemas that differ in `type`"),
        (property(json!({"oneOf": [], "anyOf": []})), "both `anyOf` and `oneOf`"),
        (property(json!({"type": "string", "not": {}})), "`not` is not known"),
        (property(json!({"type": "object", "if": {}})), "`if` is not known"),
        (json!({"type": "object", "properties": {"a": {"$ref": "#", "type": "object"}}}), "contains itself"),
    ] {
        let error = make_strict(schema.clone()).expect_err("strict mode can't say it");
        assert!(error.message().contains(wanted), "{schema}: {error}");
    }
    // Many problems are counted, not all told.
    let many: serde_json::Map<String, Value> = (0..20).map(|at| (format!("p{at}"), json!({}))).collect();
    let error = make_strict(json!({"type": "object", "properties": many})).expect_err("any JSON");
    assert!(error.message().ends_with("; and 12 more"), "{error}");
    Ok(())
}
