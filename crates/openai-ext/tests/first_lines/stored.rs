//! Values that a program keeps: its own type derives serde, and nothing in it needs `#[serde(with = …)]`.

use std::collections::BTreeMap;

use openai_ext::audio::{SpeechAccumulator, StreamedTranscription};
use openai_ext::chat::ChatToolRun;
use openai_ext::images::ImageAccumulator;
use openai_ext::responses::{ResponseAccumulator, ResponseToolRun};
use openai_ext::types::{ChatCompletion, ChatCompletionCreateParams, Embedding, Response};
use openai_ext::{ChatAccumulator, prelude::*};
use openai_ext_mock::Turn;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{TestResult, start};

#[derive(Default, Deserialize, Serialize)]
struct Session {
    messages: Vec<Message>,
    items: Vec<InputItem>,
    tools: Vec<Tool>,
    conversation: Conversation,
    by_name: BTreeMap<String, Conversation>,
    completion: Option<ChatCompletion>,
    response: Option<Response>,
    request: Option<ChatCompletionCreateParams>,
    embedding: Option<Embedding>,
    run: Option<ChatToolRun>,
    response_run: Option<ResponseToolRun>,
    chat: ChatAccumulator,
    responses: ResponseAccumulator,
    speech: SpeechAccumulator,
    transcription: StreamedTranscription,
    images: ImageAccumulator,
}

/// Writes the session and reads it back, which must change nothing.
fn again(session: &Session) -> Result<Session, serde_json::Error> {
    let text = serde_json::to_string(session)?;
    let value: serde_json::Value = serde_json::from_str(&text)?;
    let read: Session = serde_json::from_str(&text)?;
    assert!(serde_json::to_value(&read)? == value, "{text}");
    // By way of a value as well, in which members have another order.
    let read: Session = serde_json::from_value(value.clone())?;
    assert!(serde_json::to_value(&read)? == value, "{text}");
    Ok(read)
}

#[tokio::test]
async fn everything_a_program_keeps() -> TestResult {
    let (mock, c) = start().await?;
    let mut session = again(&Session::default())?;
    session.messages = serde_json::from_value(json!([
        {"role": "developer", "content": "d"}, {"role": "user", "content": [{"type": "text", "text": "a", "more": 1}]},
        {"role": "assistant", "content": null, "tool_calls": [], "reasoning_content": "r"},
        {"role": "tool", "tool_call_id": "c", "content": "t"}, {"role": "wizard", "content": 5},
    ]))?;
    session.items = vec![InputItem::user("x"), InputItem::function_call_output(ToolCallId::new("c"), "5")];
    session.tools = vec![Tool::web_search(), Tool::file_search("vs_1").max_num_results(3)];
    session.request = Some(ChatCompletionCreateParams::new("m", "x").temperature(0.25));
    session.conversation.user("x");
    session.completion = Some(c.chat().completions().create("m", "x").send().await?);
    session.response = Some(c.responses().create("m", "x").send().await?);
    session.conversation.push(session.completion.clone().ok_or("none")?);
    session.conversation.push(session.response.clone().ok_or("none")?);
    session.by_name.insert("a".to_owned(), session.conversation.clone());
    session.embedding = c.embeddings().create("m", "x").dimensions(4).send().await?.data.into_iter().next();
    let tools = Toolbox::new().with(tool("f", "d", || "x"));
    mock.converse([Turn::call("f", &json!({})), Turn::text("Done"), Turn::call("f", &json!({})), Turn::text("Done")]);
    session.run = Some(c.chat().completions().create("m", "x").run_tools(&tools).send().await?);
    session.response_run = Some(c.responses().create("m", "x").run_tools(&tools).send().await?);
    let read = again(&session)?;
    assert_eq!(read.messages, session.messages);
    assert_eq!((read.completion, read.response), (session.completion, session.response));
    assert_eq!(read.conversation, session.conversation);
    assert_eq!(read.run.map(|run| run.text().to_owned()).as_deref(), Some("Done"));
    Ok(())
}

#[tokio::test]
async fn in_the_middle_of_each_stream() -> TestResult {
    let (_mock, c) = start().await?;
    let mut session = Session::default();
    let mut chunks = c.chat().completions().create("m", "x").stream().await?;
    let mut whole = ChatAccumulator::default();
    while let Some(chunk) = chunks.try_next().await? {
        session.chat.push(&chunk)?;
        whole.push(&chunk)?;
        session = again(&session)?;
    }
    assert_eq!(session.chat.snapshot(), whole.snapshot());
    let mut events = c.responses().create("m", "x").stream().await?;
    while let Some(event) = events.try_next().await? {
        session.responses.push(&event)?;
        session = again(&session)?;
    }
    for event in
        [json!({"type": "speech.audio.delta", "audio": "SUQz"}), json!({"type": "speech.audio.delta", "audio": "QUI="})]
    {
        session.speech.push(&serde_json::from_value(event)?)?;
        session = again(&session)?;
    }
    assert_eq!(session.speech.audio(), b"ID3AB");
    for event in
        [json!({"type": "transcript.text.delta", "delta": "a"}), json!({"type": "transcript.text.delta", "delta": "b"})]
    {
        session.transcription.push(&serde_json::from_value(event)?)?;
        session = again(&session)?;
    }
    assert_eq!(session.transcription.text, "ab");
    for event in [
        json!({"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "QUI="}),
        json!({"type": "image_generation.completed", "b64_json": "QUJD", "output_format": "png"}),
    ] {
        let event: openai_ext::types::ImageGenStreamEvent = serde_json::from_value(event)?;
        session.images.push(&event)?;
        session = again(&session)?;
    }
    assert_eq!(session.images.partial_images().len(), 1);
    Ok(())
}
