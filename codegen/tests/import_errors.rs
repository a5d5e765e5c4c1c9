//! Every error of the import: the message names the file, the place and what to do.

use openai_codegen::import::import;
use openai_codegen::yaml;
use serde_json::{Value, json};

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n";

fn message(text: &str) -> String {
    match import(text, "upstream.yaml") {
        Err(error) => error.to_string(),
        Ok(imported) => panic!("it was imported:\n{}", imported.yaml),
    }
}

fn in_schema(text: &str) -> String {
    message(&format!("{HEAD}paths: {{}}\ncomponents: {{schemas: {{A/B: {text}}}}}\n"))
}

fn in_path(text: &str) -> String {
    message(&format!("{HEAD}paths: {text}\n"))
}

/// One snapshot a group of errors, so that they can be read together: a name, then the message.
macro_rules! errors {
    ($group:ident: $($name:literal => $message:expr,)+) => {
        #[test]
        fn $group() {
            let messages = [$(format!("{}\n{}\n", $name, $message)),+].join("\n");
            insta::assert_snapshot!(messages);
        }
    };
}

errors! { text_that_is_no_document:
    "empty" => message(""),
    "yaml syntax" => message("openapi: 3.1.0\ninfo: [1, 2\npaths: {}\n"),
    "yaml key twice" => message("openapi: 3.1.0\ninfo:\n  title: a\n  title: b\n"),
    "yaml tag" => message("openapi: !special 3.1.0\n"),
    "yaml infinity" => message("openapi: .inf\n"),
    "yaml key that is a list" => message("? [a]\n: 1\n"),
    "yaml two documents" => message("a: 1\n---\nb: 2\n"),
    "json syntax" => message("{\"openapi\": \"3.1.0\",\n \"info\": {]}"),
    "json cut off" => message("{\"openapi\": \"3.1.0\",\n \"info\": {"),
    "web page" => message("<!DOCTYPE html>\n<html><body>Not found</body></html>\n"),
    "no object" => message("- 1\n"),
    "no openapi" => message("info: {}\n"),
    "swagger" => message("swagger: '2.0'\n"),
    "newer openapi" => message("openapi: 3.2.0\n"),
    "openapi that is a number" => message("openapi: 3.1\n"),
}

errors! { unknown_keywords:
    "no paths" => message(HEAD),
    "unknown in document" => message(&format!("{HEAD}paths: {{}}\nwebhoks: {{}}\n")),
    "unknown in schema" => in_schema("{type: object, properties: {a~b: {type: string, frobnicate: 1}}}"),
    "unknown in operation" => in_path("{/a/b: {get: {responses: {}, callbacks: {}}}}"),
    "unknown in path item" => in_path("{/a: {fetch: {}}}"),
    "unknown in response" => in_path("{/a: {get: {responses: {'200': {links: {}}}}}}"),
    "unknown in components" => message(&format!("{HEAD}paths: {{}}\ncomponents: {{pathItems: {{}}}}\n")),
    "unknown path" => in_path("{a: {}}"),
    "unknown status" => in_path("{/a: {get: {responses: {'20': {}}}}}"),
    "misspelt and right" => in_schema("{type: array, minItems: 1, min_items: 1}"),
}

errors! { wrong_values:
    "wrong type object" => in_schema("[1]"),
    "wrong type text" => in_schema("{title: 1}"),
    "wrong type flag" => in_schema("{nullable: 'yes'}"),
    "wrong type count" => in_schema("{maxLength: -1}"),
    "wrong type number" => in_schema("{minimum: a}"),
    "wrong type bound" => in_schema("{exclusiveMinimum: a}"),
    "wrong type list" => in_schema("{anyOf: {}}"),
    "wrong type texts" => in_schema("{type: object, required: [a, 1]}"),
    "wrong type required" => in_schema("{type: object, properties: {a: {type: string, required: true}}}"),
    "wrong type text map" => in_schema("{discriminator: {propertyName: a, mapping: {x: 1}}}"),
    "wrong type enum" => in_schema("{enum: x}"),
    "wrong type security" => in_path("{/a: {get: {security: {Key: []}, responses: {}}}}"),
    "unknown type" => in_schema("{type: [string, file]}"),
    "unknown location" => in_path("{/a: {get: {parameters: [{name: a, in: body, schema: {}}], responses: {}}}}"),
    "missing responses" => in_path("{/a: {get: {}}}"),
    "missing schema" => in_path("{/a: {get: {parameters: [{name: a, in: query}], responses: {}}}}"),
    "schema and content" => in_path("{/a: {get: {parameters: [{name: a, in: query, schema: {}, content: {}}], responses: {}}}}"),
}

errors! { references:
    "ref to nothing" => in_schema("{type: array, items: {$ref: '#/components/schemas/Nothing'}}"),
    "ref to other kind" => message(&format!("{HEAD}paths: {{}}\ncomponents: {{responses: {{R: {{}}}}, schemas: {{A: {{$ref: '#/components/responses/R'}}}}}}\n")),
    "ref to a file" => in_schema("{$ref: 'other.yaml#/A'}"),
    "ref below a component" => in_schema("{properties: {a: {$ref: '#/components/schemas/A~1B/properties/a'}}}"),
    "mapping to nothing" => in_schema("{oneOf: [], discriminator: {propertyName: a, mapping: {x: Nothing}}}"),
    "ref beside facts" => in_path("{/a: {get: {parameters: [{$ref: '#/components/parameters/P', required: true}], responses: {}}}}"),
    "recursive ref without anchor" => in_schema("{properties: {a: {$recursiveRef: '#'}}}"),
    "recursive ref elsewhere" => in_schema("{$recursiveAnchor: true, properties: {a: {$recursiveRef: '#a'}}}"),
}

