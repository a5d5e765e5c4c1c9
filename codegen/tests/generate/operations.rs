//! Operations: parameters, bodies, answers.

use crate::support::{Case, cases};

const THINGS: &str = "
[operations]
thing = { resource = 'things', verb = 'create' }
";

const SHOW: &[&str] = &["resources/things.rs"];

cases! {
    calls_for_the_contract_test: Case::document(r"
paths:
  /things/{thing_id}/parts:
    post:
      operationId: thing
      parameters:
        - {name: thing_id, in: path, required: true, schema: {type: string}}
        - {name: since, in: query, required: true, schema: {type: integer}}
        - {name: 'include[]', in: query, schema: {type: array, items: {type: string, enum: [roots, leaves]}}}
        - {name: X-Trace, in: header, schema: {type: string}}
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, file: {type: string, format: binary}, size: {type: integer}}
      responses: {'204': {description: ''}}
", &["tests/src/generated/contract/"]).names(THINGS);

    parameters: Case::document(r"
paths:
  /things/{thing_id}/parts/{part}:
    parameters:
      - {name: thing_id, in: path, required: true, schema: {type: string}}
    get:
      operationId: thing
      parameters:
        - {name: part, in: path, required: true, schema: {type: integer}}
        - {name: since, in: query, required: true, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer, default: 20, maximum: 100}}
        - {name: 'include[]', in: query, schema: {type: array, items: {type: string, enum: [roots, leaves]}}}
        - {name: order, in: query, deprecated: true, schema: {type: string, enum: [asc, desc]}}
        - {name: filter, in: query, schema: {type: object, properties: {color: {type: string}}}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: X-Needed, in: header, required: true, schema: {type: string}}
      responses: {'204': {description: ''}}
", &["resources/things.rs", "types/"]).names(THINGS).usage(r#"
        let call = client.things().create("thing 1", 2, 3).limit(5).include(["roots"]).order("asc").x_trace("t");
        call.x_needed("n").with_query("debug", true).send().await?;
    "#);

    json_body_and_answer: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string}, size: {type: integer}}
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema: {type: object, required: [id], properties: {id: {type: string}}}
", &["resources/things.rs", "types/"]).names(THINGS).usage(r#"
        let made = client.things().create("rose").size(3).send().await?;
        let raw = client.things().create_with(ThingCreateParams::new("tulip")).send_raw().await?;
        let _ = (made.id, raw.status());
    "#);

    optional_body: Case::document(r"
paths:
  /things/{id}:
    post:
      operationId: thing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      requestBody:
        content: {application/json: {schema: {type: object, properties: {size: {type: integer}}}}}
      responses: {'204': {description: ''}}
", SHOW).names(THINGS).usage(r#"
        client.things().create("id").send().await?;
        client.things().create("id").size(3).send().await?;
    "#);

    fields_that_are_sent_if_nothing_sets_them: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content: {application/json: {schema: {type: object, properties: {size: {type: string}, color: {type: string}}}}}
      responses: {'204': {description: ''}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'create', unset = { size = 'large' } }
").usage(r#"
        client.things().create().color("red").send().await?;
    "#);

    form_or_json: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          multipart/form-data: {schema: {$ref: '#/components/schemas/WithFile'}}
          application/json: {schema: {$ref: '#/components/schemas/WithFile'}}
      responses: {'204': {description: ''}}
  /forms:
    post:
      operationId: form
      requestBody:
        content:
          multipart/form-data: {schema: {$ref: '#/components/schemas/WithFile'}}
          application/json: {schema: {$ref: '#/components/schemas/Plain'}}
      responses: {'204': {description: ''}}
  /others:
    post:
      operationId: other
      requestBody:
        content:
          multipart/form-data: {schema: {$ref: '#/components/schemas/Plain'}}
          application/json: {schema: {$ref: '#/components/schemas/Plain'}}
      responses: {'204': {description: ''}}
components:
  schemas:
    WithFile: {type: object, properties: {id: {type: string}, image: {oneOf: [{type: string, format: binary}, {type: array, items: {type: string, format: binary}}]}}}
    Plain: {type: object, required: [id], properties: {id: {type: string}, inner: {$ref: '#/components/schemas/Plain'}}}
", &["resources/"]).names("
[operations]
thing = { resource = 'things', verb = 'create' }
other = { resource = 'others', verb = 'create' }
form = { resource = 'forms', verb = 'create' }
").usage(r#"
        client.things().create().id("a").send().await?;
        client.forms().create().id("a").send().await?;
        client.others().create("a").send().await?;
    "#);

    body_field_named_as_a_path_parameter: Case::document(r"
paths:
  /things/{name}:
    post:
      operationId: thing
      parameters: [{name: name, in: path, required: true, schema: {type: string}}]
      requestBody:
        content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string}}}}}
      responses: {'204': {description: ''}}
