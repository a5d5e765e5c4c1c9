//! Schemas of types: strict ones as strict mode takes them, and what it can't say as errors with paths.
#![cfg(feature = "tools")]
#![allow(dead_code, reason = "the types are for their schemas")]

mod enums;
mod limits;
mod order;

use std::collections::HashMap;

use openai_ext::ErrorKind;
use openai_ext::schema::{schema, schema_name, strict_schema};
use openai_ext::schemars::{self, JsonSchema};
use serde_json::{Value, json};

/// The schema of an object with these properties, as every strict object is. Its `required` is sorted.
fn object(properties: Value) -> Value {
    let mut required: Vec<&String> = properties.as_object().expect("properties").keys().collect();
    required.sort_unstable();
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

/// The strict schema, each `required` sorted: maps may have no order of their own to compare with. `order` has the tests
/// of the order.
fn strict<T: JsonSchema>() -> Value {
    sorted(strict_schema::<T>().unwrap_or_else(|error| panic!("{error}")))
}

fn sorted(mut schema: Value) -> Value {
    match &mut schema {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = sorted(item.take())),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::Array(names) if name == "required" => names.sort_by_key(Value::to_string),
                    _ => *member = sorted(member.take()),
                }
            }
        }
        _ => {}
    }
    schema
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
