//! The changes between two documents, as text.

use std::fs;
use std::path::PathBuf;

use openai_codegen::changes::{self, ChangeKind, Changes, Impact, PublicNames};
use openai_codegen::config::Names;
use openai_codegen::import::import;
use serde_json::Value;

const OLD: &str = r#"
openapi: 3.1.0
info: {title: T, version: '1'}
webhooks:
  shop.shut: {post: {requestBody: {content: {application/json: {schema: {type: object, properties: {shop: {type: string}}}}}}, responses: {}}}
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
  /pets/{id}/food/{food}: {put: {operationId: feedPet, responses: {}}}
  /shops/{id}:
    get: {operationId: getShop, security: [{Key: []}], responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}}}
    post:
      operationId: openShop
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}
      responses: {'204': {description: ''}}
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
    Shop:
      type: object
      required: [rooms, until, closed, motto]
      properties:
        size: {type: integer, default: 1, maximum: 10}
        since: {type: integer, format: unixtime}
        until: {type: [string, 'null']}
        closed: {type: boolean}
        motto: {type: [string, 'null']}
        rooms: {type: array, items: {type: string}}
        sign: {type: string}
        logo: {type: string, format: binary}
        style: {type: string, enum: [old]}
        goods: {oneOf: [{type: string}, {$ref: '#/components/schemas/Goods'}]}
        only: {$ref: '#/components/schemas/Leg'}
        weights: {type: array, items: {type: integer}}
    Goods: {oneOf: [{type: integer}, {type: array, items: {type: string}}]}
    Unreached: {type: object}
"#;

const NEW: &str = r#"
openapi: 3.1.0
info: {title: T, version: '1'}
webhooks:
  pet.born: {post: {responses: {}}}
  shop.shut: {post: {requestBody: {content: {application/json: {schema: {type: object, properties: {shop: {type: string}, at: {type: integer}}}}}}, responses: {}}}
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
  /pets/{id}/food: {put: {operationId: feedPet, responses: {}}}
  /shops/{id}:
    get: {operationId: readShop, deprecated: true, security: [{AdminKey: []}], responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}}}
    post:
      operationId: openShop
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}}
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
    Shop:
      type: object
      required: [rooms, until, since, door, window]
      properties:
        size: {type: integer, default: 2, maximum: 20}
        since: {type: integer, format: date}
        until: {type: string}
        closed: {type: boolean}
        motto: {type: [string, 'null']}
        door: {type: string}
        window: {type: [string, 'null']}
        rooms: {type: array, items: {type: [string, 'null']}}
        sign: {type: string, deprecated: true}
        logo: {type: string}
        # The same types in other words: an open enum, a union in a union, a union of one form.
        style: {anyOf: [{type: string}, {type: string, enum: [old]}]}
        goods: {oneOf: [{type: string}, {type: integer}, {type: array, items: {type: string}}]}
        only: {anyOf: [{$ref: '#/components/schemas/LegPart'}]}
        weights: {oneOf: [{type: array, items: {type: integer}}, {type: object, required: [sum], properties: {sum: {type: integer}}}]}
"#;

fn imported(text: &str, name: &str) -> Value {
    import(text, name).unwrap_or_else(|error| panic!("{error}")).document
}

fn names() -> PublicNames {
    let text = "
roots = [{ schema = 'Tail', area = 'pets' }]
[operations]
listShops = { resource = 'stores', verb = 'list' }
createShop = { resource = 'stores', verb = 'create' }
getShop = { resource = 'stores', verb = 'get' }
readShop = { resource = 'stores', verb = 'retrieve' }
openShop = { resource = 'stores', verb = 'open' }
createPet = { resource = 'pets', verb = 'create' }
cancelRun = { resource = 'pets.runs', verb = 'cancel' }
feedPet = { resource = 'pets', verb = 'feed' }
[types]
Shop = 'Store'
";
    PublicNames::of(Names::parse(text).unwrap_or_else(|error| panic!("{error}")))
}

/// The names of the API itself.
fn public_names() -> PublicNames {
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("names.toml");
    let text = fs::read_to_string(place).expect("names.toml is there");
    PublicNames::of(Names::parse(&text).unwrap_or_else(|error| panic!("{error}")))
}

/// The changes between two of upstream's documents; `None` where these are not there.
fn upstream(old: &str, new: &str, names: &PublicNames) -> Option<Changes> {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/openai-openapi");
    let read = |name: &str| Some(imported(&fs::read_to_string(shared.join(name)).ok()?, name));
    let (Some(old), Some(new)) = (read(old), read(new)) else {
        eprintln!("skipped: the documents in {} are not there", shared.display());
        return None;
    };
    Some(changes::between(&old, &new, names))
}

#[test]
fn every_kind_of_change() {
    let changes = changes::between(&imported(OLD, "old.yaml"), &imported(NEW, "new.yaml"), &names());
    insta::assert_snapshot!(changes.to_full_text());
    assert!(changes.changes.iter().all(|change| !change.place.contains("Unreached") && change.name != "Unreached"));
}

#[test]
fn no_changes() {
    let document = imported(OLD, "old.yaml");
    let changes = changes::between(&document, &document, &names());
    assert_eq!(changes.to_string(), "8 operations, 1 webhooks, 6 types.\n\nNo changes.\n");
    assert_eq!(changes.to_string(), changes.to_full_text());
}

