//! The last step: keywords in the grammar's order, maps whose order means nothing in alphabetical order, and nothing
//! written that its absence says as well.

use serde_json::{Map, Value};

use super::grammar::{self, Keyword, Kind, NameRule, ValueShape};
use super::report::{Report, Rule};

/// Puts the document in the order in which it is written.
pub(super) fn arrange(document: &mut Value, report: &mut Report) {
    object(Kind::Document, document, report);
}

fn object(kind: Kind, value: &mut Value, report: &mut Report) {
    let Value::Object(map) = value else { return };
    let mut arranged = Map::new();
    for keyword in grammar::table(kind).iter().filter(|keyword| !keyword.input_only) {
        let Some(mut value) = map.remove(keyword.name) else {
            continue;
        };
        if says_nothing(keyword, &value) {
            report.add(Rule::EmptyKeyword);
            continue;
        }
        inside(keyword.shape, &mut value, report);
        arranged.insert(keyword.name.to_owned(), value);
    }
    *map = arranged;
}

fn says_nothing(keyword: &Keyword, value: &Value) -> bool {
    let empty = match value {
        Value::Bool(flag) => !flag,
        Value::Array(items) => items.is_empty(),
        // A schema without keywords is a schema that allows everything.
        Value::Object(entries) => entries.is_empty() && !matches!(keyword.shape, ValueShape::One(_)),
        _ => false,
    };
    empty && !keyword.keeps_empty
}

fn inside(shape: ValueShape, value: &mut Value, report: &mut Report) {
    match (shape, value) {
        (ValueShape::One(kind) | ValueShape::OneOrFlag(kind), value) => object(kind, value, report),
        (ValueShape::List(kind), Value::Array(items)) => items.iter_mut().for_each(|item| object(kind, item, report)),
        (ValueShape::Map(kind, names), Value::Object(entries)) => {
            if names != NameRule::Ordered {
                entries.sort_keys();
            }
            entries.values_mut().for_each(|entry| object(kind, entry, report));
        }
        _ => {}
    }
}
