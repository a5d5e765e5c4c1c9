//! Two schemas that hold at once, as one.

use serde_json::{Map, Value};

/// The members of a schema.
pub(super) type Members = Map<String, Value>;

/// Members that describe and do not restrict.
pub(super) const ANNOTATIONS: [&str; 2] = ["description", "title"];

/// Returns the schema of the values that fit both schemas. A description of `outer` wins, and its properties come
/// first: a tag is before what it tags.
///
/// # Errors
/// The name of a member that both have, and that can't be one.
#[inline]
pub(super) fn merge(outer: &Map<String, Value>, inner: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut merged = outer.clone();
    for (name, value) in inner {
        let Some(known) = merged.get_mut(name) else {
            merged.insert(name.clone(), value.clone());
            continue;
        };
        match (name.as_str(), known, value) {
            ("required", Value::Array(known), Value::Array(more)) => {
                let more = more.iter().filter(|name| !known.contains(name)).cloned().collect::<Vec<_>>();
                known.extend(more);
            }
            ("properties", Value::Object(known), Value::Object(more)) => add_properties(known, more)?,
            (name, known, value) if known == value || ANNOTATIONS.contains(&name) => {}
            _ => return Err(name.clone()),
        }
    }
    Ok(merged)
}

/// Takes out a member, and leaves the others in their order: `remove` of a map that keeps its order would change it.
#[inline]
pub(super) fn taken(members: &mut Members, name: &str) -> Option<Value> {
    let mut taken = None;
    members.retain(|known, value| {
        let is_it = known == name;
        if is_it {
            taken = Some(std::mem::take(value));
        }
        !is_it
    });
    taken
}

#[inline]
fn add_properties(known: &mut Map<String, Value>, more: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in more {
        match known.get(name) {
            Some(other) if other != value => return Err(format!("properties.{name}")),
            Some(_) => {}
            None => drop(known.insert(name.clone(), value.clone())),
        }
    }
    Ok(())
}
