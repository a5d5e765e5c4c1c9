//! The order of a type's fields in its schema.
//!
//! schemars keeps schemas in maps of `serde_json`, which are sorted by name unless the feature `preserve_order` is on. The
//! list `required` is in the order of the fields in any case, and a body writes the properties of a schema in the order of
//! that list. So the list has to have all of them.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeOwned, Visitor};
use serde_json::Value;

use super::merge::Members;
use super::nulls::{LISTS, MAPS, SCHEMAS};

/// Makes the `required` of each object a list of all its properties, in the order of the type's fields. For strict mode,
/// which requires them all.
///
/// `serialized` is the schema of what the type writes: it requires fields that may be missing in what the type reads.
/// `fields` are those of the root. A field that may be missing in both, and is not of the root, comes last.
#[inline]
pub(super) fn require_all(schema: &mut Value, serialized: &Value, fields: &[&str]) {
    let Value::Object(members) = schema else { return };
    if let Some(Value::Object(properties)) = members.get("properties") {
        let mut order: Vec<&str> = Vec::new();
        join(&mut order, fields.iter().copied(), properties);
        join(&mut order, required(serialized), properties);
        join(&mut order, members.get("required").map(names).into_iter().flatten(), properties);
        let mut all: Vec<Value> = order.iter().map(|name| (*name).into()).collect();
        all.extend(properties.keys().filter(|name| !order.contains(&name.as_str())).map(|name| name.as_str().into()));
        members.insert("required".to_owned(), all.into());
    }
    for (name, value) in members {
        let written = serialized.get(name).unwrap_or(&Value::Null);
        match (name.as_str(), value) {
            (name, Value::Object(all)) if MAPS.contains(&name) => {
                for (name, schema) in all {
                    require_all(schema, written.get(name).unwrap_or(&Value::Null), &[]);
                }
            }
            (name, Value::Array(all)) if LISTS.contains(&name) => {
                for (at, schema) in all.iter_mut().enumerate() {
                    require_all(schema, written.get(at).unwrap_or(&Value::Null), &[]);
                }
            }
            (name, schema) if SCHEMAS.contains(&name) => require_all(schema, written, &[]),
            _ => {}
        }
    }
}

/// Adds names to an order that is known in part: each after the one that it follows, or before the one that follows it.
fn join<'a>(order: &mut Vec<&'a str>, more: impl Iterator<Item = &'a str>, properties: &Members) {
    let more: Vec<&str> = more.filter(|name| properties.contains_key(*name)).collect();
    for (at, name) in more.iter().enumerate() {
        if order.contains(name) {
            continue;
        }
        let place = |name: &str| order.iter().position(|known| *known == name);
        let after = at.checked_sub(1).and_then(|before| place(more[before])).map(|place| place + 1);
        let before = || more[at..].iter().find_map(|next| place(next));
        let place = after.or_else(before).unwrap_or(order.len());
        order.insert(place, name);
    }
}

#[inline]
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").map(names).into_iter().flatten()
}

#[inline]
fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// Returns the fields that a struct reads, in their order: serde hands them to whoever it reads from. Other types, and a
/// struct with flattened fields, have none.
pub(crate) fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It reads nothing, so that there is no value.
    let _ = T::deserialize(FieldNames(&mut fields));
    fields
}

struct FieldNames<'a>(&'a mut &'static [&'static str]);

/// The error of a deserializer that has nothing to read.
#[derive(Debug)]
struct Nothing;

impl fmt::Display for Nothing {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is nothing to read")
    }
}

impl std::error::Error for Nothing {}

impl serde::de::Error for Nothing {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Nothing;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Nothing> {
        Err(Nothing)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Nothing> {
        *self.0 = fields;
        Err(Nothing)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_are_known_in_part_become_one() {
        let properties: Members = ["a", "b", "c", "d"].map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
        let joined = |lists: &[&[&'static str]]| {
            let mut order = Vec::new();
            lists.iter().for_each(|list| join(&mut order, list.iter().copied(), &properties));
            order
        };
        assert_eq!(joined(&[&["d", "b"], &["d", "c", "b", "a"]]), ["d", "c", "b", "a"]);
        assert_eq!(joined(&[&["b", "a"], &["c", "b"]]), ["c", "b", "a"]);
        assert_eq!(joined(&[&["c"], &["x", "a"]]), ["c", "a"]);
    }
}
