//! Every rule of the import on a document that has nothing else in it.

use openai_codegen::import::{Imported, Rule, import};
use openai_codegen::yaml;

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";

/// Imports a document and requires that importing the result changes nothing.
fn imported(text: &str) -> Imported {
    let imported = import(text, "test.yaml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    let again = import(&imported.yaml, "again.yaml").unwrap_or_else(|error| panic!("{error}\n{}", imported.yaml));
    assert_eq!(imported.yaml, again.yaml, "importing the result again changes it");
    imported
}

/// The input, what becomes of it (the part at `pointer`), and the rules that applied.
fn show(input: &str, document: &str, pointer: &str) -> String {
    let imported = imported(document);
    let part = imported.document.pointer(pointer);
    let part = part.unwrap_or_else(|| panic!("{pointer} is gone:\n{}", imported.yaml));
    let mut report = String::new();
    for rule in Rule::ALL {
        let count = imported.report.count(*rule);
        if count > 0 {
            report += &format!("{}: {count}\n", rule.label());
        }
    }
    let dropped = [("prose", imported.report.prose()), ("vendor", imported.report.vendor())];
    for (title, keys) in dropped {
        for (key, count) in keys {
            report += &format!("{title} {key}: {count}\n");
        }
    }
    let input = input.trim();
    format!("{input}\n--- becomes\n{}--- by\n{report}", yaml::to_string(part))
}

/// For component schemas.
fn schemas(text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
    let document = format!("{HEAD}paths: {{}}\ncomponents:\n  schemas:\n{lines}");
    show(text, &document, "/components/schemas")
}

/// For paths.
fn paths(text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("  {line}\n")).collect();
    show(text, &format!("{HEAD}paths:\n{lines}"), "/paths")
}

/// For whole documents.
fn document(text: &str) -> String {
    show(text, text, "")
}

macro_rules! rule {
    ($name:ident, $show:ident, $text:literal) => {
        #[test]
        fn $name() {
            let facts = $show($text.trim_matches('\n'));
            insta::assert_snapshot!(facts);
        }
    };
}

rule!(
    null_variant,
    schemas,
    r#"
Plain:
  type: object
  properties:
    text: {anyOf: [{type: string, maxLength: 3}, {type: 'null'}]}
    first: {oneOf: [{type: 'null'}, {type: integer}]}
    outer_wins: {title: Outer, default: a, anyOf: [{title: Inner, default: b, type: string}, {type: 'null'}]}
    union: {anyOf: [{type: string}, {type: integer}, {type: 'null'}], discriminator: {propertyName: x}}
    inner_union: {anyOf: [{oneOf: [{type: string}, {type: integer}]}, {type: 'null'}]}
    reference: {anyOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}]}
    reference_and_facts: {anyOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}], deprecated: true}
    by_enum: {anyOf: [{type: string}, {enum: [null]}]}
    by_const: {anyOf: [{type: string}, {const: null}]}
    both_restrict: {type: string, maxLength: 2, anyOf: [{type: string, maxLength: 3}, {type: 'null'}]}
Other: {type: string}
"#
);

rule!(
    null_in_types,
    schemas,
    r#"
A: {type: object, properties: {a: {type: [string, 'null'], minLength: 1}, b: {type: [integer]}}}
"#
);

rule!(
    type_array,
    schemas,
    r#"
Scalars:
  title: Kept outside
  type: [string, integer, 'null']
  maxLength: 9
  minimum: 1
  default: x
Values: {type: [string, integer], enum: [a, 1]}
Values_of_one_type: {type: [string, integer], enum: [a]}
Array: {type: [string, array], items: {type: string}, maxItems: 4}
Beside_union: {type: [string, integer], anyOf: [{minLength: 1}, {minimum: 1}]}
"#
);

rule!(
    null_in_enum,
    schemas,
    r#"
A: {type: object, properties: {a: {type: string, enum: [x, null]}, b: {enum: [null, 1]}}}
"#
);

rule!(
    only_null,
    schemas,
    r#"
A: {type: object, properties: {a: {type: 'null'}, b: {anyOf: [{type: 'null'}]}, c: {const: null}, d: {type: ['null']}}}
"#
);

rule!(
    nullable_variant,
    schemas,
    r#"
A:
  type: object
  properties:
    a: {oneOf: [{type: string, nullable: true}, {type: integer}]}
    b: {anyOf: [{$ref: '#/components/schemas/Nullable'}, {type: integer}]}
Nullable: {type: string, nullable: true}
"#
);

rule!(
    nullable_part,
    schemas,
    r#"
A:
  type: object
  properties:
    flag_alone: {allOf: [{$ref: '#/components/schemas/B'}, {nullable: true}]}
    all_parts: {allOf: [{$ref: '#/components/schemas/N'}, {type: string, maxLength: 2, nullable: true}]}
    not_all_parts: {allOf: [{$ref: '#/components/schemas/N'}, {$ref: '#/components/schemas/B'}]}
    only_flags: {allOf: [{nullable: true}]}
B: {type: string}
N: {type: string, nullable: true}
"#
);

