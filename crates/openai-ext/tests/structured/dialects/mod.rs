//! Schemas in the dialects of other servers: what they say, and that each schema that goes out has the dialect.
#![cfg(feature = "tools")]
#![allow(dead_code, reason = "the types are for their schemas")]

mod forms;
mod meaning;
#[cfg(all(feature = "chat", feature = "responses"))]
mod places;

use openai_ext::schema::Dialect;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde_json::Value;

const ALL: [Dialect; 3] = [Dialect::OpenAi, Dialect::AnyOf, Dialect::Nullable];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// A place on Earth.
#[derive(Debug, Deserialize, JsonSchema)]
struct Place {
    name: String,
    /// Metres above the sea.
    height: Option<i32>,
}

/// Options of everything that has one.
#[derive(Debug, Deserialize, JsonSchema)]
struct Options {
    /// A number.
    small: Option<u8>,
    count: Option<u32>,
    text: Option<String>,
    flag: Option<bool>,
    ratio: Option<f64>,
    unit: Option<Unit>,
    place: Option<Place>,
    /// Described where it is used.
    again: Option<Place>,
    list: Option<Vec<Option<u8>>>,
    places: Vec<Option<Place>>,
    nested: Option<Option<Box<Place>>>,
    plain: Place,
}

/// Returns if a value stands in the schema by which the dialect says null in a way that it does not have.
fn foreign(schema: &Value, dialect: Dialect) -> Option<String> {
    match schema {
        Value::Object(members) => {
            let is_foreign = |name: &str, value: &Value| match (dialect, name) {
                (Dialect::OpenAi, "type") => false,
                (_, "type") if value.is_array() => true,
                (Dialect::Nullable, "type") => value == "null",
                (Dialect::Nullable, "const") => true,
                (Dialect::Nullable, "exclusiveMinimum" | "exclusiveMaximum") => value.is_number(),
                (_, "nullable") => dialect != Dialect::Nullable,
                _ => false,
            };
            let own = members
                .iter()
                .find(|(name, value)| is_foreign(name, value))
                .map(|(name, value)| format!("{name}: {value}"));
            own.or_else(|| members.values().find_map(|value| foreign(value, dialect)))
        }
        Value::Array(items) => items.iter().find_map(|item| foreign(item, dialect)),
        _ => None,
    }
}
