//! JSON schemas of Rust types, as structured outputs and tools need them.
//!
//! Requires the feature `tools`.
//!
//! [`strict_schema`] makes the schema that strict mode takes: the model then writes nothing but JSON that fits it.
//! [`schema`] makes the plain one. Both are of the derive of [`schemars`]:
//!
//! ```
//! use openai_ext::schema::strict_schema;
//! use openai_ext::schemars::{self, JsonSchema};
//!
//! /// Where and when people meet.
//! #[derive(JsonSchema)]
//! struct Meeting {
//!     /// The name of the city.
//!     city: String,
//!     /// Null if nobody said when.
//!     hour: Option<u8>,
//! }
//!
//! # fn main() -> openai_ext::Result<()> {
//! let schema = strict_schema::<Meeting>()?;
//! assert_eq!(schema, serde_json::json!({
//!     "type": "object",
//!     "description": "Where and when people meet.",
//!     "properties": {
//!         "city": {"type": "string", "description": "The name of the city."},
//!         "hour": {
//!             "type": ["integer", "null"], "minimum": 0, "maximum": 255,
//!             "description": "Null if nobody said when.",
//!         },
//!     },
//!     "required": ["city", "hour"],
//!     "additionalProperties": false,
//! }));
//! # Ok(())
//! # }
//! ```
//!
//! Servers that refuse a list of types, as `["integer", "null"]`, have another [`Dialect`].
//!
//! The derive's helper code names its crate: with `use openai_ext::schemars;` in scope it finds it, and a program needs no
//! dependency of its own. With `schemars = "1"` in the program's `Cargo.toml`, nothing is needed.

mod dialect;
mod merge;
mod nulls;
mod order;
mod strict;

use openai_runtime::json::keeps_order;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

pub use dialect::Dialect;
use merge::taken;
pub(crate) use order::fields_of;

use crate::{Error, ErrorKind, Result};

/// The schema of `T` for strict mode.
///
/// - Each object is closed (`additionalProperties: false`), and each of its properties required; what may be missing in
///   Rust, an `Option`, may be null. `required` has the order of the fields; a request body writes the properties in
///   this order, in which the model writes them. A field that may be missing both in what is read and in what is written
///   comes last, unless the feature `preserve_order` is on.
/// - Doc comments are descriptions.
/// - A reference that has a description of its own is replaced by what it refers to; one to a type around it stays, in an
///   `anyOf` of its own. Definitions that nothing refers to any more are left out.
/// - `oneOf` becomes `anyOf`. An enum that is flattened into a struct becomes an `anyOf` of the whole objects.
/// - `pattern`, bounds of numbers and lengths of lists stay, and of formats `date-time`, `time`, `date`, `duration`,
///   `email`, `hostname`, `ipv4`, `ipv6` and `uuid`.
/// - What says nothing to the model is left out: `$schema`, the title that is the type's name, defaults (the model gives
///   every property), examples, and formats of numbers as `uint32`, of which the bounds stay. Integers of 64 bits have no
///   upper bound, as they go beyond what is exact in JSON: `#[schemars(range(max = …))]` sets one.
/// - A type that contains itself is a definition, to which it refers, also at the root.
///
/// How much a schema may hold is up to the server: by OpenAI's documentation 5,000 properties, 10 levels of objects,
/// 1,000 values of enums.
///
/// # Errors
/// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if strict mode can't say what the type is. The message names each
/// such place by its path and tells what to do about it: maps with any keys, tuples, `serde_json::Value`, a root that is
/// no struct, lengths of texts and other keywords that strict mode does not know.
///
/// ```
/// use std::collections::HashMap;
///
/// use openai_ext::schema::strict_schema;
/// use openai_ext::schemars::{self, JsonSchema};
///
/// #[derive(JsonSchema)]
/// struct Inventory {
///     stock: HashMap<String, u32>,
/// }
///
/// let error = strict_schema::<Inventory>().unwrap_err();
/// assert!(error.message().contains("$.properties.stock"));
/// ```
pub fn strict_schema<T: JsonSchema + ?Sized>() -> Result<Value> {
    strict_schema_with::<T>(&[])
}

/// The strict schema of `T`, of whose fields more is known than the schema tells; see [`fields_of`].
pub(crate) fn strict_schema_with<T: JsonSchema + ?Sized>(fields: &[&str]) -> Result<Value> {
    let mut schema = schema::<T>();
    if !keeps_order() {
        order::require_all(&mut schema, &plain::<T>(SchemaSettings::draft2020_12().for_serialize()), fields);
    }
    strict::strict(schema, &schema_name::<T>()).map_err(|problems| {
        let message = format!("the schema of {} can't be strict: {problems}", T::schema_name());
        Error::new(ErrorKind::InvalidRequest, message)
    })
}

/// A schema from elsewhere made strict by the rules of [`strict_schema`]: it may have `$defs`, and must be complete in
/// itself.
///
/// ```
/// use openai_ext::schema::make_strict;
///
/// # fn main() -> openai_ext::Result<()> {
/// let schema = make_strict(serde_json::json!({"type": "object", "properties": {"city": {"type": "string"}}}))?;
/// assert_eq!(schema["required"][0], "city");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`strict_schema`].
#[inline]
pub fn make_strict(schema: Value) -> Result<Value> {
    strict::strict(schema, "Root")
        .map_err(|problems| Error::new(ErrorKind::InvalidRequest, format!("the schema can't be strict: {problems}")))
}

/// The schema of `T` in draft 2020-12 as it is read, for whatever is not in strict mode: maps, tuples and any JSON are
/// fine, and what may be missing is not required.
///
/// ```
/// use openai_ext::schema::schema;
/// use openai_ext::schemars::{self, JsonSchema};
///
/// #[derive(JsonSchema)]
/// struct Search {
///     query: String,
///     limit: Option<i64>,
/// }
///
/// assert_eq!(schema::<Search>()["required"], serde_json::json!(["query"]));
/// ```
#[must_use]
pub fn schema<T: JsonSchema + ?Sized>() -> Value {
    plain::<T>(SchemaSettings::draft2020_12())
}

fn plain<T: JsonSchema + ?Sized>(settings: SchemaSettings) -> Value {
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Value::Object(members) = &mut schema {
        taken(members, "$schema");
        // It is the name of the type unless somebody gave it another.
        if members.get("title").and_then(Value::as_str) == Some(&T::schema_name()) {
            taken(members, "title");
        }
    }
    schema
}

/// The name that the schema of `T` has in a request: the type's, with `_` for what is no letter, digit, `_` or `-`, and
/// at most 64 characters.
///
/// ```
/// use openai_ext::schema::schema_name;
///
/// assert_eq!(schema_name::<Vec<String>>(), "Array_of_string");
/// ```
#[must_use]
pub fn schema_name<T: JsonSchema + ?Sized>() -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = T::schema_name().chars().take(64).map(allowed).collect();
    if name.is_empty() { "output".to_owned() } else { name }
}
