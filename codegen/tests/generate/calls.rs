//! Calls by the rules of OpenAPI: anybody's document, generated leniently, and called.

use crate::support::{Case, cases};

cases! {
    query_styles: Case::foreign(r"
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: ids, in: query, required: true, schema: {type: array, items: {type: string}}}
        - {name: joined, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: spaced, in: query, style: spaceDelimited, schema: {type: array, items: {type: string}}}
        - {name: piped, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}
        - {name: piece, in: query, style: pipeDelimited, explode: true, schema: {type: array, items: {type: string}}}
        - {name: 'tags[]', in: query, schema: {type: array, items: {type: string, enum: [red, green]}}}
        - {name: url, in: query, allowReserved: true, schema: {type: string}}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r#"
        let call = || client.things().list(["a b", "c,d"]);
        call().joined([1, 2]).spaced(["x", "y z"]).piped(["x|y", "z"]).piece(["p", "q"]).send().await?;
        call().tags(["red"]).url("https://a.b/c?d=e&f").send().await?;
        call().with_query("ids", Vec::<String>::new()).with_query("more", vec!["m", "n"]).send().await?;
    "#).sends(&[
        "GET /things?ids=a%20b&ids=c%2Cd&joined=1,2&spaced=x%20y%20z&piped=x%7Cy%7Cz&piece=p&piece=q [accept: */*]",
        "GET /things?ids=a%20b&ids=c%2Cd&tags%5B%5D=red&url=https://a.b/c?d=e%26f [accept: */*]",
        "GET /things?more=m&more=n [accept: */*]",
    ]);

    query_objects: Case::foreign(r"
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: filter, in: query, style: deepObject, explode: true, schema: {$ref: '#/components/schemas/Filter'}}
        - {name: flat, in: query, schema: {$ref: '#/components/schemas/Filter'}}
        - {name: joined, in: query, explode: false, schema: {$ref: '#/components/schemas/Filter'}}
        - {name: labels, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: string}}}
        - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {sizes: {type: array, items: {type: integer}}}}}
      responses: {'204': {description: ''}}
components:
  schemas:
    Filter: {type: object, properties: {color: {type: string}, size: {type: integer}}}
").names(THINGS).usage(r#"
        let filter = || Filter::new().color("red&blue").size(2);
        client.things().list().filter(filter()).labels([("k", "v")]).send().await?;
        client.things().list().flat(filter()).send().await?;
        client.things().list().joined(filter()).deep(ThingListDeep::new().sizes([1, 2])).send().await?;
    "#).sends(&[
        "GET /things?filter%5Bcolor%5D=red%26blue&filter%5Bsize%5D=2&labels%5Bk%5D=v [accept: */*]",
        "GET /things?color=red%26blue&size=2 [accept: */*]",
        "GET /things?joined=color,red%26blue,size,2&deep%5Bsizes%5D%5B%5D=1&deep%5Bsizes%5D%5B%5D=2 [accept: */*]",
    ]);

    query_by_brackets_if_names_say_so: Case::foreign(r"
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{name: ids, in: query, schema: {type: array, items: {type: string}}}]
      responses: {'204': {description: ''}}
