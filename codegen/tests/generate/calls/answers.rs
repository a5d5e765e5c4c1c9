//! Results of calls by the rules of OpenAPI, and the servers that they are sent to.

use super::THINGS;
use crate::support::{Case, cases};

cases! {
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
