//! Types as the generator makes them, for the tests of JSON.
#![allow(dead_code)]

use openai_runtime::json::{Extra, Json, Map, Plan, ReadError, Value, from_slice, to_vec};
use openai_runtime::{object, open_enum, union};

/// A body: one field of each type that generated fields have.
#[derive(Clone, Default)]
pub struct Completion {
    pub id: String,
    pub choices: Vec<Choice>,
    pub created: i64,
    pub usage: Usage,
    pub model: Option<String>,
    pub temperature: Option<f64>,
    pub stored: Option<bool>,
    pub tags: Option<Vec<String>>,
    pub labels: Option<Map<String>>,
    pub grid: Option<Vec<Vec<i64>>>,
    pub holes: Option<Vec<Option<String>>>,
    pub anything: Option<Value>,
    pub values: Option<Map<Value>>,
    pub filter: Option<Box<Filter>>,
    pub extra: Extra,
}
object!(
    Completion,
    [
        F("id", R),
        F("choices", R),
        F("created", R),
        F("usage", R),
        F("model", O),
        F("temperature", O),
        F("stored", O),
        F("tags", O),
        F("labels", O),
        F("grid", O),
        F("holes", O),
        F("anything", O),
        F("values", O),
        F("filter", O),
        F("object", C("chat.completion")),
    ],
    [id, choices, created, usage, model, temperature, stored, tags, labels, grid, holes, anything, values, filter,]
);

#[derive(Clone, Default)]
pub struct Usage {
    pub total: i64,
    pub details: Details,
    pub extra: Extra,
}
object!(Usage, [F("total", R), F("details", R)], [total, details]);

#[derive(Clone, Default)]
pub struct Details {
    pub cached: i64,
    pub share: f64,
    pub exact: bool,
    pub extra: Extra,
}
object!(Details, [F("cached", R), F("share", R), F("exact", R)], [cached, share, exact]);

#[derive(Clone, Default)]
pub struct Choice {
    pub index: i64,
    pub message: Message,
    pub finish_reason: FinishReason,
    pub extra: Extra,
}
object!(Choice, [F("index", R), F("message", R), F("finish_reason", R)], [index, message, finish_reason]);

#[derive(Clone, Default)]
pub struct Message {
    /// Required and nullable.
    pub refusal: Option<String>,
    pub content: Content,
    pub extra: Extra,
}
object!(Message, [F("refusal", R), F("content", R), F("role", C("assistant"))], [refusal, content]);

#[derive(Clone)]
pub enum FinishReason {
    Stop,
    Length,
    Unknown(Box<str>),
}
open_enum!(FinishReason, { "stop": Stop, "length": Length });

/// Told apart by the kind of value.
#[derive(Clone)]
pub enum Content {
    Text(String),
    Parts(Vec<Part>),
    Part(Box<Part>),
    Number(f64),
    Flag(bool),
    Unknown(Value),
}
union!(Content, Plan { string: &[0], array: &[1], untagged: &[2], number: &[3], boolean: &[4], ..Plan::NONE }, {
    0: Text, 1: Parts, 2: Part, 3: Number, 4: Flag,
});

/// Told apart by a tag.
#[derive(Clone)]
pub enum Part {
    Text(TextPart),
    Image(Box<ImagePart>),
    Unknown(Value),
}
union!(Part, Plan { tag: "type", tags: &[("text", &[0]), ("image", &[1])], ..Plan::NONE }, { 0: Text, 1: Image });

#[derive(Clone, Default)]
pub struct TextPart {
    pub text: String,
    pub extra: Extra,
}
object!(TextPart, [F("text", R), F("type", C("text"))], [text]);

#[derive(Clone, Default)]
pub struct ImagePart {
    pub url: String,
    pub detail: Option<FinishReason>,
    pub extra: Extra,
}
object!(ImagePart, [F("url", R), F("detail", O), F("type", C("image"))], [url, detail]);

/// Nothing tells the members apart, and it holds itself: the hard case.
#[derive(Clone)]
pub enum Filter {
    And(Box<And>),
    Or(Box<Or>),
    Compare(Compare),
    Unknown(Value),
}
union!(Filter, Plan { untagged: &[0, 1, 2], ..Plan::NONE }, { 0: And, 1: Or, 2: Compare });

#[derive(Clone, Default)]
pub struct And {
    pub filters: Vec<Filter>,
    pub all: Option<bool>,
    pub extra: Extra,
}
object!(And, [F("filters", R), F("all", O)], [filters, all]);

#[derive(Clone, Default)]
pub struct Or {
    pub filters: Vec<Filter>,
    pub any: bool,
    pub extra: Extra,
}
object!(Or, [F("filters", R), F("any", R)], [filters, any]);

#[derive(Clone, Default)]
pub struct Compare {
    pub key: String,
    pub value: Content,
    pub extra: Extra,
}
object!(Compare, [F("key", R), F("value", R)], [key, value]);

/// Two variants share a tag, and it has candidates for objects with another tag or none.
#[derive(Clone)]
pub enum Item {
    Text(TextPart),
    Titled(TitledPart),
    Plain(Plain),
    Other(Other),
    Unknown(Value),
}
union!(
    Item,
    Plan { tag: "type", tags: &[("text", &[0, 1])], untagged: &[2], other: &[3], ..Plan::NONE },
    { 0: Text, 1: Titled, 2: Plain, 3: Other }
);

#[derive(Clone, Default)]
pub struct TitledPart {
    pub text: String,
    pub title: String,
    pub extra: Extra,
}
object!(TitledPart, [F("text", R), F("title", R), F("type", C("text"))], [text, title]);

#[derive(Clone, Default)]
pub struct Plain {
    pub name: String,
    pub extra: Extra,
}
object!(Plain, [F("name", R)], [name]);

#[derive(Clone, Default)]
pub struct Other {
    pub kind: Value,
    pub extra: Extra,
}
object!(Other, [F("type", R)], [kind]);

/// Reads a text, or fails with the error.
#[track_caller]
pub fn read<T: Json + Default>(text: &str) -> T {
    from_slice(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Why a text is not read.
#[track_caller]
pub fn refused<T: Json + Default>(text: &str) -> String {
    match from_slice::<T>(text.as_bytes()) {
        Ok(value) => panic!("{text} was read as {}", write(&value)),
        Err(error) => <ReadError as ToString>::to_string(&error),
    }
}

pub fn write(value: &dyn Json) -> String {
    String::from_utf8(to_vec(value)).expect("the writer writes UTF-8")
}

/// Reads a text and checks that what is written says the same.
#[track_caller]
pub fn keeps<T: Json + Default>(text: &str) -> T {
    let value = read::<T>(text);
    let written: Value = serde_json::from_str(&write(&value)).expect("the writer writes JSON");
    let expected: Value = serde_json::from_str(text).expect("the test's text is JSON");
    assert!(same(&written, &expected), "{written}\nfor {expected}");
    value
}

/// Whether two values say the same: 1 and 1.0 do, null and absent do not.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || (a.is_f64() != b.is_f64() && a.as_f64() == b.as_f64()),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}