rule!(
    nullable_component,
    schemas,
    r#"
Holder:
  type: object
  properties:
    plain: {$ref: '#/components/schemas/Map'}
    default: {$ref: '#/components/schemas/Map', default: {}}
    list: {type: array, items: {$ref: '#/components/schemas/Map'}}
    alias: {$ref: '#/components/schemas/Alias'}
    union: {$ref: '#/components/schemas/Union'}
    one_part: {allOf: [{$ref: '#/components/schemas/Map'}]}
  additionalProperties: {$ref: '#/components/schemas/Map'}
Map: {anyOf: [{type: object, additionalProperties: {type: string}}, {type: 'null'}]}
Alias: {$ref: '#/components/schemas/Map'}
Union: {oneOf: [{$ref: '#/components/schemas/Alias'}, {type: integer}]}
"#
);

rule!(
    nullable_component_in_a_body,
    document,
    r#"
openapi: 3.0.0
info: {title: T, version: '1'}
paths:
  /a:
    get:
      parameters: [{name: q, in: query, schema: {$ref: '#/components/schemas/N'}}]
      responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/N'}}}}}
components: {schemas: {N: {type: string, nullable: true}}}
"#
);

rule!(
    ref_siblings,
    schemas,
    r#"
A:
  type: object
  properties:
    prose: {$ref: '#/components/schemas/B', description: text for people}
    default: {$ref: '#/components/schemas/B', default: x, description: text for people}
    nullable: {$ref: '#/components/schemas/B', nullable: true}
    title: {$ref: '#/components/schemas/B', title: No name}
    implied_type: {$ref: '#/components/schemas/Union', type: string}
    other_type: {$ref: '#/components/schemas/B', type: object}
    with_all_of: {$ref: '#/components/schemas/B', allOf: [{maxLength: 3}]}
    vendor: {$ref: '#/components/schemas/B', x-vendor: 1}
B: {type: string}
Union: {anyOf: [{$ref: '#/components/schemas/B'}, {allOf: [{$ref: '#/components/schemas/B'}]}]}
"#
);

rule!(
    recursive_ref,
    schemas,
    r##"
Tree:
  $recursiveAnchor: true
  type: object
  properties: {children: {type: array, items: {$recursiveRef: '#'}}}
"##
);

rule!(
    constant,
    schemas,
    r#"
A:
  type: object
  properties:
    a: {type: string, const: x}
    b: {const: 2}
    c: {const: x, enum: [x, y]}
"#
);

rule!(
    exclusive_bounds,
    schemas,
    r#"
A:
  type: object
  properties:
    boolean: {type: number, minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: false}
    numeric: {type: integer, exclusiveMinimum: 0, exclusiveMaximum: 10}
    both_exclusive_wins: {type: number, minimum: 0, exclusiveMinimum: 1}
    both_inclusive_wins: {type: number, maximum: 1, exclusiveMaximum: 2}
    of_nothing: {type: number, exclusiveMinimum: true}
"#
);

rule!(
    number_forms,
    schemas,
    r#"
A:
  type: object
  properties:
    whole: {type: integer, minimum: 0, maximum: 1.0, enum: [0, 1.0]}
    past_64_bits: {type: integer, minimum: -9223372036854776000, maximum: 9223372036854776000}
    exact: {type: integer, minimum: -9223372036854775808, maximum: 9223372036854775807}
    number: {type: number, minimum: 0, maximum: 1.5, multipleOf: 0.1, enum: [0, 1]}
    small: {type: number, minimum: 0.00001}
    untyped: {minimum: 0}
    with_union: {type: integer, minimum: 0, allOf: [{maximum: 2}]}
"#
);

rule!(
    property_names,
    schemas,
    r#"
A: {type: object, propertyNames: {type: string, const: x}, additionalProperties: {type: string}}
"#
);

rule!(
    misspelt_keywords,
    schemas,
    r#"
A:
  type: array
  min_items: 1
  maxitems: 2
  items: {type: string, max-length: 3, Description: text for people}
"#
);

rule!(
    optional_keyword,
    schemas,
    r#"
A:
  type: object
  required: [a, b, c]
  properties:
    a: {type: string, optional: true}
    b: {type: string, optional: false}
    c: {type: string}
"#
);

rule!(
    misplaced_bounds,
    schemas,
    r#"
A: {type: array, items: {type: number, min_items: 2, max_items: 2}}
Array_of_arrays: {type: array, items: {type: array, minItems: 2, items: {type: number}}}
Untold: {type: array, items: {minItems: 2}}
"#
);