", SHOW).names(THINGS).usage(r#"
        client.things().create("old", "new").send().await?;
    "#);

    body_with_many_required: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [a, b, c, d, e]
              properties: {a: {type: string}, b: {type: string}, c: {type: string}, d: {type: string}, e: {type: string}}
      responses: {'204': {description: ''}}
", SHOW).names(THINGS);

    body_that_is_no_object: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          application/json:
            schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}
      responses: {'204': {description: ''}}
components:
  schemas:
    Thing: {type: object, properties: {x: {type: string}}}
", SHOW).names(THINGS).usage(r#"
        client.things().create([Thing::new().x("x")]).send().await?;
    "#);

    body_that_is_a_union: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content: {application/json: {schema: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}}}
      responses: {'204': {description: ''}}
components:
  schemas:
    A: {type: object, required: [type], properties: {type: {type: string, enum: [a]}}}
    B: {type: object, required: [type], properties: {type: {type: string, enum: [b]}}}
", SHOW).names(THINGS).usage(r"
        client.things().create(A::new()).send().await?;
        client.things().create(ThingCreateParams::b()).send().await?;
    ");

    multipart_body: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: {type: string, format: binary}
                masks: {type: array, items: {type: string, format: binary}}
                purpose: {type: string, enum: [grow, show]}
                'tags[]': {type: array, items: {type: string}}
      responses: {'204': {description: ''}}
", &["resources/things.rs", "types/"]).names(THINGS).usage(r#"
        let file = || openai_runtime::InputFile::from_bytes(vec![1_u8, 2]).name("rose.png");
        client.things().create(file()).masks([file()]).purpose("grow").send().await?;
    "#);

    form_or_multipart: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: string}}}}
          multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}}
      responses: {'204': {description: ''}}
", SHOW).names(THINGS);

    binary_answer: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses:
        '200':
          description: ''
          content: {audio/mpeg: {schema: {type: string, format: binary}}}
", SHOW).names(THINGS).usage(r#"
        let bytes = client.things().create().send_bytes().await?;
        let size: u64 = client.things().create().send_to_file("song.mp3").await?;
        let _ = (bytes.len(), size);
    "#);

    text_answer: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses:
        '200': {description: '', content: {text/plain: {schema: {type: string}}}}
", SHOW).names(THINGS).usage(r"
        let text: String = client.things().create().send().await?;
        drop(text);
    ");

    json_text_answer_is_a_file: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses:
        '200': {description: '', content: {application/json: {schema: {type: string}}}}
", SHOW).names(THINGS).usage(r"
        let _ = client.things().create().send_bytes().await?;
    ");

    empty_answer: Case::document(r"
paths:
  /things:
    delete:
      operationId: thing
      responses: {'204': {description: ''}}
", SHOW).names(THINGS).usage(r"
        client.things().create().send().await?;
    ");

    list_answer: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses:
        2XX: {description: '', content: {application/json: {schema: {type: array, items: {type: object, properties: {x: {type: string}}}}}}}
", SHOW).names(THINGS).usage(r"
        for thing in client.things().create().send().await? {
            let _ = thing.x;
        }
    ");

    response_by_reference: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses: {'200': {$ref: '#/components/responses/Found'}}
components:
  responses:
    Found: {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  schemas:
    Thing: {type: object, properties: {x: {type: string}}}
", SHOW).names(THINGS);

    admin_security: Case::document(r"
security: [{bearer: []}]
paths:
  /things:
    get:
      operationId: thing
      security: [{AdminKey: []}]
      responses: {'204': {description: ''}}
    post:
      operationId: other
      responses: {'204': {description: ''}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    AdminKey: {type: http, scheme: bearer}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'list' }
other = { resource = 'things', verb = 'create' }
");

    fixed_query_and_headers: Case::document(r"
paths:
  /things?beta=true:
    x-path: /things
    x-fixed-query: {beta: 'true'}
    get:
      operationId: thing
      responses: {'204': {description: ''}}
  /thingsbeyond:
    get:
      operationId: other
      responses: {'204': {description: ''}}
", &["resources/"]).names("
[operations]
thing = { resource = 'things', verb = 'list' }
other = { resource = 'others', verb = 'list' }
[[headers]]
paths = ['/things']
name = 'X-Beta'
value = 'things=v2'
");

    in_the_index: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
components:
  schemas:
    Thing: {type: object, properties: {x: {type: string}}}
", &["index.rs"]).names(THINGS).usage(r"
        assert_eq!(index::OPERATIONS.len(), 1);
    ");
}
