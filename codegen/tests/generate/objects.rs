//! Objects and the types of their fields.

use crate::support::{Case, cases};

cases! {
    fields: Case::body(r"
Thing:
  type: object
  required: [id, note]
  properties:
    id: {type: string, minLength: 1, maxLength: 8, pattern: '^p_'}
    note: {type: string, nullable: true}
    height: {type: number, minimum: 0, exclusiveMinimum: true}
    count: {type: integer, minimum: 1, maximum: 9, default: 3}
    size: {type: integer, enum: [1, 2, 4]}
    alive: {type: boolean, default: true}
    planted_at: {type: integer, format: unixtime}
    nickname: {type: string, nullable: true}
    shape: {type: string, deprecated: true}
    anything: {}
").usage(r#"
        let thing = Thing::new("p_1", "shy").height(1.5).count(3).size(2).alive(true).planted_at(1).nickname("rose");
        let thing = thing.shape("round").anything(true).id(String::from("p_2")).note("bold");
        client.things().create_with(thing).send().await?;
        client.things().create("p_3", "new").count(4).with_max_retries(1).send().await?;
    "#);

    vector_of_floats: Case::answer(r"
Thing:
  type: object
  required: [vector]
  properties:
    vector: {anyOf: [{type: array, items: {type: number}}, {type: string, format: byte}]}
    other: {$ref: '#/components/schemas/Vector'}
    no_vector: {anyOf: [{type: array, items: {type: number}}, {type: string}]}
Vector: {oneOf: [{type: string, format: byte}, {type: array, items: {type: number, format: float}}]}
").usage(r#"
        let thing = client.things().retrieve().send().await?;
        let (all, other): (&[f32], _) = (&thing.vector, thing.other.map(|vector| vector.into_vec()));
        let _ = (all.len(), other);
    "#);

    constants: Case::body(r"
Thing:
  type: object
  required: [object, version, mode]
  properties:
    object: {type: string, enum: [thing]}
    version: {type: string, enum: [v1]}
    type: {type: string, enum: [plain]}
    mode: {type: string, enum: [on], nullable: true}
    optional_one: {type: string, enum: [only]}
    name: {type: string}
").usage(r#"
        let thing = Thing::new(ThingMode::On).optional_one("only").name("a");
        client.things().create_with(thing).send().await?;
    "#);

    any_text_of_which_one_is_named: Case::body(r"
Thing:
  type: object
  required: [model]
  properties:
    model: {anyOf: [{type: string}, {type: string, enum: [best-1]}]}
    voice: {anyOf: [{type: string}, {$ref: '#/components/schemas/Voice'}]}
Voice: {type: string, enum: [alloy]}
").usage(r#"
        client.things().create("another").voice("mine").send().await?;
    "#);

    keyword_and_own_names: Case::body(r"
Thing:
  type: object
  required: [type, self]
  properties:
    type: {type: string}
    self: {type: string}
    Self: {type: string}
    fn: {type: integer}
    async: {type: boolean}
    extra: {type: string}
    new: {type: string}
    default: {type: string}
    clone: {type: string}
    into: {type: string}
    stream: {type: boolean}
    send: {type: string}
    body: {type: string}
    items: {type: string}
").usage(r#"
        let thing = Thing::new("a", "b").r#fn(1).r#async(true).extra_("c").new_("d").default("e").clone("f").into("g");
        client.things().create_with(Thing::new("a", "b")).send_field("later").items_field("i").send().await?;
        let _ = (thing.extra_, &thing.extra);
    "#);

    names_that_clash: Case::answer(r"
Thing:
  type: object
  properties:
    hate/threatening: {type: boolean}
    hate-threatening: {type: boolean}
    hate_threatening_2: {type: boolean}
    camelCase: {type: string}
    camel_case: {type: string}
    2fa: {type: string}
    $id: {type: string}
    '@': {type: string}
    naïve: {type: string}
");

    many_required: Case::body(r"
Thing:
  type: object
  required: [a, b, c, d, e]
  properties:
    a: {type: string}
    b: {type: integer}
    c: {type: array, items: {type: string}}
    d: {type: string, nullable: true}
    e: {$ref: '#/components/schemas/Other'}
    f: {type: string}
Other:
  type: object
  properties: {x: {type: string}}
").usage(r#"
        let required = ThingRequired { a: "a".into(), b: 1, c: vec![], d: Some("d".into()), e: Other::new().x("x") };
        client.things().create(Thing::new(required).f("f")).send().await?;
    "#);

    four_required: Case::body(r"
Thing:
  type: object
  required: [a, b, c, d]
  properties:
    a: {type: string}
    b: {type: integer}
    c: {type: array, items: {type: string}}
    d: {type: object, additionalProperties: {type: string}}
").usage(r#"
        client.things().create("a", 1, ["c"], [("key", "value")]).send().await?;
    "#);

    arguments_by_names_toml: Case::body(r"
Thing:
  type: object
  required: [last, first]
  properties:
    last: {type: string}
    first: {type: string}
    middle: {type: string}
").names("
[new]
Thing = ['first', 'middle']
").usage(r#"
        let thing = Thing::new("first", "middle").last("last");
        client.things().create_with(thing).send().await?;
        client.things().create("first", "middle").send().await?;
    "#);

    maps_and_free_objects: Case::body(r"
Thing:
  type: object
  required: [tags]
  properties:
    tags: {type: object, additionalProperties: {type: string}}
    scores: {type: object, additionalProperties: {type: number}}
    parts: {type: object, additionalProperties: {type: object, properties: {x: {type: integer}}}}
    gaps: {type: object, additionalProperties: {type: string, nullable: true}}
    free: {type: object}
    open: {type: object, additionalProperties: true}
    closed: {type: object, additionalProperties: false}
").usage(r#"
        let thing = Thing::new([("a", "b")]).scores([("c", 1.0)]).parts([("d", ThingPart::new().x(1))]).gaps([("e", None)]);
        client.things().create_with(thing.free(openai_runtime::json::Value::Null)).send().await?;
    "#);

    lists: Case::body(r"
Thing:
  type: object
  required: [names]
  properties:
    names: {type: array, items: {type: string}, minItems: 1, maxItems: 4}
    grid: {type: array, items: {type: array, items: {type: number}}}
    gaps: {type: array, items: {type: string, nullable: true}}
    entries: {type: array, items: {type: object, required: [x], properties: {x: {type: integer}}}}
    anything: {type: array, items: {}}
    nothing_said: {type: array}
    optional: {type: array, items: {type: string}, nullable: true}
").usage(r#"
        let thing = Thing::new(["a", "b"]).grid([vec![1.0], vec![]]).gaps([Some("a".to_owned()), None]);
        client.things().create_with(thing.entries([ThingEntry::new(1)]).optional(["x"])).send().await?;
    "#);

    known_and_other_fields: Case::answer(r"
Thing:
  type: object
  properties:
    name: {type: string}
  additionalProperties: {type: integer}
");

    no_fields: Case::body(r"
Thing:
  type: object
  properties:
    marker: {$ref: '#/components/schemas/Marker'}
Marker:
  type: object
  required: [type]
  properties:
    type: {type: string, enum: [marker]}
").usage(r"
        client.things().create().marker(Marker::new()).send().await?;
    ");

    all_of_merges: Case::answer(r"
Thing:
  allOf:
    - $ref: '#/components/schemas/Base'
    - type: object
      required: [size]
      properties:
        size: {type: integer}
        note: {type: string, maxLength: 9}
  required: [note]
Base:
  type: object
  required: [id]
  properties:
    id: {type: string}
    note: {type: string}
");

    all_of_reference_and_facts: Case::answer(r"
Thing:
  type: object
  required: [second]
  properties:
    first:
      allOf: [{$ref: '#/components/schemas/Color'}]
      nullable: true
      default: red
      deprecated: true
    second:
      allOf: [{$ref: '#/components/schemas/Color'}]
      nullable: true
Color: {type: string, enum: [red, green]}
");

    recursive: Case::body(r"
Thing:
  type: object
  properties:
    parent: {$ref: '#/components/schemas/Thing'}
    children: {type: array, items: {$ref: '#/components/schemas/Thing'}}
    by_name: {type: object, additionalProperties: {$ref: '#/components/schemas/Thing'}}
    friend: {$ref: '#/components/schemas/Friend'}
Friend:
  type: object
  required: [of]
  properties:
    of: {$ref: '#/components/schemas/Thing'}
").usage(r#"
        let thing = Thing::new().parent(Thing::new()).children([Thing::new()]).by_name([("a", Thing::new())]);
        client.things().create().friend(Friend::new(thing)).send().await?;
    "#);

    deprecated: Case::document(r"
paths:
  /things:
    post:
      operationId: createThing
      deprecated: true
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Thing'}}
      responses: {'204': {description: ''}}
components:
  schemas:
    Thing:
      type: object
      deprecated: true
      properties:
        a: {type: string, deprecated: true}
", &["types/", "resources/things.rs"]).names("
[operations]
createThing = { resource = 'things', verb = 'create' }
");

    component_that_only_refers_to_another: Case::answer(r"
Thing:
  type: object
  properties:
    a: {$ref: '#/components/schemas/Second'}
Second: {$ref: '#/components/schemas/First'}
First: {type: object, properties: {x: {type: string}}}
");

    alias_of_an_alias: Case::answer(r"
Thing:
  type: object
  properties:
    id: {$ref: '#/components/schemas/Id'}
    ids: {$ref: '#/components/schemas/Ids'}
Id: {$ref: '#/components/schemas/Text'}
Text: {type: string}
Ids: {type: array, items: {$ref: '#/components/schemas/Id'}}
");

    direction: Case::document(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Made'}}}}
components:
  schemas:
    Thing: {type: object, properties: {common: {$ref: '#/components/schemas/Common'}}}
    Made: {type: object, properties: {common: {$ref: '#/components/schemas/Common'}, id: {type: string}}}
    Common: {type: object, properties: {x: {type: string}}}
    Unused: {type: object, properties: {y: {type: string}}}
", &["types/", "types/mod.rs"]).names("
[operations]
createThing = { resource = 'things', verb = 'create' }
").usage(r#"
        let made: Made = client.things().create().common(Common::new().x("x")).send().await?;
        let _ = made.id;
    "#);
}
