//! The order of a type's fields in what is sent: models write members in the order of the schema.
//!
//! With and without `serde_json/preserve_order`, which another crate of the program may have on.

use std::fmt;

use openai_ext::prelude::*;
use openai_ext::schema::{Dialect, strict_schema};
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::Toolbox;
use openai_ext_mock::MockServer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

/// JSON with its members in the order of the text.
#[derive(Debug)]
enum Ordered {
    Object(Vec<(String, Ordered)>),
    Array(Vec<Ordered>),
    Scalar,
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered::Object(members))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Ordered, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Ordered::Array(items))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
            fn visit_str<E>(self, _: &str) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
            fn visit_unit<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Scalar)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The names of the properties of each object of a schema, in the order of the text, joined; sorted by themselves.
fn orders(json: &[u8]) -> Vec<String> {
    fn collect(json: &Ordered, found: &mut Vec<String>) {
        match json {
            Ordered::Object(members) => {
                for (name, member) in members {
                    match member {
                        Ordered::Object(properties) if name == "properties" => {
                            let names: Vec<&str> = properties.iter().map(|(name, _)| name.as_str()).collect();
                            found.push(names.join(" "));
                        }
                        _ => {}
                    }
                    collect(member, found);
                }
            }
            Ordered::Array(items) => items.iter().for_each(|item| collect(item, found)),
            Ordered::Scalar => {}
        }
    }
    let mut found = Vec::new();
    collect(&serde_json::from_slice(json).expect("it is JSON"), &mut found);
    found.sort_unstable();
    found.dedup();
    found
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Inner {
    why: String,
    at: Option<i64>,
    #[serde(default)]
    end: bool,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Tagged {
    Zebra {
        stripes: i64,
        #[serde(default)]
        age: i64,
    },
    Ant(Inner),
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
enum Outside {
    Two { second: i64, first: Option<i64> },
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Beside {
    Pair { y: i64, x: i64 },
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
    #[serde(rename = "also")]
    items: Vec<Inner>,
}

/// Fields of all kinds, in no order of the alphabet.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Solution {
    steps: Vec<Inner>,
    maybe: Option<Inner>,
    #[serde(default)]
    given: i64,
    #[serde(rename = "z-answer")]
    answer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    both: Vec<i64>,
    kind: Tagged,
    beside: Beside,
    apart: Outside,
    node: Node<bool>,
    before: bool,
}

const ORDERS: [&str; 9] = [
    "Two",
    "second first",
    "steps maybe given z-answer left_out both kind beside apart node before",
    "t c",
    "type stripes age",
    "type why at end",
    "value next also",
    "why at end",
    "y x",
];

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Flat {
    zone: String,
    #[serde(flatten)]
    more: Inner,
    before: bool,
}

#[test]
fn flattened_fields_are_where_they_stand() {
    // A struct with flattened fields tells serde no list of them.
    for schema in [strict_schema::<Flat>(), Dialect::AnyOf.strict_schema::<Flat>()] {
        let schema = schema.expect("it is strict");
        assert_eq!(schema["required"], json!(["zone", "why", "at", "end", "before"]));
    }
}

#[tokio::test]
async fn each_way_to_send_a_schema_keeps_the_order() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::builder().lenient().start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    let chat = || client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let respond = || client.responses().create("gpt-5.5", "Hi");
    let tools = Toolbox::new().with(tool("solve", "Solves", |_: Solution| async { Ok::<_, std::io::Error>("") }));
    for dialect in [Dialect::OpenAi, Dialect::AnyOf] {
        // What comes back is no solution; the requests are looked at.
        drop(chat().with_schema_dialect(dialect).parse::<Solution>().await);
        drop(respond().with_schema_dialect(dialect).parse::<Solution>().await);
        drop(chat().with_schema_dialect(dialect).parse_stream::<Solution>().await);
        drop(respond().with_schema_dialect(dialect).parse_stream::<Solution>().await);
        drop(chat().with_schema_dialect(dialect).run_tools(&tools).send().await);
        drop(respond().with_schema_dialect(dialect).run_tools(&tools).send().await);
        drop(chat().with_schema_dialect(dialect).run_tools(&tools).stream_events().finish().await);
    }
    drop(chat().tools(tools.chat_tools()?).send().await);
    drop(respond().tools(tools.response_tools()?).with_body_field("extra", json!({"a": 1})).send().await);
    let requests = mock.requests();
    assert_eq!(requests.len(), 16);
    for request in requests {
        assert_eq!(orders(request.body()), ORDERS, "{}", String::from_utf8_lossy(request.body()));
    }
    let line = chat().tools(tools.chat_tools()?).into_call().json_body()?;
    assert_eq!(orders(&line), ORDERS);
    Ok(())
}

#[tokio::test]
async fn schemas_made_by_hand_follow_their_list() -> Result<(), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    let schema = json!({
        "type": "object",
        "properties": {"b": {"type": "string"}, "c": {"type": "string"}, "a": {"type": "string"}},
        "required": ["b", "c", "a"],
    });
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    call.with_body_field("tools", json!([{"type": "function", "function": {"name": "f", "parameters": schema}}]))
        .send()
        .await?;
    assert_eq!(orders(mock.requests()[0].body()), ["b c a"]);
    Ok(())
}

#[test]
fn a_type_without_a_value_to_read_has_the_order_of_its_schema() {
    // Only `left_out` and `both` may be missing in what is read and in what is written, so that no list has them.
    let schema: Value = strict_schema::<Solution>().expect("it is strict");
    let names: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let known: Vec<&str> = names.iter().copied().filter(|name| !["left_out", "both"].contains(name)).collect();
    assert_eq!(known.join(" "), "steps maybe given z-answer kind beside apart node before");
    assert_eq!(names.len(), 11);
}
