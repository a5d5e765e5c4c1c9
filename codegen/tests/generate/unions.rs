//! Unions: how a value finds its form, and what the forms are called.

use crate::support::{Case, cases};

cases! {
    by_tag: Case::body(r"
Thing:
  type: object
  required: [part]
  properties:
    part: {$ref: '#/components/schemas/Part'}
Part:
  oneOf:
    - $ref: '#/components/schemas/Leaf'
    - $ref: '#/components/schemas/Root'
  discriminator: {propertyName: type}
Leaf:
  type: object
  required: [type, color]
  properties: {type: {type: string, enum: [leaf]}, color: {type: string}}
Root:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [root]}, depth: {type: integer}}
").usage(r#"
        client.things().create(Part::leaf("green")).send().await?;
        client.things().create(Leaf::new("green")).part(Part::root()).send().await?;
        if let Part::Unknown(value) = Part::from(Root::new().depth(3)) {
            let _: openai_runtime::json::Value = value;
        }
    "#);

    by_enum_tag: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Calm'
    - $ref: '#/components/schemas/Wild'
Calm:
  type: object
  required: [kind]
  properties: {kind: {type: string, enum: [still, slow]}}
Wild:
  type: object
  required: [kind]
  properties: {kind: {type: string, enum: [fast]}, speed: {type: number}}
");

    optional_tag: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Plain'
    - $ref: '#/components/schemas/Fancy'
Plain:
  type: object
  properties: {type: {type: string, enum: [plain]}, text: {type: string}}
Fancy:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [fancy]}, bow: {type: string}}
");

    variant_without_tag: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Tagged'
    - $ref: '#/components/schemas/Bare'
Tagged:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [tagged]}}
Bare:
  type: object
  required: [name]
  properties: {name: {type: string}}
");

    free_tag: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Known'
    - $ref: '#/components/schemas/Other'
Known:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [known]}}
Other:
  type: object
  required: [type]
  properties: {type: {type: string}, more: {type: string}}
");

    nested_union_is_flattened: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Inner'
    - $ref: '#/components/schemas/C'
    - oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/D'}]
Inner: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
A: {type: object, required: [type], properties: {type: {type: string, enum: [a]}}}
B: {type: object, required: [type], properties: {type: {type: string, enum: [b]}, x: {type: string}}}
C: {type: object, required: [type], properties: {type: {type: string, enum: [c]}, y: {type: string}}}
D: {type: object, required: [type], properties: {type: {type: string, enum: [d]}, z: {type: string}}}
");

    two_variants_with_one_tag_value: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Short'
    - $ref: '#/components/schemas/Long'
    - $ref: '#/components/schemas/Other'
Short:
  type: object
  required: [type, text]
  properties: {type: {type: string, enum: [message]}, text: {type: string}}
Long:
  type: object
  required: [type, parts]
  properties: {type: {type: string, enum: [message]}, parts: {type: array, items: {type: string}}}
