//! The overlay of what a newer document has: made, applied, and refused once it is outdated.

use std::fs;
use std::path::PathBuf;

use openai_codegen::changes::{self, Change, ChangeKind, PublicNames};
use openai_codegen::config::Names;
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

/// An entry that the document has by now goes out of the overlay, and the rest applies without a complaint.
#[test]
fn outdated_entries_can_be_taken_out() -> Result<(), String> {
    let found = supplement::between(&base(), &newer());
    let text = found.to_yaml("Additions", "a note");
    let overlay = yaml::parse(&text).map_err(|error| error.to_string())?;
    // Nothing is outdated yet.
    let (same, lost) = overlay::prune(&base(), overlay.clone(), "supplement.yaml")?;
    assert_eq!((&same, lost), (&overlay, 0));
    assert_eq!(supplement::overlay_text(&same), text);
    let mut document = base();
    document["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"] = json!(["cat", "dog"]);
    document["components"]["schemas"]["Dog"] = json!({ "type": "object", "properties": {} });
    add_parameter(&mut document, "integer");
    let outdated = overlay::apply(&mut document.clone(), &overlay, "supplement.yaml")?.outdated;
    let (rest, lost) = overlay::prune(&document, overlay, "supplement.yaml")?;
    assert_eq!((lost, outdated.len()), (3, 3));
    let applied = overlay::apply(&mut document, &rest, "supplement.yaml")?;
    assert_eq!((applied.unmatched, applied.outdated), (Vec::new(), Vec::new()));
    assert!(document["paths"].get("/pets/{id}").is_some() && document["x-webhooks"].get("pet.born").is_some());
    // Everything is outdated.
    let (rest, _) = overlay::prune(&document, rest, "supplement.yaml")?;
    assert_eq!(rest["actions"], json!([]));
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

/// The committed overlay makes the document of 2026-11-19 from that of 2026-10-03, and is what the command writes.
#[test]
fn committed_overlay_gives_the_facts_of_the_newest_document() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join("../../shared/openai-openapi");
    let place = root.join("overlays/supplement.yaml");
    let read = |name: &str| {
        let text = fs::read_to_string(shared.join(name)).ok()?;
        Some(import(&text, name).unwrap_or_else(|error| panic!("{error}")).document)
    };
    let (base, newer) = ("openapi-2026-10-03.yaml", "openapi-2026-11-19.yaml");
    let (Some(mut document), Some(mut newest), Ok(text)) = (read(base), read(newer), fs::read_to_string(&place)) else {
        eprintln!("skipped: the documents in {} or {} are not there", shared.display(), place.display());
        return;
    };
    let title = format!("Additions of {newer} to {base}");
    let made = supplement::between(&document, &newest);
    assert_eq!(made.left, ["$.components.schemas.Embedding.properties.embedding.anyOf[1]: `format` is gone"]);
    let source = "the official Python SDK 3.57.0 of 2026-11-19";
    assert!(made.to_yaml(&title, source) == text, "the overlay is not what `cargo xtask spec supplement` writes");

    let overlay = yaml::parse(&text).expect("the overlay is YAML");
    let applied = overlay::apply(&mut document, &overlay, "supplement.yaml").expect("the overlay applies");
    assert_eq!((applied.unmatched, applied.outdated), (Vec::new(), Vec::new()));
    let names = fs::read_to_string(root.join("names.toml")).expect("names.toml is there");
    let names = PublicNames::of(Names::parse(&names).unwrap_or_else(|error| panic!("{error}")));
    let changes = changes::between(&document, &newest, &names).changes;
    let changes = changes.iter().map(|change| (change.place.as_str(), change.name.as_str()));
    assert_eq!(changes.collect::<Vec<_>>(), [("Embedding.embedding", "string"), ("Embedding.embedding", "base64")]);
    // The newest document was written without the encoding of an embedding's vector.
    newest["components"]["schemas"]["Embedding"]["properties"]["embedding"]["anyOf"][1]["format"] = "byte".into();
    assert_eq!(changes::between(&document, &newest, &names).changes, []);
    let left = supplement::between(&document, &newest);
    assert!(document == newest, "the overlay does not give the newest document: {left:?}");
}

