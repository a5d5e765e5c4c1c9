//! Schemas of types: strict ones as strict mode takes them, and what it can't say as errors with paths.
#![cfg(feature = "tools")]
#![allow(dead_code, reason = "the types are for their schemas")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use openai_ext::ErrorKind;
use openai_ext::schema::{make_strict, schema, schema_name, strict_schema};
use openai_ext::schemars::{self, JsonSchema};
use serde_json::{Value, json};

/// The schema of an object with these properties, as every strict object is.
fn object(properties: Value) -> Value {
    let required: Vec<&String> = properties.as_object().expect("properties").keys().collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

/// An object with definitions beside its properties.
fn with_defs(mut schema: Value, defs: Value) -> Value {
    schema["$defs"] = defs;
    schema
}

fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

fn strict<T: JsonSchema>() -> Value {
    strict_schema::<T>().unwrap_or_else(|error| panic!("{error}"))
}

/// The message of the error, which must be of a request that can't be made.
fn refused<T: JsonSchema>() -> String {
    let error = strict_schema::<T>().expect_err("strict mode can't say it");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    error.message().to_owned()
}

// A type as a field, since the root has to be an object. A doc comment would be in the schemas.
#[derive(JsonSchema)]
struct Of<T> {
    value: T,
}

fn of(schema: Value) -> Value {
    object(json!({"value": schema}))
}

#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Celsius,
    Fahrenheit,
}

fn unit() -> Value {
    json!({"type": "string", "enum": ["celsius", "fahrenheit"]})
}

/// A place on Earth.
#[derive(JsonSchema)]
struct Place {
    /// Degrees north.
    latitude: f64,
    name: Option<String>,
}

fn place() -> Value {
    described(
        object(json!({
            "latitude": {"type": "number", "description": "Degrees north."},
            "name": {"type": ["string", "null"]},
        })),
        "A place on Earth.",
    )
}

#[test]
fn plain_fields() {
    #[derive(JsonSchema)]
    struct Plain {
        text: String,
        flag: bool,
        count: u32,
        word: i32,
        #[schemars(range(min = 3))]
        some: Option<i32>,
        byte: i8,
        long: i64,
        ratio: f32,
        list: Vec<String>,
        three: [u8; 3],
        nothing: (),
        boxed: Box<u64>,
    }
    assert_eq!(
        strict::<Plain>(),
        object(json!({
            "text": {"type": "string"},
            "flag": {"type": "boolean"},
            "count": {"type": "integer", "minimum": 0, "maximum": 4294967295_u32},
            "word": {"type": "integer", "minimum": -2147483648_i32, "maximum": 2147483647},
            "some": {"type": ["integer", "null"], "minimum": 3, "maximum": 2147483647},
            "byte": {"type": "integer", "minimum": -128, "maximum": 127},
            "long": {"type": "integer"},
            "ratio": {"type": "number"},
            "list": {"type": "array", "items": {"type": "string"}},
            "three": {
                "type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255},
                "minItems": 3, "maxItems": 3,
            },
            "nothing": {"type": "null"},
            "boxed": {"type": "integer", "minimum": 0},
        }))
    );
    #[derive(JsonSchema)]
    struct Nothing {}
    assert_eq!(strict::<Nothing>(), object(json!({})));
}

#[test]
fn what_may_be_missing_is_required_and_may_be_null() {
    #[derive(JsonSchema)]
    struct Optional {
        number: Option<i64>,
        unit: Option<Unit>,
        #[serde(default)]
        place: Option<Place>,
        #[serde(default)]
        count: i64,
        #[serde(default)]
        list: Option<Vec<Unit>>,
    }
    let nullable = |name: &str| json!({"anyOf": [{"$ref": format!("#/$defs/{name}")}, {"type": "null"}]});
    assert_eq!(
        strict::<Optional>(),
        with_defs(
            object(json!({
                "number": {"type": ["integer", "null"]},
                "unit": nullable("Unit"),
                "place": nullable("Place"),
                "count": {"type": "integer"},
                "list": {"type": ["array", "null"], "items": {"$ref": "#/$defs/Unit"}},
            })),
            json!({"Unit": unit(), "Place": place()}),
        )
    );
}

