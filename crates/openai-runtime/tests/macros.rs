//! Builders as generated code has them, called against a transport in memory.
#![allow(missing_docs, dead_code)]

mod support;

use openai_runtime::json::{Extra, Value};
use openai_runtime::{BodyKind, Call, Client, Done, Endpoint, InputFile, ListPage, Paging, Security, call, object};
use support::{Reply, client};

#[derive(Clone, Default)]
pub struct Body {
    pub model: String,
    pub n: Option<i64>,
    pub extra: Extra,
}
object!(Body, [F("model", R), F("n", O)], [model, n]);

#[derive(Clone, Default)]
pub struct Thing {
    pub id: String,
    pub extra: Extra,
}
object!(Thing, [F("id", R)], [id]);

#[derive(Clone, Default)]
pub struct Things {
    pub data: Vec<Thing>,
    pub extra: Extra,
}
object!(Things, [F("data", R)], [data]);

impl ListPage for Things {
    type Item = Thing;
    fn items(&self) -> &[Thing] {
        &self.data
    }
    fn into_items(self) -> Vec<Thing> {
        self.data
    }
}

static CREATE: Endpoint = Endpoint {
    id: "createThing",
    method: "POST",
    path: "/things",
    query: &[],
    headers: &[("OpenAI-Beta", "assistants=v2")],
    security: Security::Bearer,
    accept: "application/json",
    body: BodyKind::Json,
    stream: Done::Marker,
    switch: None,
    paging: Paging::None,
};
static LIST: Endpoint = Endpoint {
    id: "listThings",
    method: "GET",
    path: "/boxes/{box_id}/things",
    body: BodyKind::None,
    switch: None,
    paging: Paging::Cursor,
    ..CREATE
};

#[derive(Clone, Debug)]
pub struct Create {
    call: Call,
    body: Body,
}
call!(Create { body }, json Thing);
call!(Create { body }, stream Thing);

#[derive(Clone, Debug)]
pub struct List {
    call: Call,
}
call!(List, json Things);
call!(List, pages Things);

#[derive(Clone, Debug)]
pub struct Delete {
    call: Call,
}
call!(Delete, unit);

#[derive(Clone, Debug)]
pub struct Content {
    call: Call,
}
call!(Content, bytes);

#[derive(Clone, Debug)]
pub struct Speak {
    call: Call,
    body: Body,
}
call!(Speak { body }, text);

fn create(client: &Client) -> Create {
    Create { call: Call::new(client, &CREATE), body: Body { model: "m".into(), ..Body::default() } }
}

fn list(client: &Client) -> List {
    List { call: Call::new(client, &LIST).path("box_id", "b/1") }
}

#[tokio::test]
async fn a_builder_sends() {
    let (client, server) = client([Reply::json(200, r#"{"id":"t1","new":1}"#)]);
    let thing = create(&client)
        .with_query("x", 1)
        .with_header("x-a", "1")
        .with_header("openai-beta", None)
        .with_body_field("n", Value::Null)
        .with_idempotency_key("key")
        .send()
        .await
        .unwrap();
    assert_eq!(thing.id, "t1");
    assert_eq!(thing.extra.get("new"), Some(&Value::from(1)));
    let sent = server.requests();
    assert_eq!(sent[0].uri, "https://api.openai.com/v1/things?x=1");
    assert_eq!(sent[0].text(), r#"{"model":"m","n":null}"#);
    assert_eq!(sent[0].header("idempotency-key"), Some("key"));
    assert_eq!(sent[0].header("openai-beta"), None);
    assert_eq!(sent[0].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_builder_lists() {
    let (client, server) = client([
        Reply::json(200, r#"{"data":[{"id":"a"},{"id":"b"}],"has_more":true}"#),
        Reply::json(200, r#"{"data":[{"id":"c"}],"has_more":false}"#),
    ]);
    let mut items = list(&client).with_query("limit", 2).items();
    let mut ids = String::new();
    while let Some(item) = items.next().await {
        ids.push_str(&item.unwrap().id);
    }
    assert_eq!(ids, "abc");
    let sent = server.requests();
    assert_eq!(sent[0].uri, "https://api.openai.com/v1/boxes/b%2F1/things?limit=2");
    assert_eq!(sent[1].uri, "https://api.openai.com/v1/boxes/b%2F1/things?limit=2&after=b");
}

#[tokio::test]
async fn a_builder_streams() {
    let events = "data: {\"id\":\"a\"}\n\ndata: {\"id\":\"b\"}\n\ndata: [DONE]\n\n";
    let (client, server) = client([Reply::events(events)]);
    let mut stream = create(&client).stream().await.unwrap();
    let mut ids = String::new();
    while let Some(event) = stream.next().await {
        ids.push_str(&event.unwrap().id);
    }
    assert_eq!(ids, "ab");
    assert_eq!(server.requests()[0].text(), r#"{"model":"m","stream":true}"#);
}

#[test]
fn futures_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let (client, _) = client([]);
    is_send(&create(&client).send());
    is_send(&create(&client).stream());
    is_send(&list(&client).pages());
    is_send(&list(&client).items());
    fn is_shared<T: Send + Sync + Clone>() {}
    is_shared::<Client>();
    is_shared::<Call>();
    is_shared::<InputFile>();
    assert!(std::mem::size_of::<openai_runtime::Error>() == std::mem::size_of::<usize>());
}
