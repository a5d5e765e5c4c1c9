//! Keywords and forms of schemas, a document each.

use crate::support::{shows, with_schemas};

shows! {
    definitions_become_components: with_schemas("
Thing:
  type: object
  properties: {a: {$ref: '#/components/schemas/Thing/$defs/Part'}, b: {$ref: '#/$defs/Part'}}
  $defs: {Part: {type: object, properties: {name: {type: string}}}}");

    a_reference_into_a_schema_lifts_it: with_schemas("
Thing: {type: object, properties: {home: {$ref: '#/components/schemas/Other/properties/address'}}}
Other: {type: object, properties: {address: {type: object, properties: {street: {type: string}}}}}");

    a_reference_into_paths_lifts_it: with_schemas("
Thing: {type: object, properties: {same: {$ref: '#/paths/~1things/get/responses/200/content/application~1json/schema'}}}");

    anchors_and_ids: with_schemas("
Thing:
  type: object
  properties: {a: {$ref: '#part'}, b: {$ref: 'https://example.com/whole'}, c: {$ref: whole}}
Part: {$anchor: part, type: string}
Whole: {$id: 'https://example.com/whole', type: object, properties: {n: {type: integer}}}");

    dynamic_and_recursive_references: with_schemas("
Thing:
  $dynamicAnchor: node
  type: object
  properties: {next: {$dynamicRef: '#node'}, other: {$recursiveRef: '#'}, root: {$ref: '#'}}");

    percent_signs_and_slashes_in_names: with_schemas("
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/A%20B'}, b: {$ref: '#/components/schemas/C~1D'}}}
A B: {type: string, enum: [x, y]}
C/D: {type: object, properties: {e: {type: integer}}}");

    a_dangling_reference_is_any_json: with_schemas("
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/Gone'}, b: {$ref: '#/nowhere', description: x}}}");

    tuples_are_lists_of_their_forms: with_schemas("
Thing:
  type: object
  properties:
    pair: {type: array, prefixItems: [{type: string}, {type: integer}], items: false}
    more: {type: array, prefixItems: [{type: string}], items: {type: string}}
    old: {type: array, items: [{type: number}, {type: number}], additionalItems: false}
    none: {type: array, items: []}");

    encodings: with_schemas("
Thing:
  type: object
  properties:
    base64: {type: string, contentEncoding: base64, contentMediaType: image/png}
    hex: {type: string, contentEncoding: base16}
    raw: {type: string, contentMediaType: application/octet-stream}
    token: {type: string, contentMediaType: application/jwt, contentSchema: {type: object}}");

    conditionals_and_dependents: with_schemas("
Thing:
  type: object
  properties: {kind: {type: string}}
  if: {properties: {kind: {const: a}}}
  then: {properties: {a: {type: string}}}
  else: {$ref: '#/components/schemas/Other'}
  dependentSchemas: {kind: {properties: {size: {type: integer}}}}
  dependentRequired: {kind: [a]}
Other: {type: object}");

    names_by_pattern: with_schemas("
Thing:
  type: object
  properties:
    closed: {type: object, patternProperties: {'^x-': {type: string}}, additionalProperties: false}
    open: {type: object, patternProperties: {'^x-': {type: string}}}
    all: {patternProperties: {'.*': {type: integer}}}
    several: {type: object, patternProperties: {'^a': {type: string}, '^b': {type: integer}}, additionalProperties: false}
    named: {type: object, propertyNames: {pattern: '^[a-z]$'}, additionalProperties: {type: string}}");

    unevaluated_is_additional: with_schemas("
Thing:
  type: object
  properties:
    map: {type: object, unevaluatedProperties: {type: string}}
    closed: {type: object, properties: {a: {type: string}}, unevaluatedProperties: false}
    rest: {type: object, properties: {a: {type: string}}, additionalProperties: {type: integer}}");

    constants: with_schemas("
Thing:
  type: object
  properties:
    text: {const: a}
    number: {const: 5}
    flag: {const: true}
    none: {const: null}
    object: {const: {a: 1}}
    both: {const: a, enum: [a, b]}");

    values_of_several_types: with_schemas("
Thing:
  type: object
  properties:
    mixed: {enum: [a, 1, true, null, a]}
    texts: {type: string, enum: [a, 1, true, a]}
    numbers: {type: integer, enum: ['1', 2, 2.0, x, 1.5, 99999999999999999999]}
    none: {enum: []}
    null: {enum: [null]}
    objects: {type: object, enum: [{a: 1}]}
    two: {type: [string, integer], enum: [a, 1]}");

    types_of_other_languages: with_schemas("
Thing:
  type: object
  properties:
    a: {type: int}
    b: {type: Float}
    c: {type: file}
    d: {type: datetime}
    e: {type: any}
    f: {type: frobnicate}
    g: {type: []}
    h: {type: [string, string, 'null']}
    i: {type: 5}");

    bounds_as_text_and_out_of_range: with_schemas("
Thing:
  type: object
  properties:
    a: {type: integer, minimum: '5', maximum: 1e3}
    b: {type: string, minLength: '2', maxLength: -1}
    c: {type: number, exclusiveMinimum: '0.5', maximum: '1e999'}
    d: {type: integer, minimum: -99999999999999999999, maximum: 99999999999999999999}
    e: {type: array, items: {type: string}, minItems: 1.0, maxItems: many}
    f: {type: string, nullable: 'true', deprecated: 'yes'}
  required: a");

    null_in_every_form: with_schemas("
Thing:
  type: object
  properties:
    a: {type: string, nullable: true}
    b: {type: [string, 'null']}
    c: {anyOf: [{type: string}, {type: 'null'}]}
    d: {$ref: '#/components/schemas/Part', nullable: true}
    e: {oneOf: [{$ref: '#/components/schemas/Part'}, {enum: [null]}]}
    f: {type: 'null'}
Part: {type: object, properties: {x: {type: string}}}");

    parts_that_are_no_objects: with_schemas("
Thing:
  type: object
  properties:
    text: {allOf: [{type: string}, {maxLength: 5}]}
    choice: {allOf: [{$ref: '#/components/schemas/Choice'}, {description: x}, {default: a}]}
    narrowed: {allOf: [{$ref: '#/components/schemas/Choice'}, {enum: [a]}]}
    number: {allOf: [{type: number}, {type: integer, minimum: 1}]}
    list: {allOf: [{$ref: '#/components/schemas/List'}, {maxItems: 3}]}
    conflict: {allOf: [{type: string}, {type: object}]}
    any: {allOf: [{$ref: '#/components/schemas/Any'}, {$ref: '#/components/schemas/Any'}]}
Choice: {type: string, enum: [a, b]}
List: {type: array, items: {type: string}}
Any: {}");

    a_later_part_that_says_nothing: with_schemas("
Thing: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {id: {description: x}, more: {type: string}}, required: [id]}]}
Base: {type: object, properties: {id: {type: string}}}");

    schemas_made_of_themselves: with_schemas("
Thing: {type: object, properties: {a: {$ref: '#/components/schemas/A'}, c: {$ref: '#/components/schemas/C'}, d: {$ref: '#/components/schemas/D'}, e: {$ref: '#/components/schemas/E'}, tree: {$ref: '#/components/schemas/Tree'}}}
A: {$ref: '#/components/schemas/B'}
B: {$ref: '#/components/schemas/A'}
C: {allOf: [{$ref: '#/components/schemas/C'}, {type: object, properties: {x: {type: string}}}]}
D: {oneOf: [{$ref: '#/components/schemas/D'}, {type: string}, {type: integer}]}
E: {type: array, items: {$ref: '#/components/schemas/E'}}
Tree: {type: object, additionalProperties: {$ref: '#/components/schemas/Tree'}, properties: {next: {$ref: '#/components/schemas/Tree'}}, required: [next]}");

    booleans_and_empty_schemas: with_schemas("
Thing:
  type: object
  properties: {yes: true, no: false, empty: {}, none: , list: {type: array, items: true}, map: {type: object, additionalProperties: true}}
  additionalProperties: false");

    discriminators: with_schemas("
Thing:
  oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
  discriminator: {propertyName: kind, mapping: {cat: Cat, dog: '#/components/schemas/Dog', cow: '#/components/schemas/Cow', pig: ./Pig.yaml}}
Cat: {type: object, properties: {kind: {type: string}}, discriminator: kind}
Dog: {type: object, properties: {kind: {type: string}}, discriminator: {mapping: {}}}");

    a_mapping_tells_forms_apart: with_schemas("
Thing:
  oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Bird'}]
  discriminator: {propertyName: kind, mapping: {cat: Cat, dog: Dog, puppy: Dog, bird: Bird}}
Pet: {type: object, required: [kind], properties: {kind: {type: string, enum: [cat, dog, puppy]}, name: {type: string}}}
Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
Dog: {type: object, required: [kind], properties: {kind: {type: string}}}
Bird: {type: object, required: [kind], properties: {kind: {type: string, enum: [crow]}}}");

    values_that_are_no_schemas: with_schemas("
Thing: {type: object, properties: {a: 5, b: text, c: [], d: {properties: [], items: 3, allOf: {type: string}}}, required: [a, 1, {}], in: query}
List: [1]");

    unknown_keywords_are_counted: with_schemas("
Thing:
  type: object
  frobnicate: 1
  properties: {a: {type: string, frobnicate: 2, x-mine: 1, $comment: x, examples: [1], $schema: y}, b: {contains: {type: string}, minContains: 1}}");
}
