//! Events of clients, checked against the document, and what is said of those that it does not allow.

use serde_json::Value;

use crate::call::request_check;
use crate::document;
use crate::schema::{self, validate};

/// A reason not to take an event; the connection stays open.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) param: Option<String>,
}

impl Problem {
    pub(super) fn new(code: &'static str, param: Option<&str>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), param: param.map(str::to_owned) }
    }
}

/// Reads the event of a message, and says if it may be taken: if the union of this component has it. What is no object is
/// null.
pub(super) fn read(text: &str, component: &str, lenient: bool) -> (Value, Result<(), Problem>) {
    let event: Value = match serde_json::from_str(text) {
        Ok(event @ Value::Object(_)) => event,
        Ok(_) => return (Value::Null, Err(Problem::new("invalid_json", None, "The event is not an object."))),
        Err(error) => {
            let message = format!("We could not parse the JSON of your event: {error}.");
            return (Value::Null, Err(Problem::new("invalid_json", None, message)));
        }
    };
    let checked = check(&event, component, lenient);
    (event, checked)
}

fn check(event: &Value, component: &str, lenient: bool) -> Result<(), Problem> {
    let Some(kind) = event["type"].as_str() else {
        return Err(Problem::new("missing_required_parameter", Some("type"), "Missing required parameter: 'type'."));
    };
    let Some((_, schema)) = kinds(component).find(|(known, _)| *known == kind) else {
        let known: Vec<&str> = kinds(component).map(|(known, _)| known).collect();
        let message = format!("Invalid value: '{kind}'. Supported values are: {}.", known.join(", "));
        return Err(Problem::new("invalid_value", Some("type"), message));
    };
    match validate::check(document::root(), schema, event) {
        Err(violation) if !lenient => {
            let (param, message, code) = request_check::words(&violation);
            Err(Problem { code, message, param: Some(param).filter(|param| !param.is_empty()) })
        }
        _ => Ok(()),
    }
}

/// The events that the document knows: their types, and their schemas.
fn kinds(component: &str) -> impl Iterator<Item = (&'static str, &'static Value)> {
    let union = document::component(component);
    let variants = union.and_then(|union| union["anyOf"].as_array().or(union["oneOf"].as_array()));
    let variants = variants.into_iter().flatten();
    variants.filter_map(|variant| {
        let schema = schema::follow(document::root(), variant)?;
        Some((schema.pointer("/properties/type/enum/0")?.as_str()?, schema))
    })
}