Other:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [other]}}
");

    by_kind: Case::body(r"
Thing:
  type: object
  required: [value]
  properties:
    value:
      oneOf:
        - {type: string}
        - {type: number}
        - {type: boolean}
        - {type: array, items: {type: string}}
        - {type: object, properties: {x: {type: integer}}, title: The X}
").usage(r#"
        client.things().create("text").value(1.5).value(true).value(["a".to_owned()]).value(vec!["b".to_owned()]).send().await?;
        client.things().create(ThingValueTheX::new().x(1)).send().await?;
    "#);

    lists_by_best_fit: Case::body(r"
Thing:
  type: object
  required: [input]
  properties:
    input:
      oneOf:
        - {type: string}
        - {type: array, items: {type: string}}
        - {type: array, items: {type: integer}}
        - {type: array, items: {type: array, items: {type: integer}}}
        - {type: array, items: {$ref: '#/components/schemas/Part'}}
Part: {type: object, required: [x], properties: {x: {type: integer}}}
").usage(r#"
        client.things().create("text").input(vec![1, 2]).input(vec![vec![1], vec![2]]).input([Part::new(1)]).send().await?;
    "#);

    objects_by_best_fit: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/ByName'
    - $ref: '#/components/schemas/ById'
    - {type: object, additionalProperties: {type: integer}}
ByName: {type: object, required: [name], properties: {name: {type: string}}}
ById: {type: object, required: [id], properties: {id: {type: string}}}
");

    inline_variants: Case::answer(r"
Thing:
  type: object
  properties:
    step:
      oneOf:
        - {type: object, required: [type], properties: {type: {type: string, enum: [dig]}, depth: {type: integer}}}
        - {type: object, title: Watering can, properties: {litres: {type: number}}}
        - {type: object, properties: {other: {type: string}}}
        - {type: object, properties: {another: {type: string}}}
    steps:
      type: array
      items:
        oneOf:
          - {type: object, required: [role], properties: {role: {type: string, enum: [helper]}, a: {type: string}}}
          - {type: object, required: [role], properties: {role: {type: string, enum: [owner]}, b: {type: string}}}
");

    one_form_is_no_union: Case::answer(r"
Thing:
  type: object
  properties:
    only: {oneOf: [{$ref: '#/components/schemas/Part'}]}
    anything: {anyOf: [{type: string}, {}]}
    same: {anyOf: [{type: string}, {type: string, maxLength: 3}]}
    numbers: {anyOf: [{type: integer}, {type: number}]}
    required_sets:
      type: object
      properties: {a: {type: string}, b: {type: string}}
      anyOf: [{required: [a]}, {required: [b]}]
Part: {type: object, properties: {x: {type: integer}}}
");

    large_variant_is_boxed: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Small'
    - $ref: '#/components/schemas/Large'
Small:
  type: object
  required: [type]
  properties: {type: {type: string, enum: [small]}, a: {type: string}}
Large:
  type: object
  required: [type]
  properties:
    type: {type: string, enum: [large]}
    a: {type: string}
    b: {type: string}
    c: {type: string}
    d: {type: string}
    e: {type: string}
");

    recursive_union: Case::body(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/Not'
    - $ref: '#/components/schemas/And'
    - $ref: '#/components/schemas/Word'
Not: {type: object, required: [op, of], properties: {op: {type: string, enum: [not]}, of: {$ref: '#/components/schemas/Thing'}}}
And:
  type: object
  required: [op, of]
  properties:
    op: {type: string, enum: [and]}
    of: {type: array, items: {$ref: '#/components/schemas/Thing'}}
Word: {type: object, required: [op, text], properties: {op: {type: string, enum: [word]}, text: {type: string}}}
").usage(r#"
        let thing = Thing::not(Thing::and([Thing::word("a"), Not::new(Thing::word("b")).into()]));
        client.things().create(thing).send().await?;
    "#);

    nullable_union: Case::answer(r"
Thing:
  type: object
  required: [a]
  properties:
    a: {nullable: true, oneOf: [{type: string}, {type: array, items: {type: string}}]}
    b:
      type: array
      items: {nullable: true, oneOf: [{type: string}, {type: array, items: {type: string}}]}
");

    all_of_with_a_union: Case::answer(r"
Thing:
  type: object
  properties:
    part:
      allOf:
        - oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]
      deprecated: true
A: {type: object, required: [type], properties: {type: {type: string, enum: [a]}}}
B: {type: object, required: [type], properties: {type: {type: string, enum: [b]}}}
");

    all_of_with_a_union_and_fields: Case::answer(r"
Thing:
  allOf:
    - oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]
    - {type: object, required: [id], properties: {id: {type: string}}}
A: {type: object, required: [type], properties: {type: {type: string, enum: [a]}}}
B: {type: object, required: [type], properties: {type: {type: string, enum: [b]}}}
");

    variants_that_are_the_same: Case::answer(r"
Thing:
  oneOf:
    - $ref: '#/components/schemas/A'
    - $ref: '#/components/schemas/B'
    - {type: string}
A: {type: object, properties: {x: {type: string}}}
B: {type: object, properties: {x: {type: string}}}
");

    tags_that_are_methods_of_all_types: Case::body(r"
Thing:
  oneOf:
    - {type: object, required: [type], properties: {type: {type: string, enum: [default]}, a: {type: string}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [new]}, b: {type: string}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [unknown]}, c: {type: string}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [self]}, d: {type: string}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [a-b]}, e: {type: string}}}
    - {type: object, required: [type], properties: {type: {type: string, enum: [a_b]}, f: {type: string}}}
").usage(r#"
        client.things().create(Thing::default()).send().await?;
        client.things().create(ThingNew::new().b("b")).send().await?;
    "#);

    base_whose_fields_the_variants_have: Case::body(r"
Thing:
  type: object
  required: [part]
  properties:
    part: {$ref: '#/components/schemas/Part'}
Part:
  type: object
  required: [action]
  properties: {action: {type: string}}
  oneOf:
    - $ref: '#/components/schemas/Grow'
    - $ref: '#/components/schemas/Rest'
  discriminator: {propertyName: action}
Grow:
  type: object
  required: [action, size]
  properties: {action: {type: string, enum: [grow]}, size: {type: integer}}
Rest: {type: object, required: [action], properties: {action: {type: string, enum: [rest]}}}
").usage(r#"
        client.things().create(Part::from(Grow::new(3))).send().await?;
    "#);

    variant_that_only_extends_a_schema: Case::answer(r"
Thing:
  oneOf:
    - allOf: [{$ref: '#/components/schemas/A'}, {type: object, properties: {stream_id: {type: string}}}]
    - allOf: [{$ref: '#/components/schemas/B'}, {type: object, required: [n], properties: {n: {type: integer}}}]
A: {type: object, required: [type], properties: {type: {type: string, enum: [a]}}}
B: {type: object, required: [type], properties: {type: {type: string, enum: [b]}}}
");

    sent_back_as_input: Case::document(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Ask'}}}
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Answer'}}}}
components:
  schemas:
    Ask: {type: object, required: [items], properties: {items: {type: array, items: {$ref: '#/components/schemas/InputItem'}}}}
    Answer: {type: object, required: [items], properties: {items: {type: array, items: {$ref: '#/components/schemas/OutputItem'}}}}
    InputItem: {oneOf: [{$ref: '#/components/schemas/Said'}, {$ref: '#/components/schemas/Asked'}]}
    OutputItem: {oneOf: [{$ref: '#/components/schemas/Said'}, {$ref: '#/components/schemas/Done'}]}
    Said: {type: object, required: [type, text], properties: {type: {type: string, enum: [said]}, text: {type: string}}}
    Asked: {type: object, required: [type, text], properties: {type: {type: string, enum: [asked]}, text: {type: string}}}
    Done: {type: object, required: [type], properties: {type: {type: string, enum: [done]}}}
", &["types/things.rs"]).names("
[operations]
createThing = { resource = 'things', verb = 'create' }
[convert]
OutputItem = 'InputItem'
").usage(r#"
        let answer = client.things().create([InputItem::asked("why")]).send().await?;
        client.things().create(answer.items).send().await?;
    "#);
}
