use serde_json::{Map, Value};

use super::error::{ImportError, Problem};
use super::pointer::Pointer;

/// As deep as [`crate::yaml::parse`] can read.
const MAX_DEPTH: usize = 128;

/// Requires that openapiv3, through which the generator reads the document, neither refuses nor drops anything of it.
pub(super) fn survives_openapiv3(document: &Value) -> Result<(), ImportError> {
    if depth(document) > MAX_DEPTH {
        let what = format!("nested deeper than {MAX_DEPTH} levels after the import");
        return Err(Pointer::ROOT.error(Problem::Unsupported(what)));
    }
    let refused = |error: serde_json::Error| {
        Pointer::ROOT.error(Problem::Unsupported(format!("openapiv3 cannot read the result: {error}")))
    };
    let parsed: openapiv3::OpenAPI = serde_json::from_value(document.clone()).map_err(refused)?;
    let again = serde_json::to_value(&parsed).map_err(refused)?;
    same(document, &again, &Pointer::ROOT)
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
