//! Keywords of JSON Schema that OpenAPI 3.0 lacks and that describe what no type of a field can say.

use openai_codegen::import::{Imported, Rule, import};
use serde_json::{Value, json};

/// Imports one component schema, `A`, and requires that importing the result changes nothing.
fn schema(schema: &Value) -> (Value, Imported) {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "T", "version": "1" },
        "paths": {},
        "components": { "schemas": { "A": schema, "B": { "type": "object" } } },
    });
    let imported = import(&document.to_string(), "test.json").unwrap_or_else(|error| panic!("{error}"));
    let again = import(&imported.yaml, "again.yaml").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(imported.yaml, again.yaml, "importing the result again changes it");
    (imported.document["components"]["schemas"]["A"].clone(), imported)
}

fn refusal(schema: &Value) -> String {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "T", "version": "1" },
        "paths": {},
        "components": { "schemas": { "A": schema, "B": { "type": "object" } } },
    });
    match import(&document.to_string(), "upstream.json") {
        Err(error) => error.to_string(),
        Ok(imported) => panic!("it was imported:\n{}", imported.yaml),
    }
}

#[test]
fn an_encoding_of_bytes_is_a_format() {
    for (given, expected) in [
        (json!({"type": "string", "contentEncoding": "base64"}), json!({"type": "string", "format": "byte"})),
        (json!({"type": "string", "contentEncoding": "BASE64"}), json!({"type": "string", "format": "byte"})),
        (json!({"type": "string", "contentEncoding": "base64url"}), json!({"type": "string", "format": "base64url"})),
        // A format that is there stays, and a value that is no string has no encoding.
        (
            json!({"type": "string", "format": "own", "contentEncoding": "base64"}),
            json!({"type": "string", "format": "own"}),
        ),
        (json!({"type": "integer", "contentEncoding": "base64"}), json!({"type": "integer"})),
    ] {
        let (found, imported) = schema(&given);
        assert_eq!(found, expected, "of {given}");
        assert_eq!(imported.report.count(Rule::ContentEncoding), 1, "of {given}");
    }
}

#[test]
fn an_encoding_belongs_to_the_string_among_several_types() {
    let (found, imported) = schema(&json!({"type": ["string", "integer"], "contentEncoding": "base64"}));
    assert_eq!(found, json!({"anyOf": [{"type": "string", "format": "byte"}, {"type": "integer"}]}));
    assert_eq!(imported.report.count(Rule::ContentEncoding), 1);
}

#[test]
fn an_encoding_without_a_format_stops_the_import() {
    assert_eq!(
        refusal(&json!({"type": "string", "contentEncoding": "quoted-printable"})),
        "upstream.json: at /components/schemas/A/contentEncoding: `contentEncoding: quoted-printable`, for which \
         OpenAPI 3.0 has no format\n  To do: add a rule for it under codegen/src/import/, or mend it in a copy of the \
         document."
    );
}

#[test]
fn a_conditional_leaves_the_fields_that_only_its_branches_have() {
    let (found, imported) = schema(&json!({
        "type": "object",
        "required": ["kind"],
        "properties": { "kind": {"type": "string"}, "inner": {"type": "object", "properties": {"a": {"type": "string"}}} },
        "if": { "properties": {"kind": {"enum": ["x"]}}, "required": ["kind"] },
        "then": {
            "required": ["added"],
            "properties": {
                "kind": {"maxLength": 3},
                "added": {"type": ["integer", "null"]},
                "inner": {"properties": {"b": {"type": "boolean"}}},
            },
        },
        "else": { "required": ["other"], "properties": {"added": {"type": "string"}} },
    }));
    assert_eq!(
        found,
        json!({
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"type": "string"},
                "inner": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "boolean"}}},
                "added": {"type": "integer", "nullable": true},
            },
        })
    );
    assert_eq!(imported.report.count(Rule::Conditional), 1);
    assert_eq!(imported.report.count(Rule::ConditionalField), 2);
}

#[test]
fn a_branch_without_a_condition_says_nothing() {
    let (found, imported) = schema(&json!({"type": "string", "then": {"properties": {"a": {"type": "string"}}}}));
    assert_eq!(found, json!({"type": "string"}));
    assert_eq!(imported.report.count(Rule::Conditional), 1);
    let (found, _) = schema(&json!({"type": "string", "if": {"maxLength": 3}, "else": false}));
    assert_eq!(found, json!({"type": "string"}));
}

#[test]
fn a_branch_whose_fields_are_elsewhere_stops_the_import() {
    let error = refusal(&json!({"type": "object", "if": {}, "then": {"$ref": "#/components/schemas/B"}}));
    assert!(error.starts_with("upstream.json: at /components/schemas/A/then/$ref: `$ref` in a branch"), "{error}");
}
