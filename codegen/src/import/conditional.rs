//! `if`, `then` and `else`, which OpenAPI 3.0 lacks and no type of a field can say.

use serde_json::{Map, Value};

use super::error::{ImportError, Problem};
use super::pointer::Pointer;
use super::report::{Report, Rule};
use super::types::Schema;

/// Keywords by which a branch describes values that the import cannot add to the schema around it.
const STRUCTURE: [&str; 6] = ["$ref", "allOf", "oneOf", "anyOf", "items", "additionalProperties"];

/// Drops a conditional. Fields that only its branches describe become optional fields of the schema, because either
/// branch may apply; what a branch requires or forbids is dropped.
///
/// # Errors
/// A branch refers to another schema or is a union, so that its fields are not at hand.
pub(super) fn flatten(schema: &mut Schema, at: &Pointer<'_>, report: &mut Report) -> Result<(), ImportError> {
    let condition = schema.remove("if");
    let branches = ["then", "else"].map(|key| (key, schema.remove(key)));
    if condition.is_none() && branches.iter().all(|(_, branch)| branch.is_none()) {
        return Ok(());
    }
    report.add(Rule::Conditional);
    for (key, branch) in branches {
        // JSON Schema ignores a branch without a condition.
        let (Some(Value::Object(branch)), Some(_)) = (branch, &condition) else { continue };
        if let Some(keyword) = STRUCTURE.iter().find(|keyword| branch.contains_key(**keyword)) {
            let what = format!("`{keyword}` in a branch of a conditional, whose fields have no form in OpenAPI 3.0");
            return Err(at.key(key).key(keyword).error(Problem::Unsupported(what)));
        }
        add_fields(schema, branch, report);
    }
    Ok(())
}

/// Adds the fields of a branch that the schema does not have; a field of both is searched for inner fields.
fn add_fields(schema: &mut Schema, mut branch: Schema, report: &mut Report) {
    let Some(Value::Object(fields)) = branch.remove("properties") else { return };
    let known = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(known) = known else { return };
    for (name, field) in fields {
        match (known.get_mut(&name), field) {
            (None, field) => {
                report.add(Rule::ConditionalField);
                known.insert(name, field);
            }
            (Some(Value::Object(known)), Value::Object(field)) if known.contains_key("properties") => {
                add_fields(known, field, report);
            }
            // The branch narrows a field that the schema describes.
            _ => {}
        }
    }
    if known.is_empty() {
        schema.remove("properties");
    }
}
