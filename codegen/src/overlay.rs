//! OpenAPI Overlay 1.0: named corrections of the document, each with its reason.

use serde_json::Value;
use serde_json_path::{JsonPath, LocatedNode};

use crate::{supplement, yaml};

/// What applying an overlay did.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// A line each action: its target and how many places it matched.
    pub lines: Vec<String>,
    /// Targets that matched nothing: the defect is mended upstream, or the action is wrong.
    pub unmatched: Vec<String>,
    /// Updates that change nothing and, in an overlay with `x-additions-only`, entries that the document has already.
    pub outdated: Vec<String>,
}

/// Applies the actions of an overlay in their order.
///
/// # Errors
/// The overlay is not one, an action has no target or no JSONPath, or changes nothing by its form; the text names it.
pub fn apply(document: &mut Value, overlay: &Value, name: &str) -> Result<Applied, String> {
    if overlay.get("overlay").and_then(Value::as_str).is_none_or(|version| !version.starts_with("1.")) {
        return Err(format!("{name}: expected `overlay: 1.0.0` at the top"));
    }
    let actions = overlay.get("actions").and_then(Value::as_array);
    let actions = actions.ok_or_else(|| format!("{name}: expected a list at /actions"))?;
    let additions_only = overlay.get("x-additions-only") == Some(&Value::Bool(true));
    let mut applied = Applied::default();
    for (index, action) in actions.iter().enumerate() {
        let place = format!("{name}#/actions/{index}");
        let target = action.get("target").and_then(Value::as_str);
        let target = target.ok_or_else(|| format!("{place}: expected a text at target"))?;
        if action.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(format!("{place}: say in `description` why the document is wrong here"));
        }
        let pointers = locate(document, target).map_err(|error| format!("{place}: {error}"))?;
        if pointers.is_empty() {
            applied.unmatched.push(target.to_owned());
        }
        if let Some(update) = action.get("update") {
            let places: Vec<&Value> = pointers.iter().filter_map(|pointer| document.pointer(pointer)).collect();
            applied.outdated.extend(outdated(&places, update, additions_only).map(|entry| format!("{target}{entry}")));
        }
        for pointer in pointers.iter().rev() {
            change(document, pointer, action).map_err(|error| format!("{place}: {error}"))?;
        }
        applied.lines.push(format!("{target}: {} places", pointers.len()));
    }
    Ok(applied)
}

/// Reads a document and applies overlays, each a name and a text. What matches nothing or is outdated is passed over.
///
/// # Errors
/// A text is not YAML, or an overlay is not one; the text names it.
pub fn overlaid(document: &str, overlays: &[(String, String)]) -> Result<Value, String> {
    let mut document = yaml::parse(document).map_err(|error| format!("openapi.yaml: {error}"))?;
    for (name, text) in overlays {
        let overlay = yaml::parse(text).map_err(|error| format!("{name}: {error}"))?;
        apply(&mut document, &overlay, name)?;
    }
    Ok(document)
}

/// Takes out of an overlay of additions what the document has by now. Returns the overlay and the number of entries that
/// it lost; an action whose target is gone stays, because somebody has to look at it.
///
/// # Errors
/// An action has no JSONPath as its target; the text names it.
pub fn prune(document: &Value, mut overlay: Value, name: &str) -> Result<(Value, usize), String> {
    let actions = overlay.get_mut("actions").and_then(Value::as_array_mut);
    let actions = actions.ok_or_else(|| format!("{name}: expected a list at /actions"))?;
    let mut lost = 0;
    let mut kept = Vec::new();
    for (index, mut action) in std::mem::take(actions).into_iter().enumerate() {
        let target = action.get("target").and_then(Value::as_str).unwrap_or_default();
        let pointers = locate(document, target).map_err(|error| format!("{name}#/actions/{index}: {error}"))?;
        let place = pointers.first().and_then(|pointer| document.pointer(pointer));
        if let (Some(place), Some(update)) = (place, action.get("update")) {
            lost += supplement::known(place, update).len();
            let Some(rest) = supplement::rest(place, update) else { continue };
            action["update"] = rest;
        }
        kept.push(action);
    }
    *actions = kept;
    Ok((overlay, lost))
}

/// Returns the parts of an update that the places have already.
fn outdated(places: &[&Value], update: &Value, additions_only: bool) -> impl Iterator<Item = String> {
    let known = places.iter().flat_map(|place| supplement::known(place, update)).filter(|_| additions_only);
    let idle = !additions_only && !places.is_empty() && places.iter().all(|place| holds(place, update));
    let known: Vec<String> = known.chain(idle.then(String::new)).collect();
    known.into_iter()
}

/// Says if a place has all members and items of an update already.
fn holds(place: &Value, update: &Value) -> bool {
    match (place, update) {
        (Value::Object(place), Value::Object(update)) => {
            update.iter().all(|(key, value)| place.get(key).is_some_and(|old| holds(old, value)))
        }
        (Value::Array(place), Value::Array(update)) => update.iter().all(|item| place.contains(item)),
        (place, update) => place == update,
    }
}

fn locate(document: &Value, target: &str) -> Result<Vec<String>, String> {
    let path = JsonPath::parse(target).map_err(|error| format!("{target} is not a JSONPath: {error}"))?;
    let located = path.query_located(document);
    Ok(located.into_iter().map(|node: LocatedNode<'_>| node.location().to_json_pointer()).collect())
}

fn change(document: &mut Value, pointer: &str, action: &Value) -> Result<(), String> {
    if action.get("remove") == Some(&Value::Bool(true)) {
        return remove(document, pointer);
    }
    let update = action.get("update").ok_or("expected `update` or `remove: true`")?;
    let place = document.pointer_mut(pointer).ok_or_else(|| format!("{pointer} is gone"))?;
    merge(place, update);
    Ok(())
}

/// Objects merge by key, lists are extended, all else is replaced; as the Overlay specification says.
fn merge(place: &mut Value, update: &Value) {
    match (place, update) {
        (Value::Object(place), Value::Object(update)) => {
            for (key, value) in update {
                match place.get_mut(key) {
                    Some(old) => merge(old, value),
                    None => {
                        place.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(place), Value::Array(update)) => place.extend(update.iter().cloned()),
        (Value::Array(place), one) => place.push(one.clone()),
        (place, update) => *place = update.clone(),
    }
}

fn remove(document: &mut Value, pointer: &str) -> Result<(), String> {
    let (parent, key) = pointer.rsplit_once('/').ok_or("the root can't be removed")?;
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.shift_remove(&key);
        }
        Some(Value::Array(items)) => {
            let index = key.parse::<usize>().map_err(|_| format!("{pointer} is no place in a list"))?;
            if index < items.len() {
                items.remove(index);
            }
        }
        _ => return Err(format!("{pointer} is gone")),
    }
    Ok(())
}