").names("
brackets = true
[operations]
listThings = { resource = 'things', verb = 'list' }
").usage(r#"
        client.things().list().ids(["a", "b"]).send().await?;
    "#).sends(&["GET /things?ids%5B%5D=a&ids%5B%5D=b [accept: */*]"]);

    path_styles: Case::foreign(r"
paths:
  /things/{ids}/{.label}/x{matrix}/{object}/{id}:
    get:
      operationId: listThings
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: ids, in: path, required: true, schema: {type: array, items: {type: string}}}
        - {name: .label, in: path, required: true, style: label, schema: {type: integer}}
        - {name: matrix, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: string}}}
        - {name: object, in: path, required: true, explode: true, schema: {$ref: '#/components/schemas/Point'}}
      responses: {'204': {description: ''}}
components:
  schemas:
    Point: {type: object, required: [x], properties: {x: {type: integer}, y: {type: integer}}}
").names(THINGS).usage(r#"
        client.things().list("a/b", 5, ["c", "d,e"], ["f"], Point::new(1).y(2)).send().await?;
    "#).sends(&["GET /things/c,d%2Ce/.5/x;matrix=f/x=1,y=2/a%2Fb [accept: */*]"]);

    headers_and_cookies: Case::foreign(r"
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: X-Ids, in: header, schema: {type: array, items: {type: string}}}
        - {name: X-Filter, in: header, explode: true, schema: {type: object, properties: {a: {type: integer}, b: {type: string}}}}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r#"
        client.things().list().x_ids(["a", "b"]).x_filter(ThingListXFilter::new().a(1).b("c")).send().await?;
    "#).sends(&["GET /things [accept: */*] [x-ids: a,b] [x-filter: a=1,b=c]"]);

    own_parameters_win: Case::foreign(r"
paths:
  /things/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: limit, in: query, schema: {type: string}}
    get:
      operationId: listThings
      parameters: [{name: limit, in: query, required: true, schema: {type: integer}}]
      responses: {'204': {description: ''}}
").names(THINGS).usage(r#"
        client.things().list("a", 5).send().await?;
    "#).sends(&["GET /things/a?limit=5 [accept: */*]"]);

    form_body: Case::foreign(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {$ref: '#/components/schemas/Thing'}
            encoding:
              deep: {style: deepObject, explode: true}
              joined: {style: form, explode: false}
              raw: {allowReserved: true}
              split: {style: form}
      responses: {'204': {description: ''}}
components:
  schemas:
    Thing:
      type: object
      properties:
        names: {type: array, items: {type: string}}
        object: {type: object, properties: {a: {type: integer}}}
        deep: {type: object, properties: {a: {type: integer}}}
        joined: {type: array, items: {type: integer}}
        raw: {type: string}
        split: {type: array, items: {type: integer}}
").names(THINGS).usage(r#"
        let call = client.things().create().names(["a", "b&c"]).object(ThingObject::new().a(1)).deep(ThingDeep::new().a(2));
        call.joined([3, 4]).raw("x/y").split([5, 6]).send().await?;
    "#).sends(&[
        "POST /things [accept: */*] application/x-www-form-urlencoded \
         names=a&names=b%26c&object=%7B%22a%22%3A1%7D&deep%5Ba%5D=2&joined=3,4&raw=x/y&split=5&split=6",
    ]);

    multipart_body: Case::foreign(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              required: [file]
              properties:
                file: {type: string, format: binary}
                names: {type: array, items: {type: string}}
                object: {type: object, properties: {a: {type: integer}}}
                note: {type: string}
            encoding:
              note: {contentType: text/markdown}
              file: {contentType: 'image/png, image/jpeg'}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r##"
        let file = openai_runtime::InputFile::from_bytes("P").name("p.png");
        let call = client.things().create(file).names(["a", "b"]).object(ThingCreateParamsObject::new().a(1));
        call.note("# n").send().await?;
    "##).sends(&[
        "POST /things [accept: */*] multipart/form-data \
         ---|Content-Disposition: form-data; name=\"file\"; filename=\"p.png\"|Content-Type: image/png||P|\
         ---|Content-Disposition: form-data; name=\"names\"||a|---|Content-Disposition: form-data; name=\"names\"||b|\
         ---|Content-Disposition: form-data; name=\"object\"|Content-Type: application/json||{\"a\":1}|\
         ---|Content-Disposition: form-data; name=\"note\"|Content-Type: text/markdown||# n|-----|",
    ]);

    bodies_of_other_types: Case::foreign(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody: {content: {text/plain: {schema: {type: string}}}}
      responses: {'204': {description: ''}}
    put:
      operationId: putThing
      requestBody: {content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {'204': {description: ''}}
    patch:
      operationId: patchThing
      requestBody:
        content:
          application/json-patch+json:
            schema: {type: array, items: {type: object, required: [op, path], properties: {op: {type: string}, path: {type: string}}}}
      responses: {'204': {description: ''}}
    delete:
      operationId: deleteThing
      requestBody: {content: {application/merge-patch+json: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {'204': {description: ''}}
  /more:
    post:
      operationId: listThings
      requestBody: {content: {application/xml: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {'204': {description: ''}}
    put:
      operationId: otherThing
      requestBody: {content: {application/x-ndjson: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r##"
        client.things().create("a, \"b\"").send().await?;
        client.things().put(vec![65_u8, 66]).send().await?;
        client.things().patch([ThingPatchParamsItem::new("remove", "/a")]).send().await?;
        client.things().delete().a(1).send().await?;
        client.things().list("<a>1</a>").send().await?;
        client.things().other("{}\n{}".as_bytes()).send().await?;
    "##).sends(&[
        "POST /things [accept: */*] text/plain a, \"b\"",
        "PUT /things [accept: */*] application/octet-stream AB",
        "PATCH /things [accept: */*] application/json-patch+json [{\"op\":\"remove\",\"path\":\"/a\"}]",
        "DELETE /things [accept: */*] application/merge-patch+json {\"a\":1}",
        "POST /more [accept: */*] application/xml <a>1</a>",
        "PUT /more [accept: */*] application/x-ndjson {}\n{}",
    ]);

    several_bodies: Case::foreign(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content:
          text/csv: {schema: {type: string}}
          application/json; charset=utf-8: {schema: {type: object, properties: {a: {type: integer}}}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {type: integer}}}}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r#"
        client.things().create().a(1).send().await?;
    "#).sends(&["POST /things [accept: */*] application/json {\"a\":1}"]);

    answers_that_are_no_json: Case::foreign(r"
paths:
  /things:
    get: {operationId: listThings, responses: {'200': {description: '', content: {text/html: {schema: {type: string}}}}}}
    post: {operationId: createThing, responses: {'200': {description: '', content: {text/csv: {}}}}}
    put: {operationId: putThing, responses: {'200': {description: '', content: {application/octet-stream: {}}}}}
    patch: {operationId: patchThing, responses: {'200': {description: '', content: {application/jsonl: {schema: {type: object}}}}}}
    delete: {operationId: deleteThing, responses: {'200': {description: '', content: {application/xml: {schema: {type: object, properties: {a: {type: string}}}}}}}}
  /more:
    get: {operationId: otherThing, responses: {'200': {description: '', content: {application/json: {schema: {type: string}}}}}}
").names(THINGS).usage(r##"
        assert_eq!(client.things().list().send().await?, "<p>1</p>");
        assert_eq!(client.things().create().send().await?, "1");
        assert_eq!(client.things().put().send_bytes().await?, "\u{0}");
        assert_eq!(client.things().patch().send().await?, "{}\n{}");
        assert_eq!(client.things().delete().send().await?, "<a/>");
        assert_eq!(client.things().other().send().await?, "text");
    "##).sends(&[
        "GET /things [accept: text/html]",
        "POST /things [accept: text/csv]",
        "PUT /things [accept: application/octet-stream]",
        "PATCH /things [accept: application/jsonl]",
        "DELETE /things [accept: application/xml]",
        "GET /more",
    ]).replies(&[
        (200, "text/html", "<p>1</p>"),
        (200, "text/csv", "1"),
        (200, "application/octet-stream", "\u{0}"),
        (200, "application/jsonl", "{}\n{}"),
        (200, "application/xml", "<a/>"),
        (200, "application/json", "\"text\""),
    ]);

    several_answers: Case::foreign(r"
paths:
  /things:
    get:
      operationId: listThings
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '204': {description: ''}
    post:
      operationId: createThing
      responses:
        '201': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
        '202': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Job'}}}}
    put:
      operationId: putThing
      responses:
        default: {description: '', content: {application/hal+json: {schema: {$ref: '#/components/schemas/Thing'}}}}
    patch:
      operationId: patchThing
      responses:
        '200':
          description: ''
          content:
            text/csv: {schema: {type: string}}
            '*/*': {schema: {$ref: '#/components/schemas/Thing'}}
        '206': {description: '', content: {application/pdf: {}}}
components:
  schemas:
    Thing: {type: object, required: [name], properties: {name: {type: string}}}
    Job: {type: object, required: [job], properties: {job: {type: string}}}
").names(THINGS).usage(r##"
        assert_eq!(client.things().list().send().await?.map(|thing| thing.name).as_deref(), Some("a"));
        assert_eq!(client.things().list().send().await?, None);
        let ThingCreateAnswer::Job(job) = client.things().create().send().await? else { panic!("no job") };
        assert_eq!(job.job, "j");
        assert_eq!(client.things().put().send().await?.name, "b");
        assert_eq!(client.things().patch().send().await?.name, "c");
    "##).sends(&[
        "GET /things",
        "GET /things",
        "POST /things",
        "PUT /things [accept: application/hal+json]",
        "PATCH /things",
    ]).replies(&[
        (200, "application/json", "{\"name\":\"a\"}"),
        (204, "text/plain", ""),
        (202, "application/json", "{\"job\":\"j\"}"),
        (200, "application/hal+json", "{\"name\":\"b\"}"),
        (200, "application/json", "{\"name\":\"c\"}"),
    ]);

    streams_beside_json: Case::foreign(r"
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        content: {application/json: {schema: {type: object, properties: {name: {type: string}, stream: {type: boolean}}}}}
      responses:
        '200':
          description: ''
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}
    put:
      operationId: putThing
      requestBody: {content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}
      responses:
        '200':
          description: ''
          content:
            text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
    get:
      operationId: listThings
      parameters: [{name: stream, in: query, schema: {type: boolean}}]
      responses:
        '200':
          description: ''
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}
components:
  schemas:
    Thing: {type: object, properties: {name: {type: string}}}
    Event: {type: object, required: [delta], properties: {delta: {type: string}}}
").names(THINGS).usage(r##"
        let mut events = client.things().create().name("rose").stream().await?;
        assert_eq!(events.try_next().await?.map(|event| event.delta).as_deref(), Some("a"));
        assert_eq!(events.try_next().await?.map(|event| event.delta).as_deref(), Some("b"));
        assert!(events.try_next().await?.is_none());
        assert_eq!(client.things().create().send().await?.name.as_deref(), Some("n"));
        let mut events = client.things().put().name("rose").stream().await?;
        assert!(events.try_next().await?.is_some());
        let mut events = client.things().list().stream().await?;
        assert!(events.try_next().await?.is_some());
    "##).sends(&[
        "POST /things [accept: text/event-stream] application/json {\"stream\":true,\"name\":\"rose\"}",
        "POST /things application/json {}",
        "PUT /things [accept: text/event-stream] application/json {\"name\":\"rose\"}",
        "GET /things?stream=true [accept: text/event-stream]",
    ]).replies(&[
        (200, "text/event-stream", "data: {\"delta\":\"a\"}\n\ndata: {\"delta\":\"b\"}\n\n"),
        (200, "application/json", "{\"name\":\"n\"}"),
        (200, "text/event-stream", "data: {\"delta\":\"a\"}\n\ndata: [DONE]\n\n"),
        (200, "text/event-stream", "data: {\"delta\":\"a\"}\n\n"),
    ]);

    streams_alone: Case::foreign(r"
paths:
  /things:
    get: {operationId: listThings, responses: {'200': {description: '', content: {text/event-stream: {schema: {type: string}}}}}}
    post: {operationId: createThing, responses: {'200': {description: '', content: {text/event-stream: {}}}}}
    put:
      operationId: putThing
      responses:
        '200': {description: '', content: {text/event-stream: {schema: {type: array, items: {$ref: '#/components/schemas/Event'}}}}}
    patch:
      operationId: patchThing
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [stream], properties: {stream: {type: boolean}}}}}
      responses:
        '200': {description: '', content: {text/event-stream: {schema: {$ref: '#/components/schemas/Text'}}}}
    delete:
      operationId: deleteThing
      responses:
        '200':
          description: ''
          content:
            text/event-stream:
              schema: {oneOf: [{type: object, properties: {a: {type: integer}}}, {type: object, properties: {b: {type: integer}}}]}
