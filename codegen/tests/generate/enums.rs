//! Texts with known values.

use crate::support::{Case, cases};

cases! {
    open_enum: Case::body(r"
Thing:
  type: object
  required: [color]
  properties:
    color: {$ref: '#/components/schemas/Color'}
    size: {type: string, enum: [small, large], default: small}
Color: {type: string, enum: [red, dark_green]}
").usage(r#"
        let thing = Thing::new(Color::DarkGreen).size("huge").color("mauve");
        assert_eq!(thing.color.as_str(), "mauve");
        client.things().create("red").send().await?;
    "#);

    odd_values: Case::answer(r"
Thing:
  type: object
  properties:
    value:
      type: string
      enum: ['', '1', '1.5', '-1', '+1', 'a b', 'a-b', a_b, A-B, Unknown, Self, self, 'é', type, gpt-3.5, 256x256]
");

    text_or_enum: Case::body(r"
Thing:
  type: object
  required: [model]
  properties:
    model: {anyOf: [{type: string}, {$ref: '#/components/schemas/Model'}]}
    inline: {anyOf: [{type: string}, {type: string, enum: [fast, slow]}]}
Model: {type: string, enum: [tiny-1, big-2]}
").usage(r#"
        client.things().create("anything").inline("fast").send().await?;
        client.things().create(Model::Tiny1).send().await?;
    "#);

    enums_in_a_union: Case::answer(r"
Thing:
  type: object
  properties:
    shade:
      oneOf:
        - {type: string, enum: [light, dark]}
        - {type: string, enum: [dark, darker]}
    shade_or_list:
      oneOf:
        - {type: string, enum: [light]}
        - {type: string, enum: [dark]}
        - {type: array, items: {type: string}}
");

    word_beside_a_number: Case::answer(r"
Thing:
  type: object
  properties:
    limit: {oneOf: [{type: string, enum: [auto]}, {type: integer}]}
    level: {oneOf: [{type: string, enum: [low, high]}, {type: number}, {type: integer}]}
");
}
