//! Operations, parameters, security and the document around them.

use crate::support::{HEAD, document, error, shows};

shows! {
    references_to_everything_else: document("
paths:
  /things/{id}:
    $ref: '#/components/pathItems/Thing'
components:
  pathItems:
    Thing:
      parameters: [{$ref: '#/components/parameters/Id'}]
      post:
        operationId: make
        parameters: [{$ref: '#/components/parameters/Alias'}]
        requestBody: {$ref: '#/components/requestBodies/Make'}
        responses: {'200': {$ref: '#/components/responses/Made'}, '400': {$ref: '#/components/responses/Gone'}}
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}}
    Alias: {$ref: '#/components/parameters/Sort'}
    Sort: {name: sort, in: query, schema: {type: string, enum: [a, b], default: a}}
  requestBodies:
    Make: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
  responses:
    Made: {description: '', headers: {H: {$ref: '#/components/headers/H'}}, content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}
  headers:
    H: {schema: {type: string}}");

    references_in_circles: document("
paths:
  /a:
    get:
      parameters: [{$ref: '#/components/parameters/A'}, {$ref: '#/components/schemas/S'}]
      responses: {'200': {$ref: '#/components/responses/A'}}
components:
  parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}
  responses: {A: {$ref: '#/components/responses/A'}}
  schemas: {S: {type: string}}");

    parameters_of_an_operation_stand_for_those_of_the_path: document("
paths:
  /a/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: limit, in: query, schema: {type: integer}}
    get:
      parameters: [{name: limit, in: query, required: true, schema: {type: string}}]
      responses: {'204': {description: ''}}
    delete: {responses: {'204': {description: ''}}}");

    parameters_that_no_call_sends: document("
paths:
  /a/{id}/{other}:
    get:
      parameters:
        - {name: id, in: path, schema: {type: integer}}
        - {name: gone, in: path, required: true, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: Authorization, in: header, schema: {type: string}}
        - {name: body, in: body, schema: {type: object}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: filter, in: query, schema: {type: string}}
        - {name: bare, in: query}
        - {in: query, schema: {type: string}}
        - {name: style, in: header, style: form, schema: {type: string}}
      responses: {'204': {description: ''}}");

    security_schemes_of_all_kinds: document("
security: [{oauth: [read]}, {tls: []}, {bad: []}]
paths:
  /a: {get: {security: [{tls: [], key: []}], responses: {'204': {description: ''}}}}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.com', scopes: {read: x}}}}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://example.com'}
    tls: {type: mutualTLS}
    key: {type: apiKey, in: header, name: X-Key}
    basic: {type: http, scheme: basic}
    old: {type: basic}
    bad: {type: http}
    unknown: {type: magic}");

    callbacks_and_links_are_counted: document("
paths:
  /a:
    post:
      callbacks: {done: {'{$request.body#/url}': {post: {responses: {}}}}}
      responses: {'204': {description: '', links: {next: {operationId: b}}}}
  /b:
    get: {callbacks: {}, responses: {'204': {description: ''}}}");

    answers_by_odd_codes: document("
paths:
  /a: {get: {responses: {200: {description: ''}, 4xx: {description: ''}, '20': {description: ''}, default: null}}}
  /b: {get: {summary: no responses}}
  b: {get: {responses: {}}}
  c: {get: {responses: {}}}
  /d#fragment: {get: {responses: {}}}
  /e?a=%20: {get: {responses: {}}}
  /f?a=b: {x-path: mine, get: {responses: {}}}
  x-rest: 1");

    webhooks_of_any_form: document("
paths: {}
webhooks:
  made: {post: {requestBody: {content: {application/json; charset=utf-8: {schema: {type: object, properties: {id: {type: string}}}}}}, responses: {}}}
  ref: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Event'}}}}, responses: {}}}
  got: {get: {responses: {}}}
components: {schemas: {Event: {type: object, properties: {kind: {type: string, enum: [ref]}}}}}");

    payloads_without_a_type_of_their_own: document("
paths: {}
webhooks:
  map: {post: {requestBody: {content: {application/json: {schema: {type: [object, 'null'], additionalProperties: {type: string}}}}}, responses: {}}}
  text: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Text'}}}}, responses: {}}}
  thing: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Alias'}}}}, responses: {}}}
components: {schemas: {Text: {type: string}, Alias: {$ref: '#/components/schemas/Thing'}, Thing: {type: object, nullable: true, properties: {a: {type: string, default: .nan}}}}}");

    servers_and_tags: document("
servers: [{url: 'https://{host}:{port}', variables: {host: {enum: [a, b]}, port: {default: 8443}, gone: {}}}, {description: x}]
tags: [{description: x}, {name: t}]
paths: {}");

    a_document_without_its_head: String::from("openapi: 3.1\ninfo: {title: 5}\n");

    templates_of_others: document("
paths:
  /files/{*path}: {get: {parameters: [{name: path, in: path, required: true, schema: {type: string}}], responses: {}}}
  /more/{+rest}{?page}: {get: {parameters: [{name: page, in: query, schema: {type: integer}}], responses: {}}}
  /more/{rest}: {get: {responses: {}}}");

    merge_keys_and_anchors: document("
paths:
  /a: {get: {responses: &r {'204': {description: ''}}}}
  /b: {get: {<<: {operationId: b, deprecated: true}, deprecated: false, responses: *r}}");

    json_with_a_mark: format!("\u{feff}{}", "{\"openapi\": \"3.0.0\", \"info\": {\"title\": \"T\", \"version\": 1}, \"paths\": {}}");
}

#[test]
fn what_stops_an_import() {
    let cases = [
        ("swagger", "swagger: '2.0'\ninfo: {title: a, version: '1'}\npaths: {}\n".to_owned()),
        ("newer", "openapi: 3.2.0\ninfo: {title: a, version: '1'}\npaths: {}\n".to_owned()),
        ("another file", format!("{HEAD}paths: {{/a: {{$ref: './paths/a.yaml'}}}}\n")),
        (
            "another host",
            format!("{HEAD}components: {{schemas: {{A: {{items: {{$ref: 'https://example.com/a.json#/A'}}}}}}}}\n"),
        ),
        ("no object", "- 1\n".to_owned()),
        ("a key twice", format!("{HEAD}paths: {{}}\npaths: {{}}\n")),
        ("too deep", format!("{HEAD}paths: {}{}\n", "[".repeat(200), "]".repeat(200))),
    ];
    let texts: Vec<String> = cases.iter().map(|(name, text)| format!("{name}\n{}\n", error(text))).collect();
    insta::assert_snapshot!(texts.join("\n"));
}
