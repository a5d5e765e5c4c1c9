//! Streams and lists: what goes on after the first answer.

use crate::support::{Case, cases};

const SHOW: &[&str] = &["resources/things.rs"];

cases! {
    stream_ended_by_a_marker: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {stream: {type: boolean}, name: {type: string}}}
      responses:
        '200':
          description: ''
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}
components:
  schemas:
    Thing: {type: object, properties: {x: {type: string}}}
    Event: {type: object, properties: {delta: {type: string}}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'create', stream = 'Event', done = 'marker' }
").usage(r#"
        let events = client.things().create().name("rose").stream().await?;
        let thing = client.things().create().send().await?;
        drop((events, thing.x));
    "#);

    stream_that_rests: Case::document(r"
paths:
  /things:
    get:
      operationId: watch
      responses:
        '200': {description: '', content: {text/event-stream: {schema: {$ref: '#/components/schemas/Event'}}}}
components:
  schemas:
    Event: {type: object, properties: {delta: {type: string}}}
", SHOW).names("
[operations]
watch = { resource = 'things', verb = 'watch', stream = 'Event', done = ['idle'], resumes = ['busy'] }
").usage(r#"
        let events = client.things().watch().stream().await?;
        drop(events);
    "#);

    stream_ended_by_an_event: Case::document(r"
paths:
  /things:
    post:
      operationId: thing
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {stream_format: {type: string, enum: [sse, audio]}}}
      responses:
        '200': {description: '', content: {application/octet-stream: {schema: {type: string, format: binary}}}}
components:
  schemas:
    Event:
      oneOf: [{$ref: '#/components/schemas/Delta'}, {$ref: '#/components/schemas/Done'}]
    Delta: {type: object, required: [type], properties: {type: {type: string, enum: [delta]}, text: {type: string}}}
    Done: {type: object, required: [type], properties: {type: {type: string, enum: [done]}}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'create', stream = 'Event', done = ['done', 'failed'] }
").usage(r#"
        let events = client.things().create().stream_format("sse").stream().await?;
        drop(events);
        let bytes = client.things().create().send_bytes().await?;
        drop(bytes);
    "#);

    stream_with_several_last_events: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      parameters: [{name: stream, in: query, schema: {type: boolean}}]
      responses:
        '200': {description: '', content: {application/json: {schema: {type: object, properties: {x: {type: string}}}}}}
components:
  schemas:
    Event: {type: object, properties: {delta: {type: string}}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'watch', stream = 'Event', done = ['done'], several = true }
").usage(r"
        let events = client.things().watch().stream().await?;
        drop(events);
    ");

    stream_in_envelopes: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      parameters: [{name: stream, in: query, schema: {type: boolean}}]
      responses:
        '200': {description: '', content: {application/json: {schema: {type: object, properties: {x: {type: string}}}}}}
components:
  schemas:
    Event:
      oneOf:
        - {type: object, required: [event, data], properties: {event: {type: string, enum: [made]}, data: {type: string}}}
        - {type: object, required: [event, data], properties: {event: {type: string, enum: [done]}, data: {type: integer}}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'watch', stream = 'Event', envelope = true }
").usage(r"
        let events = client.things().watch().stream().await?;
        drop(events);
    ");

    stream_of_an_event_that_is_not_there: Case::document(r"
paths:
  /things:
    get:
      operationId: thing
      responses: {'204': {description: ''}}
", SHOW).names("
[operations]
thing = { resource = 'things', verb = 'watch', stream = 'NotYet' }
");

    pages: Case::document(r"
paths:
  /things:
    get: {operationId: byPage, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/DataList'}}}}}}
  /things/cursor:
    get: {operationId: byCursor, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/DataList'}}}}}}
  /things/conversation:
    get: {operationId: byConversation, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/DataList'}}}}}}
  /things/next:
    get: {operationId: byNext, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/ItemList'}}}}}}
  /things/next_page:
    get:
      operationId: byNextPage
      parameters: [{name: page, in: query, schema: {type: string}}]
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/ItemList'}}}}}
components:
  schemas:
    Thing: {type: object, required: [id], properties: {id: {type: string}}}
    DataList: {type: object, required: [data], properties: {data: {type: array, items: {$ref: '#/components/schemas/Thing'}}, has_more: {type: boolean}}}
    ItemList: {type: object, required: [items], properties: {items: {type: array, items: {type: string, nullable: true}}, next: {type: string}}}
", &["resources/things.rs", "pages.rs"]).names("
[operations]
byPage = { resource = 'things', verb = 'by_page', paging = 'page' }
byCursor = { resource = 'things', verb = 'by_cursor', paging = 'cursor' }
byConversation = { resource = 'things', verb = 'by_conversation', paging = 'conversation_cursor' }
byNext = { resource = 'things', verb = 'by_next', paging = 'next_cursor' }
byNextPage = { resource = 'things', verb = 'by_next_page', paging = 'next_cursor' }
").usage(r#"
        let (things, pages) = (client.things().by_page().items(), client.things().by_cursor().pages());
        drop((things, pages, client.things().by_next_page().page("p").items()));
    "#);

    lists_are_one_generic_type: Case::document(r"
paths:
  /things:
    get: {operationId: things, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/ThingList'}}}}}}
  /names:
    get: {operationId: names, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/NameList'}}}}}}
components:
  schemas:
    ThingList:
      type: object
      required: [object, data, first_id, last_id, has_more]
      properties:
        object: {type: string, enum: [list]}
        data: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        first_id: {type: string}
        last_id: {type: string}
        has_more: {type: boolean}
    NameList:
      type: object
      required: [object, data, has_more]
      properties:
        object: {type: string, enum: [list]}
        data: {type: array, items: {type: string}}
        has_more: {type: boolean}
    Thing: {type: object, required: [id], properties: {id: {type: string}}}
", &["types/", "pages.rs"]).names("
[operations]
things = { resource = 'things', verb = 'list', paging = 'cursor' }
names = { resource = 'things', verb = 'names', paging = 'cursor' }
").usage(r"
        let list = client.things().list().send().await?;
        let _: Option<&Thing> = list.data.first();
        drop((client.things().names().items(), list.has_more));
    ");

    lists_without_pages: Case::document(r"
paths:
  /things:
    get: {operationId: unnamed, responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/DataList'}}}}}}
  /others:
    get: {operationId: noList, responses: {'200': {description: '', content: {application/json: {schema: {type: object, properties: {x: {type: string}}}}}}}}
components:
  schemas:
    DataList: {type: object, required: [data], properties: {data: {type: array, items: {type: string}}}}
", &["pages.rs"]).names("
[operations]
unnamed = { resource = 'things', verb = 'list' }
noList = { resource = 'others', verb = 'list', paging = 'page' }
");
}
