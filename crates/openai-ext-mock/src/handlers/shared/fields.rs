//! Parameters, objects and fields: the small steps that most handlers take.

use serde_json::{Value, json};

use crate::call::{Call, Outcome, Refusal, objects};

/// A parameter of the path. The router has found all of them; the empty text is the id of nothing.
pub(crate) fn parameter<'c>(call: &'c Call<'_>, name: &str) -> &'c str {
    call.request.parameter(name).unwrap_or_default()
}

/// An object, or that there is none. `what` is its name in the message, `name` the parameter that holds its id.
pub(crate) fn find<'s, T>(found: Option<&'s T>, what: &str, id: &str, name: &str) -> Result<&'s T, Refusal> {
    found.ok_or_else(|| Refusal::not_found(what, id, name))
}

pub(crate) fn find_mut<'s, T>(
    found: Option<&'s mut T>,
    what: &str,
    id: &str,
    name: &str,
) -> Result<&'s mut T, Refusal> {
    found.ok_or_else(|| Refusal::not_found(what, id, name))
}

pub(crate) fn deleted(id: &str, object: &str) -> Outcome {
    Ok(json!({"id": id, "object": object, "deleted": true}).into())
}

/// The texts of a list in the body; what is no text is left out.
pub(crate) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A field that is an id of the object, or null if the object says none.
pub(crate) fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap_or_default().to_owned()
}

/// The members of a body, to which more can be added; none if the body is no object.
pub(crate) fn members(body: &Value) -> Value {
    if body.is_object() { body.clone() } else { json!({}) }
}

/// `fields` laid over `object`.
pub(crate) fn merged(mut object: Value, fields: impl IntoIterator<Item = (String, Value)>) -> Value {
    if let Value::Object(map) = &mut object {
        map.extend(fields);
    }
    object
}

/// The fields that the request set; a null there means the default.
pub(crate) fn given(component: &str, call: &Call<'_>) -> impl Iterator<Item = (String, Value)> + use<> {
    objects::known(component, &call.body).into_iter().filter(|(_, value)| !value.is_null())
}

/// The pairs of the metadata that a list is filtered by: `metadata[key]=value` in the query.
pub(crate) fn metadata_filter<'c>(call: &'c Call<'_>) -> Vec<(&'c str, &'c str)> {
    let pairs = call.request.query.iter();
    pairs
        .filter_map(|(name, value)| Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value.as_str())))
        .collect()
}