rule!(
    missing_type,
    schemas,
    r#"
A: {properties: {a: {enum: [x, y]}, b: {items: {type: string}}, c: {additionalProperties: true}}}
Part: {anyOf: [{required: [a]}, {required: [b]}]}
Mixed: {enum: [x, 1]}
Anything: {}
"#
);

rule!(
    boolean_schema,
    schemas,
    r#"
A:
  type: object
  properties: {anything: true, nothing: false, list: {type: array, items: true}}
  additionalProperties: false
"#
);

rule!(
    duplicates,
    schemas,
    r#"
A: {type: object, required: [a, b, a], properties: {a: {type: string, enum: [x, y, x]}, b: {type: string}}}
"#
);

rule!(
    defaults,
    schemas,
    r#"
A:
  type: object
  properties:
    null_default: {type: string, nullable: true, default: null}
    empty_list: {type: array, items: {type: string}, default: []}
    false_flag: {type: boolean, default: false}
    object: {type: object, default: {description: a field of the value, b: 1, a: null}}
    of_other_type: {type: string, default: [x]}
"#
);

rule!(
    empty_keywords,
    schemas,
    r#"
A:
  type: object
  deprecated: false
  nullable: false
  required: []
  properties: {}
  additionalProperties: false
  uniqueItems: false
"#
);

rule!(
    prose_and_vendor_keys,
    schemas,
    r#"
A:
  title: A name
  description: text for people
  example: {a: 1}
  examples: [1]
  externalDocs: {url: 'https://example.com'}
  $comment: text for people
  x-vendor: {any: thing}
  type: object
  properties:
    description: {type: string, title: 'A sentence, not a name'}
    x-field: {type: string, title: Also a sentence.}
"#
);

rule!(
    order_of_keywords,
    schemas,
    r#"
Z: {items: {format: int64, type: integer}, type: array, title: Last}
A:
  properties: {z: {type: string}, a: {type: string}}
  required: [z, a]
  type: object
"#
);

rule!(
    fixed_query,
    paths,
    r#"
/b?beta=true&v=2: {get: {responses: {}}}
/b: {get: {responses: {}}}
/a/{id}: {get: {responses: {}}}
"#
);

rule!(
    operations,
    paths,
    r#"
/a:
  summary: text for people
  x-vendor: 1
  post:
    summary: text for people
    operationId: createA
    tags: [A]
    deprecated: true
    security: []
    requestBody:
      description: text for people
      content:
        multipart/form-data:
          encoding: {part: {contentType: application/json}}
          schema: {type: object, properties: {part: {type: string, format: binary}}}
        application/x-www-form-urlencoded: {schema: {type: object}}
    responses:
      default: {description: text for people}
      '404': {description: text for people}
      '201':
        description: text for people
        headers: {Location: {description: text for people, schema: {type: string}}}
        content: {application/json: {example: 1, examples: {a: {value: 1}}, schema: {type: string}}}
  get:
    parameters:
      - {name: q, in: query, required: false, schema: {type: string}, description: text for people}
      - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
      - {name: beta, in: header, style: simple, explode: false, schema: {type: array, items: {type: string}}}
      - {name: json, in: query, content: {application/json: {schema: {type: object}}}}
    responses: {}
"#
);

rule!(
    root_objects,
    document,
    r#"
openapi: 3.1.0
info:
  title: T
  version: '1'
  description: text for people
  license: {name: MIT, identifier: MIT}
servers: [{url: 'https://{host}/v1', description: text for people, variables: {host: {default: a, enum: [a, b]}}}]
tags: [{name: B, description: text for people}, {name: A}]
security: [{Key: []}]
x-vendor: 1
webhooks:
  b_done: {post: {requestBody: {content: {application/json: {schema: {type: object}}}}, responses: {'200': {description: text}}}}
  a_done: {post: {responses: {}}}
paths:
  x-vendor: 1
  /a: {get: {responses: {'429': {$ref: '#/components/responses/Busy', description: text for people}}}}
components:
  securitySchemes: {Key: {type: http, scheme: bearer, bearerFormat: JWT}, Other: {type: apiKey, in: header, name: k}}
  responses: {Busy: {description: text for people}}
  parameters: {P: {name: p, in: path, required: true, schema: {type: string}}}
"#
);

#[test]
fn json_is_read_as_well() {
    let text = r#"{"openapi": "3.0.1", "info": {"title": "\ud83d\ude00", "version": "1"}, "paths": {}}"#;
    let yaml = imported(text).yaml;
    insta::assert_snapshot!(yaml);
}

#[test]
fn same_input_same_bytes() {
    let text = format!("{HEAD}paths: {{/b: {{}}, /a: {{}}}}\ncomponents: {{schemas: {{B: {{}}, A: {{}}}}}}\n");
    assert_eq!(imported(&text), imported(&text));
}
