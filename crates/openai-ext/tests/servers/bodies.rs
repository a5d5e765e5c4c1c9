//! The order in which bodies are written: what routers read comes first.
#![cfg(all(feature = "audio", feature = "completions", feature = "embeddings", feature = "images"))]
#![cfg(all(feature = "moderations", feature = "videos", feature = "beta"))]
// Deprecated operations are tested as well.
#![allow(deprecated)]

use openai_ext::prelude::*;
use openai_ext::{Client, InputFile};

use super::{Sent, Server, server};

/// The names of a body's members, in their order, of JSON or of a form.
fn members(sent: &Sent) -> Vec<String> {
    let text = String::from_utf8_lossy(&sent.body);
    if sent.header("content-type").is_some_and(|kind| kind.starts_with("multipart/")) {
        let names = text.split("form-data; name=\"").skip(1);
        return names.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect();
    }
    let mut reader = openai_ext::runtime::json::Reader::new(&sent.body).expect("JSON");
    let (mut first, mut names) = (true, Vec::new());
    reader.begin_object().expect("an object");
    while let Some(name) = reader.next_key(&mut first).expect("a member") {
        names.push(name.into_owned());
        reader.skip().expect("a value");
    }
    names
}

fn streaming() -> (std::sync::Arc<Server>, Client) {
    let server = server(|sent, _| match sent.header("accept") {
        Some("text/event-stream") => {
            (200, vec![("content-type", "text/event-stream".to_owned())], "data: [DONE]\n\n".into())
        }
        _ => super::json(200, "{}"),
    });
    let handle = std::sync::Arc::new(super::Handle(server.clone()));
    let client = Client::builder().api_key("k").transport(handle).build().expect("a client");
    (server, client)
}

#[tokio::test]
async fn the_model_and_the_stream_lead() -> openai_ext::Result<()> {
    let (server, client) = streaming();
    let file = || InputFile::from_bytes("bytes").name("a.wav");
    let chat = || client.chat().completions().create("m", [Message::user("Hi")]).temperature(0.5).store(true);
    chat().send().await?;
    chat().service_tier("flex").send().await?;
    drop(chat().stream().await?);
    drop(chat().service_tier("flex").stream().await?);
    drop(chat().service_tier("flex").with_body_field("mine", 1).stream().await?);
    let response = || client.responses().create("m", "Hi").metadata([("k", "v")]).instructions("Be brief.");
    response().send().await?;
    drop(response().service_tier("flex").stream().await?);
    client.responses().compact("m", "Hi").send().await?;
    client.images().generate("A boat").model("m").n(1).send().await?;
    drop(client.images().generate("A boat").model("m").n(1).stream().await?);
    client.embeddings().create("m", "Hi").send().await?;
    client.moderations().create("Hi").model("m").send().await?;
    client.audio().speech().create("Hi", "m", "alloy").send_bytes().await?;
    client.completions().create("m", "Hi").echo(true).send().await?;
    drop(client.completions().create("m", "Hi").echo(true).stream().await?);
    client.beta().assistants().create("m").name("n").send().await?;
    drop(client.beta().threads().create_and_run("a").model("m").instructions("i").stream().await?);
    // A model by name wins, in the place of the body's own.
    client.embeddings().create("m", "Hi").with_body_field("model", "other").send().await?;
    // Forms: the file or the prompt, then the order of the document.
    client.audio().transcriptions().create(file(), "m").language("en").send().await?;
    client.images().edit(file(), "A boat").model("m").n(1).send().await?;
    client.videos().create("A boat").model("m").seconds("4").send().await?;
    let expected: [&[&str]; 21] = [
        &["model", "messages", "temperature", "store"],
        &["model", "service_tier", "messages", "temperature", "store"],
        &["model", "stream", "messages", "temperature", "store"],
        &["model", "stream", "service_tier", "messages", "temperature", "store"],
        &["model", "stream", "service_tier", "messages", "temperature", "store", "mine"],
        &["model", "metadata", "input", "instructions"],
        &["model", "stream", "service_tier", "metadata", "input", "instructions"],
        &["model", "input"],
        &["model", "prompt", "n"],
        &["model", "stream", "prompt", "n"],
        &["model", "input", "encoding_format"],
        &["model", "input"],
        &["model", "input", "voice"],
        &["model", "prompt", "echo"],
        &["model", "stream", "prompt", "echo"],
        &["model", "name"],
        &["model", "stream", "assistant_id", "instructions"],
        &["model", "input", "encoding_format"],
        &["file", "model", "language"],
        &["image", "prompt", "model", "n"],
        &["prompt", "model", "seconds"],
    ];
    for (sent, expected) in server.sent().iter().zip(expected) {
        let found = members(sent);
        let mut sorted = [found.clone(), expected.iter().map(|name| (*name).to_owned()).collect()];
        sorted.iter_mut().for_each(|names| names.sort_unstable());
        assert_eq!(sorted[0], sorted[1], "{}", sent.url);
        // Those behind the leading ones have the document's order.
        let leading = expected.iter().take_while(|name| LEADING.contains(name)).count();
        assert_eq!(found[..leading], expected[..leading], "{}", sent.url);
    }
    assert_eq!(server.sent().len(), expected.len());
    Ok(())
}

const LEADING: [&str; 6] = ["model", "stream", "service_tier", "file", "image", "prompt"];

/// What was read of a body, as a stored request, is written back with every member and value.
#[test]
fn what_was_read_is_written_back() -> Result<(), Box<dyn std::error::Error>> {
    use openai_ext::types::ResponseCreateParams;
    let text =
        r#"{"new":1.50,"input":"Hi","stream":true,"metadata":{"z":"1","a":"2"},"model":"m","service_tier":null}"#;
    let read: ResponseCreateParams = serde_json::from_str(text)?;
    // As it is sent: serde_json itself may sort members.
    let written = String::from_utf8(openai_ext::runtime::json::to_vec(&read))?;
    assert!(written.starts_with(r#"{"model":"m","stream":true,"service_tier":null,"#), "{written}");
    let value = |text: &str| serde_json::from_str::<openai_ext::Value>(text);
    assert_eq!(value(&written)?, value(text)?);
    assert_eq!(value(&serde_json::to_string(&read)?)?, value(text)?);
    Ok(())
}