/// Between any two of upstream's documents, operations, webhooks and parameters that are new are added, whatever else changed.
#[test]
fn additions_are_found_beside_other_changes() {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/openai-openapi");
    let dates = ["2025-03-22", "2026-05-13", "2026-08-21", "2026-10-03"];
    let read = |date: &str| {
        let name = format!("openapi-{date}.yaml");
        let text = fs::read_to_string(shared.join(&name)).ok()?;
        Some(import(&text, &name).unwrap_or_else(|error| panic!("{error}")).document)
    };
    let Some(documents) = dates.into_iter().map(read).collect::<Option<Vec<Value>>>() else {
        eprintln!("skipped: the documents in {} are not there", shared.display());
        return;
    };
    for pair in documents.windows(2) {
        let made = supplement::between(&pair[0], &pair[1]);
        assert!(made.actions.len() > 500 && !made.left.is_empty());
        let overlay = yaml::parse(&made.to_yaml("Additions", "a note")).expect("the overlay is YAML");
        let mut document = pair[0].clone();
        let applied = overlay::apply(&mut document, &overlay, "supplement.yaml").expect("the overlay applies");
        assert_eq!((applied.unmatched, applied.outdated), (Vec::new(), Vec::new()));
        use ChangeKind::{OperationAdded, ParameterAdded, WebhookAdded};
        let changes = changes::between(&document, &pair[1], &PublicNames::default()).changes;
        let missing = changes.iter().filter(|one| [OperationAdded, ParameterAdded, WebhookAdded].contains(&one.kind));
        assert_eq!(missing.collect::<Vec<_>>(), [] as [&Change; 0]);
    }
}

/// Items are found by what they are called, so one that is new is added although another one changed or is gone.
#[test]
fn items_of_a_list_are_told_apart_by_their_names() {
    let with = |parameters: Value, kinds: Value, forms: Value| {
        let mut document = base();
        document["paths"]["/pets"]["get"]["parameters"] = parameters;
        document["components"]["schemas"]["Pet"]["properties"]["kind"]["enum"] = kinds;
        document["components"]["schemas"]["Pet"]["properties"]["of"]["oneOf"] = forms;
        document
    };
    let parameter = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    let form = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let string = json!({ "type": "string" });
    let old = with(
        json!([parameter("limit", string.clone()), parameter("order", string.clone())]),
        json!(["cat", "fish"]),
        json!([form("Cat"), form("Fish")]),
    );
    let new = with(
        json!([
            parameter("after", string.clone()),
            parameter("limit", json!({ "type": "string", "maxLength": 9 })),
            parameter("order", json!({ "type": "integer" })),
        ]),
        json!(["dog", "cat"]),
        json!([form("Dog"), form("Cat")]),
    );
    let found = supplement::between(&old, &new);
    let actions: Vec<(&str, Value)> =
        found.actions.iter().map(|one| (one.target.as_str(), one.update.clone())).collect();
    let pet = "$.components.schemas.Pet.properties";
    assert_eq!(
        actions,
        [
            ("$.paths['/pets'].get.parameters", json!([parameter("after", string)])),
            ("$.paths['/pets'].get.parameters[0].schema", json!({ "maxLength": 9 })),
            (format!("{pet}.kind.enum").as_str(), json!(["dog"])),
            (format!("{pet}.of.oneOf").as_str(), json!([form("Dog")])),
        ]
    );
    assert_eq!(
        found.left,
        [
            "$.paths['/pets'].get.parameters[1].schema.type: `\"string\"` is `\"integer\"` by now".to_owned(),
            format!("{pet}.kind.enum: the list lost `fish`"),
            format!("{pet}.of.oneOf: the list lost `#/components/schemas/Fish`"),
        ]
    );
}
