//! Changes a JSON body in one place at a time, as a server might that is newer, older or looser than the document.

use openai_ext::Value;
use serde_json::Map;

/// Every body that differs from `body` in one place, with what was changed.
pub fn mutations(body: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    walk(body, &mut Vec::new(), &mut places);
    let mut out = Vec::new();
    for place in &places {
        for change in Change::ALL {
            let mut changed = body.clone();
            if change.apply(&mut changed, place) {
                out.push((format!("{change:?} {}", pointer(place)), changed));
            }
        }
    }
    out
}

/// The same as JSON, but for the order of keys and for how a number is written.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

#[derive(Clone, Debug)]
enum Step {
    Field(String),
    Item(usize),
}

#[derive(Clone, Copy, Debug)]
enum Change {
    /// The field is not there.
    Absent,
    /// The field or item is null.
    Null,
    /// A tag, an enum value, or any other text that the document does not have.
    NewText,
    /// The text is empty.
    EmptyText,
    /// A list or an object is empty.
    Empty,
    /// An object has fields that the document does not have.
    UnknownField,
    /// A list has a null at its end.
    NullItem,
    /// A list has an object at its end that is of no kind the document has.
    UnknownItem,
}

impl Change {
    const ALL: [Self; 8] = [
        Self::Absent,
        Self::Null,
        Self::NewText,
        Self::EmptyText,
        Self::Empty,
        Self::UnknownField,
        Self::NullItem,
        Self::UnknownItem,
    ];

    /// Makes the change; false if it makes no sense at this place or changes nothing.
    fn apply(self, body: &mut Value, place: &[Step]) -> bool {
        if let Self::Absent = self {
            let Some((Step::Field(name), parent)) = place.split_last() else { return false };
            return at(body, parent).as_object_mut().is_some_and(|object| object.remove(name).is_some());
        }
        let value = at(body, place);
        match (self, value) {
            (Self::Null, value) if !place.is_empty() && !value.is_null() => *value = Value::Null,
            (Self::NewText, Value::String(text)) => *text = "something_new".to_owned(),
            (Self::EmptyText, Value::String(text)) if !text.is_empty() => text.clear(),
            (Self::Empty, Value::Object(object)) if !place.is_empty() && !object.is_empty() => object.clear(),
            (Self::Empty, Value::Array(items)) if !items.is_empty() => items.clear(),
            (Self::UnknownField, Value::Object(object)) => match place.last() {
                Some(Step::Field(name)) if MAPS.contains(&name.as_str()) => add_like(object),
                _ => add_unknown(object),
            },
            (Self::NullItem, Value::Array(items)) => items.push(Value::Null),
            // A list of texts or numbers is no list of objects.
            (Self::UnknownItem, Value::Array(items)) if items.iter().any(Value::is_object) => {
                items.push(serde_json::json!({"type": "something_new", "of_its_own": [1, null, {"a": ""}]}));
            }
            _ => return false,
        }
        true
    }
}

/// Objects that are maps: any name is a known one there, and its value has a type.
const MAPS: &[&str] = &["metadata", "logit_bias", "env"];

fn add_like(map: &mut Map<String, Value>) {
    let value = map.values().next().cloned().unwrap_or_default();
    map.insert("another".to_owned(), value);
}

fn add_unknown(object: &mut Map<String, Value>) {
    object.insert("unknown_text".to_owned(), "tab\t, quote\", snowman ☃".into());
    object.insert("unknown_null".to_owned(), Value::Null);
    object.insert("unknown_tree".to_owned(), serde_json::json!({"a": [], "b": {}, "c": [{"d": 1.5, "e": -7}, false]}));
}

fn walk(value: &Value, place: &mut Vec<Step>, places: &mut Vec<Vec<Step>>) {
    places.push(place.clone());
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                place.push(Step::Field(name.clone()));
                walk(value, place, places);
                place.pop();
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                place.push(Step::Item(index));
                walk(value, place, places);
                place.pop();
            }
        }
        _ => {}
    }
}

fn at<'a>(body: &'a mut Value, place: &[Step]) -> &'a mut Value {
    place.iter().fold(body, |value, step| match step {
        Step::Field(name) => &mut value[name.as_str()],
        Step::Item(index) => &mut value[*index],
    })
}

fn pointer(place: &[Step]) -> String {
    place
        .iter()
        .map(|step| match step {
            Step::Field(name) => format!("/{name}"),
            Step::Item(index) => format!("/{index}"),
        })
        .collect()
}