errors! { operation_ids:
    "the same at one path" => in_path("{/a/b: {get: {operationId: o, responses: {}}, post: {operationId: o, responses: {}}}}"),
    "the same at two paths" => in_path("{/b: {get: {operationId: o, responses: {}}}, /a: {get: {operationId: o, responses: {}}}}"),
}

errors! { what_openapi_3_0_cannot_say:
    "query that is not plain" => in_path("{'/a?b': {}}"),
    "what openapiv3 drops" => in_path("{/a: {post: {requestBody: {content: {}}, responses: {}}}}"),
    "what openapiv3 refuses" => in_path("{/a: {get: {parameters: [{name: a, in: path, style: form, schema: {}}], responses: {}}}}"),
}

fn nested(open: &str, inside: &str, close: &str, levels: usize) -> String {
    format!("{}{inside}{}", open.repeat(levels), close.repeat(levels))
}

errors! { deep_nesting:
    "yaml" => message(&format!("a: {}", nested("[", "", "]", 1000))),
    "json" => message(&nested("{\"a\":", "1", "}", 1000)),
    "that gets too deep once each list of types is a union"
        => in_schema(&nested("{type: [array, string], items: ", "{type: string}", "}", 50)),
}

#[test]
fn aliases_cannot_blow_up_the_document() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        text += &format!("a{level}: &a{level} [{}]\n", vec![before; 10].join(", "));
    }
    let message = message(&text);
    insta::assert_snapshot!(message);
}

/// A document with something of everything, for the test below to break.
const RICH: &str = "
openapi: 3.1.0
info: {title: T, version: '1'}
servers: [{url: u, variables: {v: {default: a, enum: [a]}}}]
security: [{Key: []}]
tags: [{name: A}]
webhooks: {w: {post: {responses: {}}}}
paths:
  /a?b=c:
    parameters: [{name: p, in: query, style: form, explode: true, schema: {type: string}}]
    post:
      operationId: o
      tags: [A]
      requestBody: {required: true, content: {m/n: {schema: {$ref: '#/components/schemas/A'}, encoding: {a: {contentType: t}}}}}
      responses: {'200': {headers: {H: {schema: {type: integer, minimum: 1}}}}, '429': {$ref: '#/components/responses/R'}}
components:
  securitySchemes: {Key: {type: http, scheme: bearer}}
  responses: {R: {description: d}}
  schemas:
    A:
      $recursiveAnchor: true
      type: [object, 'null']
      required: [a]
      maxProperties: 2
      propertyNames: {type: string, maxLength: 3}
      properties:
        a: {anyOf: [{$ref: '#/components/schemas/B', deprecated: true}, {type: 'null'}], default: x, title: t}
        b: {type: [string, array], items: {type: number, minItems: 1, exclusiveMinimum: 0}, enum: [a, null], optional: true}
        c: {oneOf: [{$recursiveRef: '#'}, {const: 1, nullable: true}], discriminator: {propertyName: d, mapping: {e: B}}}
      additionalProperties: {allOf: [{$ref: '#/components/schemas/B'}, {nullable: true}], not: {type: string}}
    B: {type: integer, minimum: 0, exclusiveMinimum: true, format: int64, nullable: true}
";

/// Puts each of a few odd values at each place of a document, one at a time: whatever comes, the import returns, and
/// what it returns imports to itself.
#[test]
fn no_document_makes_it_panic() {
    let document = yaml::parse(RICH).expect("the document is YAML");
    import(RICH, "rich.yaml").unwrap_or_else(|error| panic!("{error}"));
    let odd = [
        json!(null),
        json!(true),
        json!(false),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("null"),
        json!([]),
        json!([null]),
        json!(["string", "null"]),
        json!([{}]),
        json!({}),
        json!({ "a": {} }),
        json!({ "$ref": "#/components/schemas/A" }),
        json!({ "$ref": "#" }),
        json!({ "type": "null" }),
        json!({ "nullable": true }),
        json!({ "const": null, "enum": [null] }),
    ];
    let mut places = Vec::new();
    pointers(&document, String::new(), &mut places);
    let mut imported = 0;
    for place in &places {
        for value in &odd {
            let mut broken = document.clone();
            *broken.pointer_mut(place).expect("the place exists") = value.clone();
            if let Ok(first) = import(&broken.to_string(), "broken.json") {
                let again = import(&first.yaml, "again.yaml").map(|again| again.yaml);
                assert_eq!(again.as_ref(), Ok(&first.yaml), "{place} = {value}");
                imported += 1;
            }
        }
    }
    assert!(imported > 100, "hardly a document got through: {imported}");
}

fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, child)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(child, format!("{at}/{key}"), places);
            });
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, child)| pointers(child, format!("{at}/{index}"), places));
        }
        _ => {}
    }
    places.push(at);
}
