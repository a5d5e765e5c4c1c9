//! Lines of people who had the README and rustdoc alone.
// Programs set deprecated fields as well.
#![allow(deprecated)]

use openai_ext::{prelude::*, types};

use crate::{TestResult, sent, start};

#[tokio::test]
async fn hosted_tools_in_an_array() -> TestResult {
    let (mock, c) = start().await?;
    c.responses()
        .create("m", "x")
        .tools([
            types::Tool::from(types::WebSearchTool::new()),
            types::Tool::from(types::FileSearchTool::new(["vs_1"])),
        ])
        .send()
        .await?;
    assert_eq!(sent(&mock)["tools"][0]["type"], "web_search");
    Ok(())
}

#[tokio::test]
async fn two_stop_sequences() -> TestResult {
    let (mock, c) = start().await?;
    c.chat().completions().create("m", [Message::user("x")]).stop(["a", "b"]).send().await?;
    assert_eq!(sent(&mock)["stop"], serde_json::json!(["a", "b"]));
    Ok(())
}

#[tokio::test]
async fn two_texts_to_embed() -> TestResult {
    let (mock, c) = start().await?;
    c.embeddings().create("text-embedding-3-small", ["a", "b"]).send().await?;
    assert_eq!(sent(&mock)["input"], serde_json::json!(["a", "b"]));
    Ok(())
}

#[tokio::test]
async fn a_message_as_json() -> TestResult {
    let (mock, c) = start().await?;
    c.chat().completions().create("m", [serde_json::json!({"role":"user","content":"x"})]).send().await?;
    assert_eq!(sent(&mock)["messages"][0]["content"], "x");
    Ok(())
}

#[tokio::test]
async fn a_borrowed_history() -> TestResult {
    let (_mock, c) = start().await?;
    let m = vec![Message::user("x")];
    c.chat().completions().create("m", &m).send().await?;
    Ok(())
}

#[tokio::test]
async fn an_absent_temperature() -> TestResult {
    let (mock, c) = start().await?;
    let t: Option<f64> = None;
    c.chat().completions().create("m", [Message::user("x")]).temperature(t).send().await?;
    assert_eq!(sent(&mock).get("temperature"), None);
    Ok(())
}

#[tokio::test]
async fn a_tool_choice_as_json() -> TestResult {
    let (mock, c) = start().await?;
    c.chat()
        .completions()
        .create("m", [Message::user("x")])
        .tool_choice(serde_json::json!({"type":"function","function":{"name":"f"}}))
        .send()
        .await?;
    assert_eq!(sent(&mock)["tool_choice"]["function"]["name"], "f");
    Ok(())
}

#[tokio::test]
async fn a_file_with_name_bytes_and_type() -> TestResult {
    let (mock, c) = start().await?;
    c.files().create(("audio.wav", b"x".to_vec(), "audio/wav"), "user_data").send().await?;
    let form = mock.requests()[0].form().unwrap_or_default();
    assert!(format!("{form:?}").contains("audio/wav"), "{form:?}");
    Ok(())
}

#[tokio::test]
async fn reasoning_effort() -> TestResult {
    let (mock, c) = start().await?;
    c.responses().create("m", "x").reasoning_effort("low").send().await?;
    assert_eq!(sent(&mock)["reasoning"]["effort"], "low");
    Ok(())
}

#[tokio::test]
async fn a_whole_body_as_json() -> TestResult {
    let (mock, c) = start().await?;
    // The document wants at least one message, and so does the mock.
    let _ = c.chat().completions().create_with(serde_json::json!({"model":"m","messages":[]})).send().await;
    assert_eq!(sent(&mock), serde_json::json!({"model":"m","messages":[]}));
    Ok(())
}

#[tokio::test]
async fn paths_to_upload() -> TestResult {
    let (_mock, c) = start().await?;
    let error = c.vector_stores().file_batches().upload_and_poll("vs", ["a.pdf", "b.pdf"]).await.unwrap_err();
    assert!(error.to_string().contains(".pdf"), "{error}");
    Ok(())
}

#[test]
fn the_detail_of_an_image() {
    let message = Message::user([ContentPart::text("x"), ContentPart::image_from_url("https://x").detail("high")]);
    assert_eq!(serde_json::json!(message)["content"][1]["image_url"]["detail"], "high");
}

#[tokio::test]
async fn unsigned_tokens() -> TestResult {
    let (mock, c) = start().await?;
    c.chat().completions().create("m", [Message::user("x")]).max_tokens(100u64).send().await?;
    assert_eq!(sent(&mock)["max_tokens"], 100);
    Ok(())
}

#[tokio::test]
async fn a_finish_reason_compared_with_a_string() -> TestResult {
    let (_mock, c) = start().await?;
    let r = c.chat().completions().create("m", [Message::user("x")]).send().await?;
    if r.choices[0].finish_reason == "tool_calls" {}
    Ok(())
}

#[tokio::test]
async fn a_borrowed_model() -> TestResult {
    let (_mock, c) = start().await?;
    let m = String::from("m");
    c.chat().completions().create(&m, [Message::user("x")]).send().await?;
    Ok(())
}

#[tokio::test]
async fn calls_joined() -> TestResult {
    let (_mock, c) = start().await?;
    let f: Vec<_> = (0..3).map(|_| c.models().list().send()).collect();
    let _ = futures_util::future::join_all(f.into_iter().map(|p| async { p.await })).await;
    Ok(())
}

#[tokio::test]
async fn a_whole_number_as_temperature() -> TestResult {
    let (mock, c) = start().await?;
    c.chat().completions().create("m", [Message::user("x")]).temperature(1).send().await?;
    assert_eq!(sent(&mock)["temperature"], 1);
    Ok(())
}

#[tokio::test]
async fn a_hash_map_as_metadata() -> TestResult {
    let (mock, c) = start().await?;
    let mut m = std::collections::HashMap::new();
    m.insert("a".to_owned(), "b".to_owned());
    c.responses().create("m", "x").metadata(m).send().await?;
    assert_eq!(sent(&mock)["metadata"]["a"], "b");
    Ok(())
}

#[tokio::test]
async fn a_call_in_a_task() -> TestResult {
    let (_mock, c) = start().await?;
    let c2 = c.clone();
    tokio::spawn(async move { c2.models().list().send().await.map(|_| ()).ok() });
    Ok(())
}

#[test]
fn a_client_in_a_static() {
    static C: std::sync::OnceLock<Client> = std::sync::OnceLock::new();
    C.get_or_init(|| Client::builder().api_key("no-key").build().unwrap());
}
