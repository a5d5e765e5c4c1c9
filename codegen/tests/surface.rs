//! New public names, as the report of `regen` tells it.
#![allow(missing_docs)]

use std::collections::BTreeMap;

use openai_codegen::surface::{News, Surface};
use openai_codegen::{Input, Output, generate};

const BASE: &str = "
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /pets:
    get:
      operationId: listPets
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
    delete: {operationId: deletePets, responses: {'204': {description: ''}}}
  /shops:
    get:
      operationId: getShop
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Shop'}}}}}
components:
  schemas:
    Pet:
      type: object
      properties:
        kind: {type: string, enum: [cat, fish]}
        part: {oneOf: [{$ref: '#/components/schemas/Leg'}, {$ref: '#/components/schemas/Tail'}]}
    Leg: {type: object, properties: {type: {type: string, enum: [leg]}, length: {type: integer}}}
    Tail: {type: object, properties: {type: {type: string, enum: [tail]}, length: {type: integer}}}
    Shop:
      type: object
      properties:
        state: {type: string, enum: [open, shut]}
        owner: {type: object, properties: {name: {type: string}}}
";

const NAMES: &str = "
[operations]
listPets = { resource = 'pets', verb = 'list' }
deletePets = { resource = 'pets', verb = 'delete' }
getShop = { resource = 'shops', verb = 'retrieve' }
";

fn made(document: &str, names: &str) -> Output {
    let input = Input { document, names, overlays: &[], docs: &[], strictness: Default::default() };
    generate(input).unwrap_or_else(|error| panic!("{error}"))
}

/// The base with one difference of each kind.
fn newer() -> Output {
    let document = BASE
        .replace("    delete: {operationId: deletePets, responses: {'204': {description: ''}}}\n", "")
        .replace("enum: [cat, fish]", "enum: [cat, dog, fish]")
        .replace("enum: [open, shut]", "enum: [open]")
        .replace(
            "{$ref: '#/components/schemas/Leg'}, ",
            "{$ref: '#/components/schemas/Leg'}, {$ref: '#/components/schemas/Wing'}, ",
        )
        .replace("    Shop:\n", "    Wing: {type: object, properties: {type: {type: string, enum: [wing]}, span: {type: integer}}}\n    Shop:\n")
        .replace("paths:\n", "x-webhooks:\n  pet.born:\n    post:\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}\n      responses: {}\npaths:\n  /pets/{id}:\n    post: {operationId: feedPet, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: ''}}}\n");
    let names = format!("{NAMES}\n[inline]\n'Shop.owner' = 'Keeper'\n").replace("verb = 'retrieve'", "verb = 'get'");
    made(&document, &names)
}

#[test]
fn each_kind_of_news() {
    let (before, now) = (made(BASE, NAMES), newer());
    let news = News::between(&before.surface, &now.surface);
    let matched = BTreeMap::from([("PetPart".to_owned(), vec!["parts.rs".to_owned()])]);
    let notes = now.report.iter().filter(|line| line.to_do).map(|line| line.text.clone());
    let to_do: Vec<String> = news.to_do(&now.surface, &matched).into_iter().chain(notes).collect();
    insta::assert_snapshot!(format!("{news}\nTo do\n{}\n\nRemoved\n{}", to_do.join("\n"), news.removed()));
}

/// An overlay that does not fit any more makes another document, in which a pass finds what is not so.
#[test]
fn an_error_tells_of_overlays_that_do_not_fit() {
    let names = format!("{NAMES}[polling.getShop]\nfield = 'gone'\npending = ['open']\ndone = ['shut']\nby = []\n");
    let overlay = "
overlay: 1.0.0
x-additions-only: true
actions:
  - {target: $.components.schemas.Pet, description: D, update: {type: object}}
  - {target: $.components.schemas.Gone, description: D, update: {type: object}}
";
    let overlays = [("a.yaml".to_owned(), overlay.to_owned())];
    let error = |overlays| {
        generate(Input { document: BASE, names: &names, overlays, docs: &[], strictness: Default::default() })
            .unwrap_err()
    };
    let alone = error(&[]);
    assert!(alone.ends_with("polling.getShop: it answers no `gone`"), "{alone}");
    let told = error(&overlays);
    assert!(told.starts_with(&alone) && told.contains("supplement --prune` takes them out; there are 1\n"), "{told}");
    assert!(told.ends_with("match nothing:\na.yaml: $.components.schemas.Gone"), "{told}");
}

#[test]
fn the_same_names_are_no_news() {
    let surface = made(BASE, NAMES).surface;
    assert_eq!(News::between(&surface, &surface), News::default());
    assert_eq!(News::default().to_string(), "");
}

#[test]
fn the_lock_holds_all_names() {
    let surface = newer().surface;
    let text = surface.to_string();
    assert_eq!(Surface::parse(&text), surface);
    insta::assert_snapshot!(text);
    // A name alone is a line as well.
    let names = Surface::parse("# Head\n\nPet\npets.list\n");
    let missing = News::between(&names, &Surface::default());
    assert_eq!(missing.removed(), missing);
    assert_eq!(missing.items.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["Pet", "pets.list"]);
}

/// Of two equal types one is kept. A change of which one it is drops no name: the other one stands for it.
#[test]
fn forms_and_values_are_found_by_a_second_name() {
    let before = Surface::parse("A\ttype\tpets\tA\nA::X\tvalue\tpets\tx\nB\talias\tpets\tA\n");
    let now = Surface::parse("A\talias\tpets\tB\nB\ttype\tpets\tB\nB::X\tvalue\tpets\tx\nB::Y\tvalue\tpets\ty\n");
    let news = News::between(&before, &now);
    assert_eq!(news.to_string(), "pets\n  new value      B::Y  (y)\n");
    let matched = BTreeMap::from([("A".to_owned(), vec!["a.rs".to_owned(), "b.rs".to_owned()])]);
    assert_eq!(news.to_do(&now, &matched), ["A::Y is new: handle it, or decide not to, in a.rs, b.rs"]);
}

/// A type that got another name and another form at once.
#[test]
fn a_renamed_type_is_compared_with_itself() {
    let before = Surface::parse("A\ttype\tpets\tPet\nA::X\tvalue\tpets\tx\nA::Z\tvalue\tpets\tz\n");
    let now = Surface::parse("B\ttype\tpets\tPet\nB::X\tvalue\tpets\tx\nB::Y\tvalue\tpets\ty\n");
    let expected = "pets\n  dropped        A::Z  (z)\n  renamed        A -> B\n  new value      B::Y  (y)\n";
    assert_eq!(News::between(&before, &now).to_string(), expected);
}
