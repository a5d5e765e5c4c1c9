//! Recorded event streams, where they are: shared/streams beside the project. None ends in an error that the server
//! did not send, whatever the chunks.
#![allow(missing_docs)]

mod support;

use std::path::Path;

use openai_runtime::json::Value;
use openai_runtime::{Call, Done, Endpoint};
use support::{ENDPOINT, Reply, client};

static CHAT: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };
static RESPONSES: Endpoint =
    Endpoint { stream: Done::Types(&["response.completed", "response.failed", "response.incomplete"]), ..ENDPOINT };
static IMAGES: Endpoint =
    Endpoint { stream: Done::Several(&["image_generation.completed", "image_edit.completed"]), ..ENDPOINT };
static SPEECH: Endpoint = Endpoint { stream: Done::Types(&["transcript.text.done", "speech.audio.done"]), ..ENDPOINT };
static ASSISTANTS: Endpoint = Endpoint { stream: Done::Enveloped, ..ENDPOINT };

#[tokio::test]
async fn recorded_streams() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    let Ok(index) = std::fs::read(folder.join("index.json")) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let index: Value = serde_json::from_slice(&index).unwrap();
    let mut complete = 0;
    for case in index.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let endpoint = match name.split('-').next().unwrap() {
            "chat" | "completions" => &CHAT,
            "responses" => &RESPONSES,
            "images" => &IMAGES,
            "transcription" | "speech" => &SPEECH,
            "assistants" => &ASSISTANTS,
            _ => continue,
        };
        let text = std::fs::read(folder.join(format!("{name}.sse"))).unwrap();
        let mut last = None;
        for size in [13, text.len()] {
            let (client, _) = client([Reply::events(&text).in_chunks(size)]);
            let mut stream = Call::new(&client, endpoint).stream::<Value>().await.unwrap();
            let (mut count, mut error) = (0, None);
            while let Some(event) = stream.next().await {
                match event {
                    Ok(_) => count += 1,
                    Err(failed) => error = Some(failed),
                }
            }
            let end = error.map_or("complete".to_owned(), |error| format!("{:?}", error.kind()));
            let found = (count, end);
            assert!(last.is_none_or(|last| last == found), "{name}");
            last = Some(found);
        }
        let (count, end) = last.unwrap();
        match end.as_str() {
            "complete" => complete += 1,
            "Decode" => assert!(case["features"].to_string().contains("non-json-data"), "{name}"),
            "Stream" => assert!(case["features"].to_string().contains("error"), "{name}"),
            "Truncated" => assert!(!text.ends_with(b"\n\n"), "{name} after {count} events"),
            other => panic!("{name}: {other}"),
        }
    }
    eprintln!("{complete} complete streams");
    assert!(complete > 80);
}