#[test]
fn nested_types_are_definitions() {
    #[derive(JsonSchema)]
    struct Trip {
        from: Place,
        stops: Vec<Place>,
        unit: Unit,
    }
    let reference = json!({"$ref": "#/$defs/Place"});
    assert_eq!(
        strict::<Of<Trip>>(),
        with_defs(
            of(json!({"$ref": "#/$defs/Trip"})),
            json!({
                "Trip": object(json!({
                    "from": reference, "stops": {"type": "array", "items": reference}, "unit": {"$ref": "#/$defs/Unit"},
                })),
                "Place": place(),
                "Unit": unit(),
            })
        )
    );
}

#[test]
fn a_reference_with_a_description_is_inlined() {
    #[derive(JsonSchema)]
    struct Trip {
        /// Where it starts.
        from: Place,
        unit: Unit,
    }
    let from = described(place(), "Where it starts.");
    let defs = json!({"Unit": unit()});
    assert_eq!(strict::<Trip>(), with_defs(object(json!({"from": from, "unit": {"$ref": "#/$defs/Unit"}})), defs));
}

#[test]
fn doc_comments_are_descriptions() {
    /// How warm it is.
    ///
    /// In the shade.
    #[derive(JsonSchema)]
    struct Weather {
        /// In the unit
        /// given.
        degrees: f64,
        /// Of the degrees.
        unit: Option<Unit>,
        kind: Kind,
    }
    /// What falls.
    #[derive(JsonSchema)]
    enum Kind {
        /// Water.
        Rain,
        /// Ice.
        Snow,
    }
    let kind = json!({
        "description": "What falls.",
        "anyOf": [
            {"type": "string", "const": "Rain", "description": "Water."},
            {"type": "string", "const": "Snow", "description": "Ice."},
        ],
    });
    let unit = json!({"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}], "description": "Of the degrees."});
    let weather = object(json!({
        "degrees": {"type": "number", "description": "In the unit\ngiven."},
        "unit": unit,
        "kind": {"$ref": "#/$defs/Kind"},
    }));
    assert_eq!(
        strict::<Weather>(),
        with_defs(described(weather, "How warm it is.\n\nIn the shade."), json!({"Kind": kind, "Unit": self::unit()}))
    );
}

#[test]
fn types_that_contain_themselves() {
    #[derive(JsonSchema)]
    struct Node {
        value: i64,
        /// The rest.
        next: Option<Box<Node>>,
        children: Vec<Node>,
    }
    let node = object(json!({
        "value": {"type": "integer"},
        "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}], "description": "The rest."},
        "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
    }));
    assert_eq!(strict::<Node>(), with_defs(node.clone(), json!({"Node": node})));

    #[derive(JsonSchema)]
    struct Formula {
        /// What is computed.
        term: Term,
    }
    #[derive(JsonSchema)]
    enum Term {
        Number(f64),
        Minus {
            /// What is negated.
            term: Box<Term>,
        },
    }
    // Inlined where it is described, but not again within itself.
    let inner = json!({"description": "What is negated.", "anyOf": [{"$ref": "#/$defs/Term"}]});
    let variants = json!([
        object(json!({"Number": {"type": "number"}})),
        object(json!({"Minus": object(json!({"term": inner}))})),
    ]);
    assert_eq!(
        strict::<Formula>(),
        with_defs(
            object(json!({"term": {"description": "What is computed.", "anyOf": variants}})),
            json!({"Term": {"anyOf": variants}}),
        )
    );
}

#[test]
fn tagged_enums() {
    #[derive(JsonSchema)]
    enum External {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let defs = |name: &str, variants: Value| {
        let mut defs = json!({"Place": place()});
        defs[name] = json!({"anyOf": variants});
        with_defs(of(json!({"$ref": format!("#/$defs/{name}")})), defs)
    };
    let moving = object(json!({"speed": {"type": "integer"}}));
    let at = json!({"$ref": "#/$defs/Place"});
    assert_eq!(
        strict::<Of<External>>(),
        defs(
            "External",
            json!([
                {"type": "string", "enum": ["Nowhere"]},
                object(json!({"At": at})),
                object(json!({"Moving": moving})),
            ])
        )
    );

    #[derive(JsonSchema)]
    #[serde(tag = "kind", content = "of")]
    enum Adjacent {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let tag = |name: &str| json!({"type": "string", "const": name});
    assert_eq!(
        strict::<Of<Adjacent>>(),
        defs(
            "Adjacent",
            json!([
                object(json!({"kind": tag("Nowhere")})),
                object(json!({"kind": tag("At"), "of": at})),
                object(json!({"kind": tag("Moving"), "of": moving})),
            ])
        )
    );

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    enum Internal {
        Nowhere,
        At(Place),
        Moving { speed: i64 },
    }
    let at = described(
        object(json!({
            "kind": tag("At"),
            "latitude": {"type": "number", "description": "Degrees north."},
            "name": {"type": ["string", "null"]},
        })),
        "A place on Earth.",
    );
    let variants = json!([
        object(json!({"kind": tag("Nowhere")})),
        at,
        object(json!({"kind": tag("Moving"), "speed": {"type": "integer"}})),
    ]);
    let defs = json!({"Internal": {"anyOf": variants}});
    assert_eq!(strict::<Of<Internal>>(), with_defs(of(json!({"$ref": "#/$defs/Internal"})), defs));

    #[derive(JsonSchema)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
    }
    let defs = json!({"Untagged": {"anyOf": [{"type": "integer"}, {"type": "string"}]}});
    assert_eq!(strict::<Of<Untagged>>(), with_defs(of(json!({"$ref": "#/$defs/Untagged"})), defs));
}

#[derive(JsonSchema)]
struct Tagged {
    id: u8,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(JsonSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[test]
fn flattened_fields() {
    #[derive(JsonSchema)]
    struct Flat {
        id: u8,
        #[serde(flatten)]
        place: Place,
    }
    let id = json!({"type": "integer", "minimum": 0, "maximum": 255});
    // A description of the struct would win; there is none.
    let flat = object(json!({
        "id": id,
        "latitude": {"type": "number", "description": "Degrees north."},
        "name": {"type": ["string", "null"]},
    }));
    let mut made = strict::<Flat>();
    made.as_object_mut().expect("an object").remove("description");
    assert_eq!(made, flat);

    // A union can't stand beside properties, so each variant has them.
    let number = json!({"type": "number"});
    let variants = json!([
        object(json!({"id": id, "shape": {"type": "string", "const": "circle"}, "radius": number})),
        object(json!({"id": id, "shape": {"type": "string", "const": "square"}, "side": number})),
    ]);
    let defs = json!({"Tagged": {"anyOf": variants}});
    assert_eq!(strict::<Of<Tagged>>(), with_defs(of(json!({"$ref": "#/$defs/Tagged"})), defs));
    assert!(refused::<Tagged>().contains("$: the root must be an object"), "{}", refused::<Tagged>());
}

#[test]
fn properties_keep_the_order_of_the_fields() {
    #[derive(JsonSchema)]
    struct Ordered {
        steps: Vec<String>,
        answer: String,
        #[serde(flatten)]
        more: Place,
        before: bool,
    }
    let text = strict::<Ordered>().to_string();
    let places: Vec<_> = ["\"steps\":", "\"answer\":", "\"latitude\":", "\"name\":", "\"before\":"]
        .iter()
        .map(|name| text.find(name))
        .collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{text}");
}

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
                "properties": {"up": {"$ref": "#", "description": "d"}, "a": {"$ref": "#/$defs/Root"}},
                "$defs": {"Root": text},
            }),
            {
                let up = json!({"anyOf": [{"$ref": "#/$defs/Root_"}], "description": "d"});
                let root = object(json!({"up": up, "a": {"$ref": "#/$defs/Root"}}));
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

#[test]
fn schemas_that_are_not_strict() {
    #[derive(JsonSchema)]
    struct Search {
        query: String,
        limit: Option<u8>,
        filters: HashMap<String, String>,
    }
    let limit = json!({"type": ["integer", "null"], "format": "uint8", "minimum": 0, "maximum": 255});
    assert_eq!(
        schema::<Search>(),
        json!({
            "type": "object",
            "properties": {
                "query": {"type": "string"},
                "limit": limit,
                "filters": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["query", "filters"],
        })
    );
}

#[test]
fn names_of_schemas() {
    #[derive(JsonSchema)]
    #[schemars(rename = "wetter-bericht für {T}, a name that is so long that a request can't have all of it")]
    struct Named<T>(T);
    assert_eq!(schema_name::<Place>(), "Place");
    assert_eq!(schema_name::<Vec<Option<Place>>>(), "Array_of_Nullable_Place");
    let name = schema_name::<Named<u8>>();
    assert_eq!(name, "wetter-bericht_f_r_uint8__a_name_that_is_so_long_that_a_request_");
    assert_eq!(name.len(), 64);
}
