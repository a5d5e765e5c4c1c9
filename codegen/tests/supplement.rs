//! The overlay of what a newer document has: made, applied, and refused once it is outdated.

use std::fs;
use std::path::PathBuf;

use openai_codegen::import::import;
use openai_codegen::{overlay, supplement, yaml};
use serde_json::{Value, json};

fn document(paths: Value, schemas: Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": { "title": "T", "version": "1" },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn base() -> Value {
    document(
        json!({ "/pets": { "get": {
            "operationId": "listPets",
            "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer" } }],
            "responses": { "200": { "description": "", "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Pet" },
            } } } },
        } } }),
        json!({ "Pet": { "type": "object", "properties": {
            "kind": { "type": "string", "enum": ["cat"] },
            "of": { "oneOf": [{ "$ref": "#/components/schemas/Cat" }] },
            "age": { "type": "integer", "maximum": 9 },
        } }, "Cat": { "type": "object" } }),
    )
}

fn add_parameter(document: &mut Value, kind: &str) {
    if let Some(Value::Array(parameters)) = document.pointer_mut("/paths/~1pets/get/parameters") {
        parameters.push(json!({ "name": "it's", "in": "query", "schema": { "type": kind } }));
    }
}

fn newer() -> Value {
    let mut newer = base();
    let pet = &mut newer["components"]["schemas"]["Pet"]["properties"];
    pet["kind"]["enum"] = json!(["dog", "cat"]);
    pet["name"] = json!({ "type": "string" });
    pet["of"]["oneOf"] = json!([{ "$ref": "#/components/schemas/Cat" }, { "$ref": "#/components/schemas/Dog" }]);
    newer["components"]["schemas"]["Dog"] = json!({ "type": "object" });
    add_parameter(&mut newer, "string");
    newer["paths"]["/pets/{id}"] = json!({ "delete": { "operationId": "deletePet", "responses": {} } });
    newer["x-webhooks"] = json!({ "pet.born": { "post": { "responses": {} } } });
    newer
}

#[test]
fn the_overlay_gives_the_newer_document() -> Result<(), String> {
    let found = supplement::between(&base(), &newer());
    assert_eq!(found.left, Vec::<String>::new());
    let text = found.to_yaml("Additions", "a note of 2026-11-19");
    insta::assert_snapshot!(text);
    let overlay = yaml::parse(&text).map_err(|error| error.to_string())?;
    let mut document = base();
    let applied = overlay::apply(&mut document, &overlay, "supplement.yaml")?;
    assert_eq!((applied.unmatched, applied.outdated), (Vec::new(), Vec::new()));
    assert_eq!(places(&mut document), places(&mut newer()));
    Ok(())
}

/// The document with its enums sorted: an addition stands at the end of the list.
fn places(document: &mut Value) -> Value {
    if let Some(Value::Array(values)) = document.pointer_mut("/components/schemas/Pet/properties/kind/enum") {
        values.sort_by_key(Value::to_string);
    }
    document.clone()
}

#[test]
fn entries_that_the_document_has_by_now_are_named() -> Result<(), String> {
    let found = supplement::between(&base(), &newer());
    let overlay = yaml::parse(&found.to_yaml("Additions", "a note")).map_err(|error| error.to_string())?;
    let mut document = base();
    document["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"] = json!(["cat", "dog"]);
    document["components"]["schemas"]["Pet"]["properties"]["name"] = json!({ "type": "string", "maxLength": 3 });
    document["paths"]["/pets/{id}"] = json!({ "delete": { "operationId": "removePet", "responses": {} } });
    add_parameter(&mut document, "integer");
    let applied = overlay::apply(&mut document, &overlay, "supplement.yaml")?;
    assert_eq!(
        applied.outdated,
        [
            "$.paths['/pets/{id}'].delete.operationId",
            "$.paths['/pets/{id}'].delete.responses",
            "$.paths['/pets'].get.parameters[it's]",
            "$.components.schemas.Pet.properties.name.type",
            "$.components.schemas.Pet.properties.kind.enum[dog]",
        ]
    );
    Ok(())
}

#[test]
fn an_update_that_changes_nothing_is_named() -> Result<(), String> {
    let update = json!({ "age": { "maximum": 9 } });
    let overlay = |update: &Value| {
        json!({ "overlay": "1.0.0", "actions": [
            { "target": "$.components.schemas.Pet.properties", "description": "A pet has an age.", "update": update },
        ] })
    };
    let applied = overlay::apply(&mut base(), &overlay(&update), "fixups.yaml")?;
    assert_eq!(applied.outdated, ["$.components.schemas.Pet.properties"]);
    let update = json!({ "age": { "maximum": 10 } });
    let applied = overlay::apply(&mut base(), &overlay(&update), "fixups.yaml")?;
    assert_eq!(applied.outdated, Vec::<String>::new());
    Ok(())
}

#[test]
fn changes_that_are_no_additions_are_left_and_named() {
    let mut newer = base();
    newer["components"]["schemas"]["Pet"]["properties"]["age"] = json!({ "type": "number" });
    newer["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"] = json!([]);
    let found = supplement::between(&base(), &newer);
    assert_eq!(found.actions, []);
    assert_eq!(
        found.left,
        [
            "$.components.schemas.Pet.properties.kind.enum: the list lost items",
            "$.components.schemas.Pet.properties.age: `maximum` is gone",
            "$.components.schemas.Pet.properties.age.type: `\"integer\"` is `\"number\"` by now",
        ]
    );
}

/// The committed overlay makes the document of 2026-11-19 from that of 2026-10-03.
#[test]
fn committed_overlay_gives_the_facts_of_the_newest_document() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../../shared/openai-openapi");
    let place = root.join("overlays/supplement.yaml");
    let read = |name: &str| {
        let text = fs::read_to_string(shared.join(name)).ok()?;
        Some(import(&text, name).unwrap_or_else(|error| panic!("{error}")).document)
    };
    let (Some(mut document), Some(mut newest), Ok(text)) =
        (read("openapi-2026-10-03.yaml"), read("openapi-2026-11-19.yaml"), fs::read_to_string(&place))
    else {
        eprintln!("skipped: the documents in {} or {} are not there", shared.display(), place.display());
        return;
    };
    let overlay = yaml::parse(&text).expect("the overlay is YAML");
    let applied = overlay::apply(&mut document, &overlay, "supplement.yaml").expect("the overlay applies");
    assert_eq!((applied.unmatched, applied.outdated), (Vec::new(), Vec::new()));
    // The newest document was written without the encoding of an embedding's vector.
    newest["components"]["schemas"]["Embedding"]["properties"]["embedding"]["anyOf"][1]["format"] = "byte".into();
    let left = supplement::between(&document, &newest);
    assert!(document == newest, "the overlay does not give the newest document: {left:?}");
}
