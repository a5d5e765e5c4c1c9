//! Calls by the rules of OpenAPI: anybody's document, generated leniently, and called.

pub mod answers;
pub mod documents;

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
        - {name: label, in: path, required: true, style: label, schema: {type: integer}}
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
        - {name: session, in: cookie, schema: {type: string}}
        - {name: theme, in: cookie, schema: {type: string}}
      responses: {'204': {description: ''}}
").names(THINGS).usage(r#"
        let call = client.things().list().x_ids(["a", "b"]).x_filter(ThingListXFilter::new().a(1).b("c"));
        call.session("s 1").theme("dark").send().await?;
    "#).sends(&["GET /things [accept: */*] [cookie: session=s%201; theme=dark] [x-ids: a,b] [x-filter: a=1,b=c]"]);

    content_parameters: Case::foreign(r"
paths:
  /things/{point}:
    get:
      operationId: listThings
      parameters:
        - {name: point, in: path, required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Point'}}}}
        - {name: filter, in: query, content: {application/json: {schema: {$ref: '#/components/schemas/Point'}}}}
        - {name: odd, in: query, content: {application/xml: {schema: {type: object}}}}
      responses: {'204': {description: ''}}
components:
  schemas:
    Point: {type: object, required: [x], properties: {x: {type: integer}}}
").names(THINGS).usage(r#"
        client.things().list(Point::new(1)).filter(Point::new(2)).odd("<a/>").send().await?;
    "#).sends(&["GET /things/%7B%22x%22%3A1%7D?filter=%7B%22x%22%3A2%7D&odd=%3Ca%2F%3E [accept: */*]"]);

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
}

/// The names that these documents share.
const THINGS: &str = "
[operations]
listThings = { resource = 'things', verb = 'list' }
createThing = { resource = 'things', verb = 'create' }
putThing = { resource = 'things', verb = 'put' }
patchThing = { resource = 'things', verb = 'patch' }
deleteThing = { resource = 'things', verb = 'delete' }
otherThing = { resource = 'things', verb = 'other' }
";