components:
  schemas:
    Text: {type: string}
    Event: {type: object, required: [delta], properties: {delta: {type: string}}}
").names(THINGS).usage(r##"
        let mut texts = client.things().list().stream().await?;
        assert_eq!(texts.try_next().await?.as_deref(), Some("Hello"));
        assert_eq!(texts.try_next().await?.as_deref(), Some("null"));
        let mut values = client.things().create().stream().await?;
        assert_eq!(values.try_next().await?, Some(openai_runtime::json::Value::from(1)));
        let mut events = client.things().put().stream().await?;
        assert_eq!(events.try_next().await?.map(|event| event.delta).as_deref(), Some("a"));
        let mut texts = client.things().patch(false).stream().await?;
        assert_eq!(texts.try_next().await?.as_deref(), Some("{}"));
        drop(client.things().delete().stream().await?);
    "##).sends(&[
        "GET /things [accept: text/event-stream]",
        "POST /things [accept: text/event-stream]",
        "PUT /things [accept: text/event-stream]",
        "PATCH /things [accept: text/event-stream] application/json {\"stream\":true}",
        "DELETE /things [accept: text/event-stream]",
    ]).replies(&[
        (200, "text/event-stream", "data: Hello\n\ndata: null\n\n"),
        (200, "text/event-stream", "data: 1\n\n"),
        (200, "text/event-stream", "data: {\"delta\":\"a\"}\n\n"),
        (200, "text/event-stream", "data: {}\n\n"),
        (200, "text/event-stream", "data: {\"a\":1}\n\n"),
    ]);

    events_that_areas_share: Case::foreign(r"
paths:
  /things: {get: {operationId: listThings, responses: {'200': {description: '', content: {text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}}}}}}
  /others: {get: {operationId: listOthers, responses: {'200': {description: '', content: {text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}}}}}}
