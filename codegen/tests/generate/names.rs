//! Names: by rule, by names.toml, by docs.yaml; features.

use crate::support::{Case, cases};

cases! {
    inline_schemas_by_their_path: Case::answer(r"
Thing:
  type: object
  properties:
    size: {type: object, properties: {unit: {type: string, enum: [cm, m]}}}
    entries: {type: array, items: {type: object, properties: {x: {type: string}}}}
    data: {type: array, items: {type: object, properties: {y: {type: string}}}}
    rows: {type: array, items: {type: array, items: {type: object, properties: {z: {type: string}}}}}
    by_name: {type: object, additionalProperties: {type: object, properties: {w: {type: string}}}}
");

    renamed_by_names_toml: Case::answer(r"
Thing:
  type: object
  properties:
    size: {type: object, properties: {unit: {type: string, enum: [cm, m]}}}
    entries: {type: array, items: {type: object, properties: {x: {type: string}}}}
    part: {$ref: '#/components/schemas/PartObjectV2'}
PartObjectV2: {type: object, properties: {color: {type: string, enum: [red]}}}
").names("
[types]
PartObjectV2 = 'Part'
[inline]
'Thing.size' = 'Measure'
'Measure.unit' = 'Unit'
'Thing.entries[]' = 'Row'
'Thing.gone' = 'Gone'
");

    a_form_of_a_union_named_by_names_toml: Case::answer(r"
Thing:
  type: object
  properties:
    soil: {oneOf: [{type: string}, {type: object, properties: {ph: {type: number}}}]}
").names("
[inline]
'Thing.soil' = 'Soil'
'Thing.soil|Variant' = 'SoilMix'
");

    taken_names: Case::answer(r"
Thing:
  type: object
  properties:
    client: {$ref: '#/components/schemas/Client'}
    value: {$ref: '#/components/schemas/value'}
    thing_size: {$ref: '#/components/schemas/ThingSize'}
    size: {type: object, properties: {a: {type: string}}}
    string: {$ref: '#/components/schemas/String'}
Client: {type: object, properties: {b: {type: string}}}
value: {type: object, properties: {c: {type: string}}}
ThingSize: {type: object, properties: {d: {type: string}}}
String: {type: object, properties: {e: {type: string}}}
");

    two_types_of_one_name: Case::answer(r"
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/One'}, b: {$ref: '#/components/schemas/Two'}}}
One: {type: object, properties: {x: {type: string}}}
Two: {type: object, properties: {y: {type: string}}}
").names("
[types]
One = 'Same'
Two = 'Same'
");

    operations_of_one_name: Case::document(r"
paths:
  /a: {get: {operationId: one, responses: {'204': {description: ''}}}}
  /b: {get: {operationId: two, responses: {'204': {description: ''}}}}
", &["resources/things.rs"]).names("
[operations]
one = { resource = 'things', verb = 'list' }
two = { resource = 'things', verb = 'list' }
");

    operations_without_a_name: Case::document(r"
paths:
  /garden_beds:
    get: {operationId: listBeds, responses: {'204': {description: ''}}}
    post: {operationId: addBed, responses: {'204': {description: ''}}}
  /garden_beds/{bed}:
    parameters: [{name: bed, in: path, required: true, schema: {type: string}}]
    get: {operationId: getBed, responses: {'204': {description: ''}}}
    post: {operationId: changeBed, responses: {'204': {description: ''}}}
    delete: {operationId: removeBed, responses: {'204': {description: ''}}}
  /garden_beds/{bed}/water:
    parameters: [{name: bed, in: path, required: true, schema: {type: string}}]
    post: {operationId: waterBed, responses: {'204': {description: ''}}}
  /garden_beds/{bed}/plants:
    parameters: [{name: bed, in: path, required: true, schema: {type: string}}]
    get: {responses: {'204': {description: ''}}}
    put: {operationId: replacePlants, responses: {'204': {description: ''}}}
    patch: {operationId: changePlants, responses: {'204': {description: ''}}}
", &["resources/garden_beds/mod.rs", "resources/garden_beds/plants.rs"]).usage(r#"
        client.garden_beds().water("bed 1").send().await?;
        client.garden_beds().plants().list("bed 1").send().await?;
    "#);

    resources_in_resources: Case::document(r"
paths:
  /a: {get: {operationId: one, responses: {'204': {description: ''}}}}
  /b: {get: {operationId: two, responses: {'204': {description: ''}}}}
", &["client.rs", "resources/"]).names("
[operations]
one = { resource = 'outer.middle.inner', verb = 'list' }
two = { resource = 'outer.type', verb = 'match' }
").usage(r"
        client.outer().middle().inner().list().send().await?;
        client.outer().r#type().r#match().send().await?;
    ");

    features: Case::document(r"
paths:
  /a: {get: {operationId: a, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/InA'}}}}}}}
  /b: {get: {operationId: b, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/InB'}}}}}}}
  /c: {get: {operationId: c, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Everywhere'}}}}}}}
  /d: {get: {operationId: d, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Everywhere'}}}}}}}
components:
  schemas:
    InA: {type: object, properties: {both: {$ref: '#/components/schemas/InBoth'}, a: {type: string}}}
    InB: {type: object, properties: {both: {$ref: '#/components/schemas/InBoth'}, b: {type: string}}}
    InBoth: {type: object, properties: {every: {$ref: '#/components/schemas/Everywhere'}}}
    Everywhere: {type: object, properties: {x: {type: string}}}
    Wanted: {type: object, properties: {y: {type: string}}}
", &["types/mod.rs", "resources/mod.rs", "crates/openai-raw/features.toml"]).names("
roots = [{ schema = 'Wanted', area = 'extras' }]
[operations]
a = { resource = 'area_a', verb = 'retrieve' }
b = { resource = 'area_b', verb = 'retrieve' }
c = { resource = 'area_c', verb = 'retrieve' }
d = { resource = 'area_d', verb = 'retrieve' }
[areas]
order = ['area_b', 'area_a']
default = ['area_b', 'not_in_this_document']
");

    prose: Case::body(r"
Thing:
  type: object
  required: [name]
  properties:
    name: {type: string, maxLength: 9}
    size: {type: integer}
").docs("
Thing: Something that grows.
Thing.name: What the gardener calls it.
things.create: Plants one.
Thing.gone: Says nothing to anybody.
").show(&["types/", "resources/things.rs"]);

    webhooks: Case::document(r"
x-webhooks:
  thing.grown:
    post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/ThingGrown'}}}}}
paths: {}
components:
  schemas:
    ThingGrown: {type: object, required: [type], properties: {type: {type: string, enum: [thing.grown]}, by: {type: number}}}
", &["types/", "types/mod.rs", "crates/openai-raw/features.toml"]);
}

/// Whatever event comes, one type takes it.
#[test]
fn all_webhooks_are_one_union() {
    let case = Case::document(r"
x-webhooks:
  thing.grown: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/ThingGrown'}}}}}}
  thing.gone: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/ThingGone'}}}}}}
paths: {}
components:
  schemas:
    ThingGrown: {type: object, required: [type], properties: {type: {type: string, enum: [thing.grown]}, by: {type: number}}}
    ThingGone: {type: object, required: [type], properties: {type: {type: string, enum: [thing.gone]}, why: {type: string}}}
", &["types/"]).names("[types]\nWebhookEvent = 'UnwrapWebhookEvent'");
    let files = case.output().expect("it generates").files;
    let types = &files["crates/openai-raw/src/generated/types/webhooks.rs"];
    let start = types.find("/// The payload of a webhook").expect("there is a union");
    insta::assert_snapshot!(&types[start..]);
}

/// The webhook's entry stands at the end of the index.
#[test]
fn webhooks_are_in_the_index() {
    let (_, case) = ALL.iter().find(|(name, _)| *name == "webhooks").expect("a case above");
    let files = case.output().expect("it generates").files;
    let index = &files["crates/openai-raw/src/generated/index.rs"];
    let start = index.find("/// All webhooks").expect("the index has webhooks");
    insta::assert_snapshot!(&index[start..]);
}
