//! Strings in forms of several operations that look as if they stood for a file.
// Deprecated operations are tested as well.
#![allow(deprecated)]

use openai_ext::request::{Operation, Request};

use super::*;

/// Strings that could stand for files, also as the names of files.
const LIKE_A_FILE: [&str; 4] = ["\0file:0", "\0file:1", "\0\0file:0", "notes.txt"];

fn file(name: &str) -> InputFile {
    InputFile::from_bytes("content").name(name)
}

/// Checks that a form has so many files, and so many text parts that say this.
async fn check<O: Operation>(
    mock: &MockServer,
    call: Request<O>,
    text: &str,
    files: usize,
    texts: usize,
) -> TestResult {
    let sent = mock.requests().len();
    // Whether the server likes what it says is of no concern.
    let operation = O::ENDPOINT.id;
    drop(call.send_raw().await);
    let requests = mock.requests();
    let form = requests.get(sent).and_then(ReceivedRequest::form).ok_or("no form")?;
    let (sent_files, sent_texts): (Vec<_>, Vec<_>) = form.into_iter().partition(|part| part.filename.is_some());
    assert!(sent_files.iter().all(|part| part.data == "content"), "{operation}, {text:?}");
    let alike = sent_texts.iter().filter(|part| part.data == text).count();
    assert_eq!((sent_files.len(), alike), (files, texts), "{operation}, {text:?}: {sent_texts:?}");
    Ok(())
}

#[tokio::test]
async fn no_prompt_is_a_file() -> TestResult {
    let (mock, client) = start()?;
    for text in LIKE_A_FILE {
        let edit = client.images().edit(vec![file("a.png"), file(text)], text).mask(file("m.png")).user(text);
        let edit = edit.with_body_field("more", serde_json::json!({"a": [text, {"b": text}]}));
        check(&mock, edit, text, 3, 4).await?;
        let transcription = client.audio().transcriptions().create(file("a.mp3"), text).prompt(text).language(text);
        check(&mock, transcription, text, 1, 3).await?;
        let translation = client.audio().translations().create(file("a.mp3"), text).prompt(text);
        check(&mock, translation, text, 1, 2).await?;
        check(&mock, client.videos().create(text).model(text).input_reference(file("a.png")), text, 1, 2).await?;
        check(&mock, client.files().create(file(text), text), text, 1, 1).await?;
    }
    Ok(())
}
