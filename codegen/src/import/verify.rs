//! The document as openapiv3 reads it, which is all that the generator sees.

use openapiv3::ReferenceOr;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::{ImportError, Problem};
use super::extensions::METHODS;
use super::lenient::Notes;
use super::pointer::{Pointer, escape, unescape};

/// As deep as [`crate::yaml::parse`] can read.
const MAX_DEPTH: usize = 128;

/// Takes out of the document what openapiv3 refuses or drops, and notes each place.
///
/// # Errors
/// The document is nested too deep, or is still refused then.
pub(super) fn mend(document: &mut Value, notes: &mut Notes) -> Result<(), ImportError> {
    /// A keyword may be refused only once another one is gone.
    const ROUNDS: usize = 8;
    require_depth(document)?;
    for _ in 0..ROUNDS {
        let Ok(parsed) = serde_json::from_value::<openapiv3::OpenAPI>(document.clone()) else {
            if !without_refused(document, notes) {
                break;
            }
            continue;
        };
        let Ok(again) = serde_json::to_value(&parsed) else { break };
        let mut found = Vec::new();
        differences(document, &again, &Pointer::ROOT, &mut found);
        if found.is_empty() {
            return Ok(());
        }
        for (place, theirs) in found.into_iter().rev() {
            change(document, &place, theirs, notes);
        }
    }
    survives_openapiv3(document)
}

/// The places that openapiv3 reads otherwise, with what it reads; none where it drops a keyword.
fn differences(ours: &Value, theirs: &Value, at: &Pointer<'_>, found: &mut Vec<(String, Option<Value>)>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                match theirs.get(key) {
                    Some(other) => differences(value, other, &at.key(key), found),
                    None => found.push((at.key(key).text(), None)),
                }
            }
            let added = theirs.iter().filter(|(key, value)| !value.is_null() && !ours.contains_key(*key));
            found.extend(added.map(|(key, value)| (at.key(key).text(), Some(value.clone()))));
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                differences(ours, theirs, &at.index(index), found);
            }
        }
        (ours, theirs) if ours == theirs => {}
        (_, theirs) => found.push((at.text(), Some(theirs.clone()))),
    }
}

fn change(document: &mut Value, place: &str, theirs: Option<Value>, notes: &mut Notes) {
    let (parent, key) = place.rsplit_once('/').unwrap_or_default();
    match (document.pointer_mut(parent), theirs) {
        (Some(Value::Object(map)), None) => {
            notes.add_text(place, "OpenAPI 3.0 has no such keyword here: passed over");
            map.shift_remove(&unescape(key));
        }
        (Some(Value::Object(map)), Some(theirs)) => {
            map.insert(unescape(key), theirs);
        }
        (Some(Value::Array(items)), Some(theirs)) => {
            let item = key.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.into_iter().for_each(|item| *item = theirs.clone());
        }
        _ => {}
    }
}

/// Takes out the components and operations that openapiv3 cannot read at all; a schema allows anything then.
fn without_refused(document: &mut Value, notes: &mut Notes) -> bool {
    fn is_refused<T: DeserializeOwned>(value: &Value) -> bool {
        serde_json::from_value::<T>(value.clone()).is_err()
    }
    type Test = fn(&Value) -> bool;
    const SECTIONS: [(&str, Test); 6] = [
        ("schemas", is_refused::<ReferenceOr<openapiv3::Schema>>),
        ("parameters", is_refused::<ReferenceOr<openapiv3::Parameter>>),
        ("responses", is_refused::<ReferenceOr<openapiv3::Response>>),
        ("requestBodies", is_refused::<ReferenceOr<openapiv3::RequestBody>>),
        ("headers", is_refused::<ReferenceOr<openapiv3::Header>>),
        ("securitySchemes", is_refused::<ReferenceOr<openapiv3::SecurityScheme>>),
    ];
    let before = notes.places.len();
    for (section, is_refused) in SECTIONS {
        let place = format!("/components/{section}");
        let Some(Value::Object(entries)) = document.pointer_mut(&place) else { continue };
        entries.retain(|name, entry| {
            if !is_refused(entry) {
                return true;
            }
            notes.add_text(format!("{place}/{}", escape(name)), "no form of OpenAPI 3.0: passed over");
            *entry = Value::Object(Map::new());
            section == "schemas"
        });
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (path, item) in paths.filter(|(_, item)| is_refused::<openapiv3::PathItem>(item)) {
        let Value::Object(item) = item else { continue };
        item.retain(|key, value| {
            let is_bad = METHODS.contains(&key.as_str()) && is_refused::<openapiv3::Operation>(value)
                || key == "parameters" && is_refused::<Vec<ReferenceOr<openapiv3::Parameter>>>(value);
            if is_bad {
                notes.add_text(format!("/paths/{}/{key}", escape(path)), "no form of OpenAPI 3.0: passed over");
            }
            !is_bad
        });
    }
    notes.places.len() > before
}

/// Requires that openapiv3, through which the generator reads the document, neither refuses nor drops anything of it.
pub(super) fn survives_openapiv3(document: &Value) -> Result<(), ImportError> {
    require_depth(document)?;
    let refused = |error: serde_json::Error| {
        Pointer::ROOT.error(Problem::Unsupported(format!("openapiv3 cannot read the result: {error}")))
    };
    let parsed: openapiv3::OpenAPI = serde_json::from_value(document.clone()).map_err(refused)?;
    let again = serde_json::to_value(&parsed).map_err(refused)?;
    same(document, &again, &Pointer::ROOT)
}

fn require_depth(document: &Value) -> Result<(), ImportError> {
    if depth(document) > MAX_DEPTH {
        let what = format!("nested deeper than {MAX_DEPTH} levels after the import");
        return Err(Pointer::ROOT.error(Problem::Unsupported(what)));
    }
    Ok(())
}

fn same(ours: &Value, theirs: &Value, at: &Pointer<'_>) -> Result<(), ImportError> {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => same_maps(ours, theirs, at),
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.try_for_each(|(index, (ours, theirs))| same(ours, theirs, &at.index(index)))
        }
        (ours, theirs) if ours == theirs => Ok(()),
        (ours, theirs) => {
            let what = format!("openapiv3 reads `{ours}` as `{theirs}`");
            Err(at.error(Problem::Unsupported(what)))
        }
    }
}

fn same_maps(ours: &Map<String, Value>, theirs: &Map<String, Value>, at: &Pointer<'_>) -> Result<(), ImportError> {
    for (key, value) in ours {
        let Some(other) = theirs.get(key) else {
            return Err(at.key(key).error(Problem::Unsupported("openapiv3 drops this keyword".to_owned())));
        };
        same(value, other, &at.key(key))?;
    }
    // It writes an absent content type of an encoding as null; that one loses nothing.
    match theirs.iter().find(|(key, value)| !value.is_null() && !ours.contains_key(*key)) {
        Some((key, _)) => {
            let what = "openapiv3 adds this keyword, so that absent and present are alike to it".to_owned();
            Err(at.key(key).error(Problem::Unsupported(what)))
        }
        None => Ok(()),
    }
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(entries) => entries.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}
