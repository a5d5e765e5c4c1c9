use serde_json::{Map, Value};

use super::error::ImportError;
use super::grammar::{self, Kind, ValueShape};
use super::pointer::Pointer;

/// What a walk calls with each object: its kind, the object, and where it is.
pub(super) type Visit<'f> = dyn FnMut(Kind, &mut Map<String, Value>, &Pointer<'_>) -> Result<(), ImportError> + 'f;

/// Visits every object that the grammar knows, the inner ones first.
pub(super) fn objects(document: &mut Value, visit: &mut Visit<'_>) -> Result<(), ImportError> {
    object(Kind::Document, document, &Pointer::ROOT, visit)
}

/// Visits every schema, the inner ones first.
pub(super) fn schemas(
    document: &mut Value,
    mut visit: impl FnMut(&mut Map<String, Value>, &Pointer<'_>) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    objects(document, &mut |kind, map, at| {
        if kind == Kind::Schema { visit(map, at) } else { Ok(()) }
    })
}

fn object(kind: Kind, value: &mut Value, at: &Pointer<'_>, visit: &mut Visit<'_>) -> Result<(), ImportError> {
    let Value::Object(map) = value else {
        return Ok(());
    };
    for (key, child) in map.iter_mut() {
        let Some((keyword, _)) = grammar::find(kind, key) else {
            continue;
        };
        let here = at.key(key);
        match (keyword.shape, child) {
            (ValueShape::One(kind) | ValueShape::OneOrFlag(kind), child) => object(kind, child, &here, visit)?,
            (ValueShape::List(kind), Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    object(kind, item, &here.index(index), visit)?;
                }
            }
            (ValueShape::Map(kind, _), Value::Object(entries)) => {
                for (name, entry) in entries.iter_mut() {
                    object(kind, entry, &here.key(name), visit)?;
                }
            }
            _ => {}
        }
    }
    visit(kind, map, at)
}
