//! The changes between two documents, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use openai_codegen::changes::{self, ChangeKind};
use openai_codegen::import::import;
use serde_json::Value;

const OLD: &str = r#"
openapi: 3.1.0
info: {title: T, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
        - {name: old, in: query, schema: {type: string}}
        - {name: order, in: query, schema: {type: string, enum: [asc, desc]}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
    post:
      operationId: createPet
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /pets/{id}/runs/{run}: {post: {operationId: cancelRun, responses: {}}}
  /pets/{id}: {get: {operationId: getPet, responses: {}}, delete: {operationId: deletePet, responses: {}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, kind]
      properties:
        id: {type: string}
        kind: {$ref: '#/components/schemas/ChangeKind'}
        tag: {anyOf: [{type: string}, {enum: [a]}]}
        parts: {type: array, items: {oneOf: [{$ref: '#/components/schemas/Leg'}, {type: string}]}}
        owner: {$ref: '#/components/schemas/Owner'}
        age: {type: integer}
        gone: {type: string}
    BetaPet: {type: object, properties: {name: {type: string}}}
    ChangeKind: {type: string, enum: [cat, fish]}
    Leg: {type: object, properties: {type: {const: leg}, length: {type: integer}}}
    Owner: {allOf: [{type: object, properties: {name: {type: string}}}]}
"#;

const NEW: &str = r#"
openapi: 3.1.0
info: {title: T, version: '1'}
webhooks: {pet.born: {post: {responses: {}}}}
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: limit, in: query, schema: {type: string}}
        - {name: after, in: query, schema: {type: string}}
        - {name: order, in: query, required: true, schema: {type: string, enum: [asc, desc, any]}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
    post:
      operationId: createPet
      requestBody:
        content:
          application/json: {schema: {type: object, required: [owner], properties: {name: {type: string}, owner: {type: string}}}}
          multipart/form-data: {schema: {type: object}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
  /pets/{id}/runs/{run}/cancel: {post: {operationId: cancelRun, responses: {}}}
  /pets/{pet_id}: {get: {operationId: getPet, responses: {}}}
  /shops: {get: {operationId: listShops, responses: {}}, post: {operationId: createShop, responses: {}}}
components:
  schemas:
    Pet:
      type: object
      required: [id, tag]
      properties:
        id: {type: [string, 'null']}
        kind: {$ref: '#/components/schemas/ChangeKind'}
        tag: {anyOf: [{type: string}, {enum: [a, b]}]}
        parts: {type: array, items: {oneOf: [{$ref: '#/components/schemas/LegPart'}, {$ref: '#/components/schemas/Tail'}]}}
        owner: {$ref: '#/components/schemas/Keeper'}
        age: {type: number}
        name: {type: string}
        nick: {type: string}
    BetaPet: {type: object, properties: {name: {type: string}, nick: {type: string}}}
    ChangeKind: {type: string, enum: [cat, dog]}
    LegPart: {type: object, properties: {type: {const: leg}, length: {type: integer}, bent: {type: boolean}}}
    Tail: {type: object, properties: {type: {const: tail}}}
    Keeper: {allOf: [{$ref: '#/components/schemas/Named'}]}
    Named: {type: object, properties: {name: {type: string}}}
"#;

fn imported(text: &str, name: &str) -> Value {
    import(text, name).unwrap_or_else(|error| panic!("{error}")).document
}

#[test]
fn every_kind_of_change() {
    let areas = BTreeMap::from([("listShops".to_owned(), "stores".to_owned())]);
    let changes = changes::between(&imported(OLD, "old.yaml"), &imported(NEW, "new.yaml"), &areas);
    insta::assert_snapshot!(changes);
}

#[test]
fn no_changes() {
    let document = imported(OLD, "old.yaml");
    let changes = changes::between(&document, &document, &BTreeMap::new());
    assert_eq!(changes.to_string(), "5 operations, 0 webhooks, 5 types.\n\nNo changes.\n");
}

#[test]
fn what_is_removed_one_way_is_added_the_other() {
    let (old, new) = (imported(OLD, "old.yaml"), imported(NEW, "new.yaml"));
    let count = |old: &Value, new: &Value, kind: ChangeKind| {
        let changes = changes::between(old, new, &BTreeMap::new());
        changes.changes.into_iter().filter(|change| change.kind == kind).count()
    };
    for (removed, added) in [
        (ChangeKind::OperationRemoved, ChangeKind::OperationAdded),
        (ChangeKind::WebhookRemoved, ChangeKind::WebhookAdded),
        (ChangeKind::ParameterRemoved, ChangeKind::ParameterAdded),
        (ChangeKind::MediaTypeRemoved, ChangeKind::MediaTypeAdded),
        (ChangeKind::TypeRemoved, ChangeKind::TypeAdded),
        (ChangeKind::ValueRemoved, ChangeKind::ValueAdded),
        (ChangeKind::AlternativeRemoved, ChangeKind::AlternativeAdded),
    ] {
        assert_eq!(count(&old, &new, removed), count(&new, &old, added), "{removed:?}");
    }
}

/// The changes of three months fit an entry of the changelog.
#[test]
fn changes_of_the_newest_document_are_short() {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/openai-openapi");
    let read = |name: &str| Some(imported(&fs::read_to_string(shared.join(name)).ok()?, name));
    let (Some(old), Some(new)) = (read("openapi-2026-08-21.yaml"), read("openapi-2026-11-19.yaml")) else {
        eprintln!("skipped: the documents in {} are not there", shared.display());
        return;
    };
    let text = changes::between(&old, &new, &BTreeMap::new()).to_string();
    assert!(text.starts_with("288 -> 388 operations, 16 -> 32 webhooks, 1422 -> 2234 types."), "{text}");
    assert!(text.contains("`POST /evals/{eval_id}/runs/{run_id} -> POST /evals/{eval_id}/runs/{run_id}/cancel`"));
    assert!(text.lines().count() < 150, "{} lines", text.lines().count());
}
