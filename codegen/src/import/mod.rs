//! From an upstream OpenAPI document, 3.0 or 3.1, to the facts that `openapi.yaml` holds, as OpenAPI 3.0.3.
//!
//! The steps are those of [`import`]. All of them work on the JSON value, before openapiv3 sees it, because openapiv3
//! drops what OpenAPI 3.0 does not have. A keyword that no rule knows stops the import. What OpenAPI 3.0 cannot say is
//! kept in four extension keys: `x-webhooks` on the document, `x-path` and `x-fixed-query` on a path item, and
//! `x-property-names` on a schema. Importing the result again gives the same bytes.

mod check;
mod conditional;
mod error;
mod extensions;
mod grammar;
mod lenient;
mod nulls;
mod order;
mod pointer;
mod refs;
mod report;
mod types;
mod verify;
mod walk;

use serde_json::Value;

pub use error::{ImportError, Problem};
pub use report::{Counts, Report, Rule};

use self::lenient::Notes;
use crate::strictness::Strictness;
use crate::yaml;

/// A document after its import.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The facts, as OpenAPI 3.0.3.
    pub document: Value,
    /// The same as the text of `openapi.yaml`.
    pub yaml: String,
    /// What the import did to get there.
    pub report: Report,
}

/// Imports an upstream document; `source_name` is what errors call it.
///
/// # Errors
///
/// The text is neither YAML nor JSON, or no OpenAPI 3.0 or 3.1 document; a keyword is unknown or has a value of the
/// wrong type; a `$ref` points at nothing; two operations have one `operationId`; the document says something that OpenAPI 3.0 has no form for.
pub fn import(text: &str, source_name: &str) -> Result<Imported, ImportError> {
    import_with(text, source_name, Strictness::Strict)
}

/// Imports a document as [`import`] does. A lenient import passes over what no rule covers and notes it in the report.
///
/// # Errors
///
/// Those of [`import`]; of a lenient import, only those where going on would be wrong.
pub fn import_with(text: &str, source_name: &str, strictness: Strictness) -> Result<Imported, ImportError> {
    facts_of(text, Report::new(strictness)).map_err(|error| error.in_source(source_name))
}

fn facts_of(text: &str, mut report: Report) -> Result<Imported, ImportError> {
    let read = if report.is_lenient() { yaml::parse_loosely(text) } else { yaml::parse(text) };
    let mut upstream = read.map_err(|error| ImportError::new("", Problem::Syntax(error)))?;
    let mut notes = Notes::default();
    if report.is_lenient() {
        lenient::version(&mut upstream);
    }
    require_openapi(&upstream)?;
    if report.is_lenient() {
        upstream = lenient::adapt(upstream, &mut notes)?;
    }
    let mut document = check::facts(upstream, &mut report)?;
    refs::resolve_all(&mut document)?;
    if report.is_lenient() {
        extensions::settle_ids(&mut document, &mut report)?;
    } else {
        extensions::unique_ids(&document)?;
    }
    normalise_schemas(&mut document, &mut report)?;
    nulls::lift_components(&mut document, &mut report)?;
    if report.is_lenient() {
        lenient::settle(&mut document, &mut notes)?;
    }
    extensions::webhooks(&mut document, &mut report);
    extensions::fixed_queries(&mut document, &mut report)?;
    document["openapi"] = "3.0.3".into();
    order::arrange(&mut document, &mut report);
    match report.is_lenient() {
        true => verify::mend(&mut document, &mut notes)?,
        false => verify::survives_openapiv3(&document)?,
    }
    report.note(notes.into_places());
    report.counts = extensions::counts(&document);
    Ok(Imported { yaml: yaml::to_string(&document), document, report })
}

fn require_openapi(document: &Value) -> Result<(), ImportError> {
    let found = match document.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") || version.starts_with("3.1.") => {
            return Ok(());
        }
        Some(version) => format!("its `openapi` is {version}"),
        None if document.get("swagger").is_some() => "it is Swagger 2".to_owned(),
        None => "it has no `openapi`".to_owned(),
    };
    Err(ImportError::new("", Problem::NotOpenApi(found)))
}

/// The rules for one schema, in the order in which they build on each other. Inner schemas are done before outer ones.
fn normalise_schemas(document: &mut Value, report: &mut Report) -> Result<(), ImportError> {
    let anchors = refs::anchors(document);
    let implied = refs::ImpliedTypes::new(document);
    walk::schemas(document, |schema, at| {
        conditional::flatten(schema, at, report)?;
        types::optional_fields(schema, report);
        types::misplaced_bounds(schema, report);
        types::sentence_title(schema, report);
        refs::recursive(schema, &anchors, at, report)?;
        types::constant(schema, report);
        types::duplicates(schema, report);
        nulls::in_enum(schema, report);
        nulls::in_types(schema, report);
        extensions::property_names(schema, report);
        types::exclusive_bounds(schema, report);
        types::type_array(schema, report);
        types::missing_type(schema, report);
        types::null_default(schema, report);
        refs::siblings(schema, &implied, report);
        nulls::in_union(schema, report);
        nulls::hoist(schema, report);
        Ok(())
    })?;
    walk::schemas(document, |schema, at| {
        nulls::alone(schema, report);
        types::content_encoding(schema, at, report)?;
        types::number_forms(schema, report);
        Ok(())
    })
}
