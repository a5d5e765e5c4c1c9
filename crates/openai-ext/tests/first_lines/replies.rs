//! Replies: images, sound, calls and messages in them.

use openai_ext::types::{ChatCompletion, ChatCompletionAudio, Embedding, ImagesResponse, Response};
use openai_ext::{ErrorKind, prelude::*};
use serde_json::{Value, json};

use crate::TestResult;

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

#[tokio::test]
async fn an_image() -> TestResult {
    let path = std::env::temp_dir().join(format!("first-lines-{}.png", std::process::id()));
    let images: ImagesResponse = read(json!({"created": 1, "data": [{"b64_json": "QUJD"}]}))?;
    assert_eq!(images.bytes()?, "ABC");
    images.save(&path).await?;
    assert_eq!(std::fs::read(&path)?, b"ABC");
    let response: Response =
        read(json!({"output": [{"type": "image_generation_call", "status": "completed", "result": "QUJE"}]}))?;
    assert_eq!((response.bytes()?, response.images().len()), ("ABD".into(), 1));
    response.images()[0].save(&path).await?;
    assert_eq!(std::fs::read(&path)?, b"ABD");
    std::fs::remove_file(&path)?;
    let error = images.save("no/such/folder/a.png").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no/such/folder/a.png"), "{error}");
    Ok(())
}

#[test]
fn no_image() -> TestResult {
    for (images, reason) in [
        (json!({"data": []}), "no image"),
        (json!({}), "no image"),
        (json!({"data": [{"url": "https://x"}]}), "b64_json"),
        (json!({"data": [{}]}), "neither"),
        (json!({"data": [{"b64_json": "?"}]}), "base64"),
    ] {
        let error = read::<ImagesResponse>(images)?.bytes().unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    for (output, reason) in [
        (json!([]), "image_generation()"),
        (json!([{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}]), "text"),
        (
            json!([{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "I won't"}]}]),
            "I won't",
        ),
        (json!([{"type": "image_generation_call", "status": "failed", "result": null}]), "failed"),
    ] {
        let error = read::<Response>(json!({"output": output}))?.bytes().unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    Ok(())
}

#[test]
fn sound() -> TestResult {
    let audio: ChatCompletionAudio = read(json!({"id": "a", "data": "QUJD", "transcript": "abc"}))?;
    assert_eq!(audio.bytes()?, "ABC");
    let reply: ChatCompletion = read(json!({"choices": [{"message": {"audio": {"id": "a", "data": "QUJD"}}}]}))?;
    assert_eq!(reply.bytes()?, "ABC");
    let error = read::<ChatCompletion>(json!({"choices": [{"message": {"content": "abc"}}]}))?.bytes().unwrap_err();
    assert!(error.to_string().contains("modalities"), "{error}");
    Ok(())
}

#[test]
fn likeness() -> TestResult {
    let [a, b]: [Embedding; 2] = read(json!([{"embedding": [1, 0]}, {"embedding": [1, 1]}]))?;
    assert!((a.cosine(&b) - 0.5f64.sqrt()).abs() < 1e-6);
    assert!((a.cosine(&vec![2.0, 0.0]) - 1.0).abs() < 1e-6);
    assert!((a.cosine(&b.embedding) - b.cosine(&a)).abs() < 1e-12);
    assert!(a.cosine(&Embedding::default()).is_nan());
    Ok(())
}

#[test]
fn calls() -> TestResult {
    let response: Response =
        read(json!({"output": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]}))?;
    assert_eq!(response.tool_calls()[0].name, "f");
    assert_eq!(response.function_calls().len(), 1);
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let reply: ChatCompletion = read(json!({"choices": [{"message": {"tool_calls": [call]}}]}))?;
    assert_eq!((reply.tool_calls().len(), reply.function_calls()[0].function.name.as_str()), (1, "f"));
    Ok(())
}

#[test]
fn messages() -> TestResult {
    let messages: Vec<Message> = read(json!([
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": null, "tool_calls": []},
        {"role": "tool", "tool_call_id": "c", "content": "t"},
        {"role": "wizard", "content": "w"},
    ]))?;
    let read: Vec<(&str, String)> = messages.iter().map(|message| (message.role(), message.text())).collect();
    let expected = [("system", "s"), ("user", "ab"), ("assistant", ""), ("tool", "t"), ("wizard", "w")];
    assert_eq!(read, expected.map(|(role, text)| (role, text.to_owned())));
    Ok(())
}
