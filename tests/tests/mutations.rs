//! Values of another JSON kind in every field: nothing is lost, and each is listed with its path.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use acceptance::calls::sample::{Fill, Sampler};
use acceptance::compare::difference;
use acceptance::document;
use acceptance::schemas::SCHEMAS;
use openai_raw::index::RoundTrip;
use serde_json::{Map, Value, json};

/// The values that take the place of others, one of each kind.
fn others() -> [Value; 5] {
    [json!(true), json!(7.5), json!("no such word"), json!([{"x": 1}]), json!({"x": [1]})]
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(usize),
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.push_str(&format!(".{name}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// The places of a value, besides its root.
fn places(value: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    if !at.is_empty() {
        found.push(at.clone());
    }
    let steps: Vec<(Step, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, member)| (Step::Field(name.clone()), member)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (Step::Index(index), item)).collect(),
        _ => Vec::new(),
    };
    for (step, inner) in steps {
        at.push(step);
        places(inner, at, found);
        at.pop();
    }
}

fn place<'v>(value: &'v mut Value, at: &[Step]) -> &'v mut Value {
    at.iter().fold(value, |value, step| match step {
        Step::Field(name) => &mut value[name.as_str()],
        Step::Index(index) => &mut value[*index],
    })
}

/// The events of WebSockets have it in `extra`, which has no type.
const STREAM_ID: &str = "stream_id";

/// The kinds that the document gives to values, read without any of the crates under test.
struct Schemas<'d>(&'d Map<String, Value>);

impl<'d> Schemas<'d> {
    /// A schema with all that it refers to, and all that it may be instead.
    fn spread(&self, schema: &'d Value, out: &mut Vec<&'d Value>) {
        if out.iter().any(|known| std::ptr::eq(*known, schema)) {
            return;
        }
        out.push(schema);
        let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        if let Some(target) = name.and_then(|name| self.0.get(name)) {
            self.spread(target, out);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            schema[word].as_array().into_iter().flatten().for_each(|part| self.spread(part, out));
        }
    }

    /// The schemas that a place of a component's value may have.
    fn at(&self, component: &str, steps: &[Step]) -> Vec<&'d Value> {
        let mut here = Vec::new();
        if let Some(schema) = self.0.get(component) {
            self.spread(schema, &mut here);
        }
        for step in steps {
            let mut next = Vec::new();
            for schema in here {
                // An object that says nothing of its members may have any.
                let is_free = schema["type"] == "object" && schema["properties"].is_null() && schema["allOf"].is_null();
                if is_free && schema["additionalProperties"].is_null() && matches!(step, Step::Field(_)) {
                    return Vec::new();
                }
                let inner = match step {
                    Step::Field(name) => schema["properties"].get(name).or(schema.get("additionalProperties")),
                    Step::Index(_) => schema.get("items"),
                };
                if let Some(inner) = inner {
                    self.spread(inner, &mut next);
                }
            }
            here = next;
        }
        here
    }

    /// Returns if anything that the document says of a place allows values of this kind.
    fn allows(&self, component: &str, steps: &[Step], kind: &str) -> bool {
        let here = self.at(component, steps);
        let says = |schema: &&Value| {
            ["type", "enum", "$ref", "allOf", "anyOf", "oneOf"].iter().any(|word| !schema[*word].is_null())
        };
        here.is_empty()
            || here.iter().any(|schema| {
                schema["type"].as_str().is_some_and(|name| name == kind || (name == "integer" && kind == "number"))
                    || !says(schema)
                    || (schema["type"].is_null()
                        && schema["enum"]
                            .as_array()
                            .is_some_and(|words| words.iter().any(|word| self::kind(word) == kind)))
            })
    }
}

#[derive(Default)]
struct Tally {
    mutations: usize,
    allowed: usize,
    faults: Vec<String>,
}

/// Puts each other kind into each place of a value, and checks what becomes of it.
fn mutate(schemas: &Schemas<'_>, name: &str, trip: RoundTrip, value: &Value, limit: usize, tally: &mut Tally) {
    let mut found = Vec::new();
    places(value, &mut Vec::new(), &mut found);
    // A sample has any text where the document says base64.
    let own = trip(value.to_string().as_bytes()).map(|written| written.misfits).unwrap_or_default();
    let stride = found.len().div_ceil(limit).max(1);
    for at in found.iter().step_by(stride) {
        let mut copy = value.clone();
        let old = kind(place(&mut copy, at));
        for other in others().iter().filter(|other| kind(other) != old && old != "null") {
            *place(&mut copy, at) = other.clone();
            let fault = |what: String| format!("{name} {}: {old} -> {other}: {what}", path(at));
            tally.mutations += 1;
            let written = match trip(copy.to_string().as_bytes()) {
                Ok(written) => written,
                Err(error) => {
                    tally.faults.push(fault(error.to_string()));
                    continue;
                }
            };
            if let Some(difference) = difference(&copy, &written.value) {
                tally.faults.push(fault(difference));
            }
            let paths = written.misfits.iter().map(|misfit| misfit.path());
            let here = path(at);
            let is_new = |place: &&str| *place == here || !own.iter().any(|own| own.path() == *place);
            let listed: Vec<&str> = paths.filter(is_new).collect();
            if schemas.allows(name, at, kind(other)) {
                tally.allowed += 1;
            } else if listed.first() != Some(&here.as_str()) && here != STREAM_ID {
                // A strict client makes the first one its error.
                tally.faults.push(fault(format!("not listed, but {listed:?}")));
            }
        }
    }
}

/// Every component that has a type: bodies, what they are made of, and events. `MUTATIONS=all` takes every place of larger
/// samples.
#[test]
fn any_value_of_any_type_may_be_of_another_kind() -> Result<(), String> {
    let all = std::env::var("MUTATIONS").is_ok_and(|which| which == "all");
    let document = document()?;
    let components = document["components"]["schemas"].as_object().ok_or("the document has no schemas")?;
    let tally = Mutex::new(Tally::default());
    let work = Mutex::new(SCHEMAS.iter());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let schemas = Schemas(components);
                loop {
                    let next = work.lock().ok().and_then(|mut work| work.next());
                    let Some((name, trip)) = next else { return };
                    let mut own = Tally::default();
                    for round in 0..if all { 6 } else { 1 } {
                        let sample = Sampler::new(&document, Fill::All, round).component(name);
                        let Some(sample) = sample.filter(|sample| sample.is_object()) else { continue };
                        mutate(&schemas, name, *trip, &sample, if all { usize::MAX } else { 24 }, &mut own);
                    }
                    let Ok(mut tally) = tally.lock() else { return };
                    tally.mutations += own.mutations;
                    tally.allowed += own.allowed;
                    tally.faults.append(&mut own.faults);
                }
            });
        }
    });
    let tally = tally.into_inner().map_err(|error| error.to_string())?;
    println!("{} mutations, {} of them allowed, {} faults", tally.mutations, tally.allowed, tally.faults.len());
    let mut by_type: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in &tally.faults {
        *by_type.entry(fault.split(' ').next().unwrap_or_default()).or_default() += 1;
    }
    assert!(
        tally.faults.is_empty(),
        "{by_type:?}\n{}",
        tally.faults.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(tally.mutations - tally.allowed > 20_000, "{} mutations", tally.mutations);
    Ok(())
}
