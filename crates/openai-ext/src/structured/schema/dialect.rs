//! The ways in which servers want to be told that a value may be null.

use schemars::JsonSchema;
use serde_json::Value;

use super::nulls::{Conversion, NullForm};
use super::{make_strict, schema, strict_schema_with};
use crate::Result;

/// A dialect of JSON Schema: the form in which a schema that goes to a server says that a value may be null.
///
/// A client has a dialect ([`schema_dialect`](crate::ServerOptionsExt::schema_dialect)), a call may have another
/// ([`with_schema_dialect`](crate::ParseExt::with_schema_dialect)), and so may a
/// [`Toolbox`](crate::tools::Toolbox::with_schema_dialect). `parse()`, `parse_stream()` and `run_tools()` use it for each
/// schema that they send. Builders of [`compatible`](crate::compatible) choose the one of their server.
///
/// ```
/// use openai_ext::schema::Dialect;
/// use openai_ext::schemars::{self, JsonSchema};
/// use serde_json::json;
///
/// #[derive(JsonSchema)]
/// struct Meeting {
///     room: Option<String>,
/// }
///
/// # fn main() -> openai_ext::Result<()> {
/// for (dialect, room) in [
///     (Dialect::OpenAi, json!({"type": ["string", "null"]})),
///     (Dialect::AnyOf, json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
///     (Dialect::Nullable, json!({"type": "string", "nullable": true})),
/// ] {
///     assert_eq!(dialect.strict_schema::<Meeting>()?["properties"]["room"], room);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// OpenAI's and the default: `type` may be a list, as `["string", "null"]`.
    #[default]
    OpenAi,
    /// Draft 2020-12 without lists of types: `anyOf` of the type and `{"type": "null"}`. Pydantic and Zod write it, so that
    /// most servers take it.
    AnyOf,
    /// OpenAPI 3.0, as Gemini reads it: one type and `nullable: true`. There is no type `null`, no `const` (it becomes an
    /// `enum` of one value) and no reference: definitions are written where they are referred to, apart from types that
    /// contain themselves. Exclusive bounds of integers become inclusive ones.
    Nullable,
}

impl Dialect {
    /// Returns the strict schema of `T` in this dialect; see [`strict_schema`](super::strict_schema).
    ///
    /// # Errors
    /// Those of [`strict_schema`](super::strict_schema).
    pub fn strict_schema<T: JsonSchema + ?Sized>(self) -> Result<Value> {
        self.strict_schema_with::<T>(&[])
    }

    /// The same, if more is known of the fields of `T` than its schema tells.
    pub(crate) fn strict_schema_with<T: JsonSchema + ?Sized>(self, fields: &[&str]) -> Result<Value> {
        strict_schema_with::<T>(fields).map(|schema| self.convert(schema))
    }

    /// Returns the plain schema of `T` in this dialect; see [`schema`](super::schema).
    #[must_use]
    pub fn schema<T: JsonSchema + ?Sized>(self) -> Value {
        self.convert(schema::<T>())
    }

    /// Makes a schema strict, and converts it to this dialect; see [`make_strict`].
    ///
    /// # Errors
    /// Those of [`make_strict`].
    #[inline]
    pub fn make_strict(self, schema: Value) -> Result<Value> {
        make_strict(schema).map(|schema| self.convert(schema))
    }

    /// Converts a JSON schema to this dialect. It says the same; where the dialect has no form for something, that stays.
    /// [`OpenAi`](Self::OpenAi) converts nothing.
    ///
    /// ```
    /// use openai_ext::schema::Dialect;
    /// use serde_json::json;
    ///
    /// let schema = json!({"type": ["integer", "null"], "minimum": 1, "description": "A page"});
    /// assert_eq!(
    ///     Dialect::AnyOf.convert(schema),
    ///     json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "description": "A page"}),
    /// );
    /// ```
    #[must_use]
    #[inline]
    pub fn convert(self, schema: Value) -> Value {
        let form = match self {
            Self::OpenAi => return schema,
            Self::AnyOf => NullForm::AnyOf,
            Self::Nullable => NullForm::Nullable,
        };
        Conversion::new(form, &schema).run(schema)
    }
}
