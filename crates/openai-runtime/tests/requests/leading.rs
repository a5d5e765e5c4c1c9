//! The members that lead a body: `model`, `stream`, `service_tier`, whatever sets them.

use crate::support::{ENDPOINT, Reply, client};
use openai_runtime::json::Value;
use openai_runtime::{Call, Endpoint};

static CREATE: Endpoint = ENDPOINT;

/// Serializes a JSON text with its members in their order: a map of serde_json may sort them.
struct Ordered<'a>(&'a str);

impl serde::Serialize for Ordered<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut reader = openai_runtime::json::Reader::new(self.0.as_bytes()).map_err(S::Error::custom)?;
        if reader.begin_object().is_err() {
            return serde_json::from_str::<Value>(self.0).map_err(S::Error::custom)?.serialize(serializer);
        }
        let mut first = true;
        while let Some(name) = reader.next_key(&mut first).map_err(S::Error::custom)? {
            members.push((name.into_owned(), reader.value().map_err(S::Error::custom)?));
        }
        serializer.collect_map(members)
    }
}

/// Fields by name, with their JSON text.
type Fields = &'static [(&'static str, &'static str)];

/// The text of a body in which these fields are laid over this text.
async fn sent(text: &str, fields: Fields) -> String {
    let (client, server) = client([Reply::json(200, "{}")]);
    let mut call = client.request(http::Method::POST, "/things").json(&Ordered(text));
    for (name, value) in fields {
        call = call.with_body_field(*name, serde_json::from_str::<Value>(value).unwrap());
    }
    let alone = call.clone().into_call().json_body().unwrap();
    call.send().await.unwrap();
    let text = server.requests().remove(0).text().to_owned();
    assert_eq!(alone, text);
    text
}

#[tokio::test]
async fn they_come_first_in_their_order() {
    let cases: &[(&str, Fields, &str)] = &[
        ("{}", &[], "{}"),
        ("[1]", &[], "[1]"),
        (r#"{"a":1,"model":"m"}"#, &[], r#"{"model":"m","a":1}"#),
        (r#"{"model":"m","a":1}"#, &[], r#"{"model":"m","a":1}"#),
        (r#"{"stream":true,"model":"m"}"#, &[], r#"{"model":"m","stream":true}"#),
        (
            r#"{"a":[1,{"model":"x"}],"service_tier":"flex","b":"}","stream":false,"model":null,"c":1.5}"#,
            &[],
            r#"{"model":null,"stream":false,"service_tier":"flex","a":[1,{"model":"x"}],"b":"}","c":1.5}"#,
        ),
        // Fields by name: in the place of the body's own, which they replace.
        (r#"{"model":"m","a":1}"#, &[("stream", "true")], r#"{"model":"m","stream":true,"a":1}"#),
        (r#"{"a":1}"#, &[("stream", "true"), ("model", "\"n\"")], r#"{"model":"n","stream":true,"a":1}"#),
        (r#"{"a":1,"model":"m"}"#, &[("model", "\"n\"")], r#"{"model":"n","a":1}"#),
        (
            r#"{"model":"m","stream":false,"a":1}"#,
            &[("b", "2"), ("stream", "true"), ("service_tier", "\"flex\"")],
            r#"{"model":"m","stream":true,"service_tier":"flex","a":1,"b":2}"#,
        ),
        (r#"{"a":1,"b":2}"#, &[("a", "3")], r#"{"b":2,"a":3}"#),
    ];
    for (text, fields, expected) in cases {
        assert_eq!(sent(text, fields).await, *expected, "{text} {fields:?}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_behind_the_model() {
    let (client, server) = client([Reply::events("data: [DONE]\n\n"), Reply::events("data: [DONE]\n\n")]);
    let mut call = Call::new(&client, &CREATE);
    call.body(&serde_json::json!({"model": "m"}));
    call.with_body_field("z", 1);
    drop(call.stream::<Value>().await.unwrap());
    let raw = client.request(http::Method::POST, "/things").json(&serde_json::json!({"input": "Hi", "model": "m"}));
    drop(raw.stream().await.unwrap());
    let texts: Vec<_> = server.requests().iter().map(|request| request.text().to_owned()).collect();
    assert_eq!(texts, [r#"{"model":"m","stream":true,"z":1}"#, r#"{"model":"m","stream":true,"input":"Hi"}"#]);
}