components:
  schemas:
    Event: {type: object, required: [delta], properties: {delta: {type: string}}}
").show(&["resources/"]).names("
[operations]
listThings = { resource = 'things', verb = 'list' }
listOthers = { resource = 'others', verb = 'list' }
");

    servers_of_operations: Case::foreign(r"
servers: [{url: 'https://api.example.com/v1'}]
security: [{key: []}]
paths:
  /things:
    servers: [{url: 'https://{region}.example.com/{version}', variables: {region: {default: eu}, version: {default: v2, enum: [v2, v3]}}}]
    get: {operationId: listThings, responses: {'204': {description: ''}}}
    post:
      operationId: createThing
      servers: [{url: 'https://upload.example.com'}, {url: 'https://other.example.com'}]
      security: [{key: []}]
      responses: {'204': {description: ''}}
    put:
      operationId: putThing
      servers: [{url: /v3}]
      responses: {'204': {description: ''}}
    patch:
      operationId: patchThing
      servers: [{url: 'https://api.example.com/v1'}]
      responses: {'204': {description: ''}}
    delete:
      operationId: deleteThing
      servers: [{url: 'https://api.example.com/v4'}]
      responses: {'204': {description: ''}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
").names(THINGS).usage(r"
        client.things().list().send().await?;
        client.things().create().send().await?;
        client.things().put().send().await?;
        client.things().patch().send().await?;
        client.things().delete().send().await?;
    ").sends(&[
        "GET https://eu.example.com/v2/things [no credential] [accept: */*]",
        "POST https://upload.example.com/things [accept: */*]",
        "PUT https://api.example.com/v3/things [accept: */*]",
        "PATCH /things [accept: */*]",
        "DELETE https://api.example.com/v4/things [accept: */*]",
    ]);
}

const THINGS: &str = "
[operations]
listThings = { resource = 'things', verb = 'list' }
createThing = { resource = 'things', verb = 'create' }
putThing = { resource = 'things', verb = 'put' }
patchThing = { resource = 'things', verb = 'patch' }
deleteThing = { resource = 'things', verb = 'delete' }
otherThing = { resource = 'things', verb = 'other' }
";