/// A schema that upstream renames keeps its name here; an operation that is gone is still told by the name it had.
#[test]
fn names_of_an_older_names_toml_count() {
    let old = imported(OLD, "old.yaml");
    let document = |from: &str, to: &str| imported(&OLD.replace(from, to), "new.yaml");
    let toml = "[types]\nShop = 'Store'\n[operations]\nfeedPet = { resource = 'pets', verb = 'feed' }\n";
    let older = || Names::parse(toml).unwrap_or_else(|error| panic!("{error}"));
    let newer = Names::parse("[types]\nShopV2 = 'Store'\n").unwrap_or_else(|error| panic!("{error}"));
    let text = OLD.replace("    Shop:\n", "    ShopV2:\n").replace("schemas/Shop'", "schemas/ShopV2'");
    let renamed = imported(&text, "new.yaml");
    let names = PublicNames::of(newer.clone()).with_older(older());
    assert_eq!(changes::between(&old, &renamed, &names).changes, []);
    let alone = changes::between(&old, &renamed, &PublicNames::of(newer)).to_full_text();
    assert!(alone.contains("Removed types: `Shop`"), "{alone}");
    let gone = document("  /pets/{id}/food/{food}: {put: {operationId: feedPet, responses: {}}}\n", "");
    let gone = changes::between(&old, &gone, &names).to_full_text();
    assert!(gone.contains("Removed operations: `pets.feed`"), "{gone}");
}

#[test]
fn what_is_removed_one_way_is_added_the_other() {
    let (old, new) = (imported(OLD, "old.yaml"), imported(NEW, "new.yaml"));
    let count = |old: &Value, new: &Value, kinds: &[ChangeKind]| {
        let changes = changes::between(old, new, &names());
        changes.changes.into_iter().filter(|change| kinds.contains(&change.kind)).count()
    };
    use ChangeKind as K;
    for (removed, added) in [
        (K::OperationRemoved, &[K::OperationAdded][..]),
        (K::WebhookRemoved, &[K::WebhookAdded]),
        (K::ParameterRemoved, &[K::ParameterAdded, K::ParameterAddedRequired]),
        (K::MediaTypeRemoved, &[K::MediaTypeAdded]),
        (K::TypeRemoved, &[K::TypeAdded]),
        (K::FieldRemoved, &[K::FieldAdded, K::FieldAddedRequired]),
        (K::FieldOptional, &[K::FieldRequired]),
        (K::NullableFieldOptional, &[K::NullableFieldRequired]),
        (K::FieldNeverNull, &[K::FieldNullable]),
        (K::ValueRemoved, &[K::ValueAdded]),
        (K::FormRemoved, &[K::FormAdded]),
        (K::BodyOptional, &[K::BodyRequired]),
    ] {
        assert_eq!(count(&old, &new, &[removed]), count(&new, &old, added), "{removed:?}");
    }
}

/// The changes of three months fit an entry of the changelog.
#[test]
fn changes_of_the_newest_document_are_short() {
    let Some(changes) = upstream("openapi-2026-08-21.yaml", "openapi-2026-11-19.yaml", &public_names()) else { return };
    let text = changes.to_string();
    assert!(text.starts_with("288 -> 388 operations, 16 -> 32 webhooks, "), "{text}");
    let moved =
        "`POST /evals/{eval_id}/runs/{run_id} -> POST /evals/{eval_id}/runs/{run_id}/cancel` of `evals.runs.cancel`";
    assert!(text.contains(moved), "{text}");
    assert!(text.lines().count() < 150, "{} lines", text.lines().count());
}

/// The list of what the official SDK has beyond upstream's document names nothing that the changes lack.
#[test]
fn nothing_of_the_list_of_additions_is_missing() {
    let (old, new) = ("openapi-2026-10-03.yaml", "openapi-2026-11-19.yaml");
    let Some(changes) = upstream(old, new, &PublicNames::default()) else { return };
    let list = "../../shared/openai-openapi/openapi-2026-11-19.additions.txt";
    let list = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(list)).expect("the list is there");
    // What the API reaches by its names only: the events of sockets.
    let named = upstream(old, new, &public_names()).expect("the documents are there");
    let has = |name: &str, kinds: &[ChangeKind]| {
        let all = changes.changes.iter().chain(&named.changes);
        all.into_iter().any(|change| change.name == name && kinds.contains(&change.kind))
    };
    use ChangeKind as K;
    let mut lines = 0;
    for line in list.lines().filter(|line| !line.is_empty()) {
        let (kind, rest) = line.split_once(' ').expect("a kind and a name");
        let last = |separator: char| rest.rsplit(separator).next().unwrap_or(rest).trim_end_matches('>');
        let found = match kind {
            "operation" => has(rest, &[K::OperationAdded]),
            "webhook" => has(rest, &[K::WebhookAdded]),
            "parameter" => has(last(' '), &[K::ParameterAdded]),
            "field" => has(last('.'), &[K::FieldAdded, K::FieldAddedRequired]),
            "alternative" => has(last('<'), &[K::FormAdded]),
            "enum" => {
                let values = rest.split_once(" + ").map_or("", |(_, values)| values);
                values.split(", ").all(|value| has(value, &[K::ValueAdded]))
            }
            _ => false,
        };
        assert!(found, "{line}");
        lines += 1;
    }
    assert_eq!(lines, 235);
    let breaking: Vec<_> = named.changes.iter().filter(|change| change.kind.impact() == Impact::Breaking).collect();
    // The newest document was written without the encoding of an embedding's vector.
    let [change] = breaking.as_slice() else { panic!("{breaking:?}") };
    assert_eq!((change.place.as_str(), change.name.as_str()), ("Embedding.embedding", "base64"));
}
