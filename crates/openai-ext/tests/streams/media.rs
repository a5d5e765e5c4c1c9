//! Transcriptions, speech and images, put together from their events.
#![cfg(all(feature = "audio", feature = "images"))]

use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::ErrorKind;
use openai_ext::audio::{SpeechAccumulator, StreamedTranscription};
use openai_ext::images::ImageAccumulator;
use openai_ext::prelude::*;
use openai_ext::runtime::json::{self, Json};
use openai_ext::runtime::sse::Decoder;
use openai_ext::types::{ImageEditStreamEvent, ImageGenStreamEvent, SpeechStreamEvent, TranscriptionStreamEvent};
use openai_ext_mock::{Event, MockServer, Reply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("every event can be read")
}

/// Written and read back, as to a file.
fn stored<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).expect("it can be written")).expect("it can be read")
}

fn transcribed(events: impl IntoIterator<Item = Value>) -> StreamedTranscription {
    let mut transcription = StreamedTranscription::default();
    for event in events {
        transcription = stored(&transcription);
        transcription.push(&read(event)).expect("no error");
    }
    transcription
}

#[test]
fn a_transcription_of_deltas() {
    let delta = |text: &str, logprob: f64| json!({"type": "transcript.text.delta", "delta": text, "logprobs": [{"token": text, "logprob": logprob}]});
    let deltas = [delta("Good ", -0.5), delta("morning", -0.25), json!({"type": "transcript.text.news"})];
    let so_far = transcribed(deltas.clone());
    assert_eq!((so_far.text.as_str(), so_far.is_done), ("Good morning", false));
    assert_eq!(so_far.logprobs.as_ref().map(Vec::len), Some(2));

    let done = json!({"type": "transcript.text.done", "text": "Good morning.", "languages": [{"code": "en"}],
        "usage": {"type": "tokens", "input_tokens": 1, "output_tokens": 2, "total_tokens": 3}, "new": 1});
    let whole = transcribed(deltas.iter().cloned().chain([done]));
    assert_eq!((whole.text.as_str(), whole.is_done), ("Good morning.", true));
    assert_eq!(whole.logprobs, so_far.logprobs);
    assert_eq!(whole.usage.as_ref().map(|usage| usage.total_tokens), Some(3));
    assert_eq!(whole.languages.as_ref().map(|languages| languages[0].code.as_str()), Some("en"));
    assert_eq!(whole.extra.get("new"), Some(&json!(1)));

    // A server that has said it all by deltas.
    let whole = transcribed(deltas.into_iter().chain([json!({"type": "transcript.text.done", "logprobs": []})]));
    assert_eq!((whole.text.as_str(), whole.logprobs.as_ref().map(Vec::len)), ("Good morning", Some(0)));
}

#[test]
fn a_transcription_by_speaker() {
    let segment = |id: &str, text: &str| json!({"type": "transcript.text.segment", "id": id, "text": text, "speaker": "A", "start": 0.0, "end": 1.5});
    let segments = transcribed([segment("seg_0", " Hello."), segment("seg_1", " Who is it?")]);
    assert_eq!(segments.text, "Hello. Who is it?");
    assert_eq!(segments.segments.iter().map(|segment| segment.id.as_str()).collect::<Vec<_>>(), ["seg_0", "seg_1"]);

    // With deltas the text is theirs, and the segments only say by whom.
    let delta = json!({"type": "transcript.text.delta", "delta": "Hello.", "segment_id": "seg_0"});
    assert_eq!(transcribed([delta, segment("seg_0", " Hello.")]).text, "Hello.");
}

#[test]
fn speech_in_bytes() {
    let mut speech = SpeechAccumulator::default();
    let delta = |audio: &str| read::<SpeechStreamEvent>(json!({"type": "speech.audio.delta", "audio": audio}));
    for (text, bytes) in [("QUI=", b"AB".as_slice()), ("QUI", b"AB"), ("", b""), ("/+8A", b"\xff\xef\0")] {
        let audio = speech.push(&delta(text)).expect("base64");
        assert_eq!(audio.as_deref(), Some(bytes), "{text}");
    }
    let none = read::<SpeechStreamEvent>(json!({"type": "speech.audio.pause"}));
    assert_eq!(speech.push(&none).expect("nothing to decode"), None);
    let error = speech.push(&delta("?")).expect_err("no base64");
    assert_eq!(error.kind(), ErrorKind::Decode);

    assert!(!speech.is_done());
    let done =
        json!({"type": "speech.audio.done", "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}});
    speech.push(&read(done)).expect("nothing to decode");
    assert_eq!(stored(&speech), speech);
    let speech = stored(&speech);
    assert_eq!(speech.usage().map(|usage| usage.total_tokens), Some(3));
    assert!(speech.is_done());
    assert_eq!(speech.audio(), b"ABAB\xff\xef\0");
    assert_eq!(&speech.into_audio()[..], b"ABAB\xff\xef\0");
}

fn drawn<E: ImageStreamEvent + DeserializeOwned>(events: impl IntoIterator<Item = Value>) -> ImageAccumulator {
    let mut image = ImageAccumulator::default();
    for event in events {
        image = stored(&image);
        image.push(&read::<E>(event)).expect("no error");
    }
    image
}

#[test]
fn images_and_their_previews() {
    for kind in ["image_generation", "image_edit"] {
        let partial = |index: i64, image: &str| json!({"type": format!("{kind}.partial_image"), "partial_image_index": index, "b64_json": image});
        let completed = |image: &str, tokens: i64| {
            json!({"type": format!("{kind}.completed"), "b64_json": image, "created_at": 7, "size": "1024x1024",
                "quality": "high", "background": "opaque", "output_format": "png", "new": "n",
                "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": tokens,
                    "input_tokens_details": {"text_tokens": 1, "image_tokens": 0}}})
        };
        let events = [
            partial(0, "QQ=="),
            partial(i64::MAX, "Qg=="),
            partial(0, "Qw=="),
            json!({"type": format!("{kind}.news")}),
            completed("QUJD", 3),
            completed("REVG", 4),
        ];
        let image = match kind {
            "image_edit" => drawn::<ImageEditStreamEvent>(events),
            _ => drawn::<ImageGenStreamEvent>(events),
        };
        let previews: Vec<_> = image.partial_images().iter().map(|image| (image.index, image.bytes())).collect();
        assert_eq!(previews.len(), 2);
        assert_eq!(image.partial_image(0).map(|image| image.b64_json.as_str()), Some("Qw=="));
        assert!(previews.iter().all(|(_, bytes)| bytes.is_ok()));
        assert_eq!(
            json!(image.images()),
            json!({"created": 7, "data": [{"b64_json": "QUJD"}, {"b64_json": "REVG"}], "background": "opaque",
                "output_format": "png", "size": "1024x1024", "quality": "high", "new": "n",
                "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 4,
                    "input_tokens_details": {"text_tokens": 1, "image_tokens": 0}}})
        );
    }
    let many = (0..2000)
        .map(|index| json!({"type": "image_edit.partial_image", "partial_image_index": index, "b64_json": "?"}));
    let mut image = ImageAccumulator::default();
    many.for_each(|event| image.push(&read::<ImageEditStreamEvent>(event)).expect("no error"));
    assert_eq!(image.partial_images().len(), 1024);
    assert_eq!(image.partial_images()[0].bytes().map_err(|error| error.kind()), Err(ErrorKind::Decode));
}

/// An error of a log says what it says over a connection, and what came before it stays.
#[test]
fn errors_that_are_pushed() {
    let flat = json!({"type": "error", "message": "m", "code": "c", "param": "p"});
    let nested = json!({"error": {"type": "t", "message": "m", "code": "c", "param": "p"}});
    for (event, kind) in [(flat, "error"), (nested, "t")] {
        let mut transcription = transcribed([json!({"type": "transcript.text.delta", "delta": "Hel"})]);
        let before = transcription.clone();
        let mut speech = SpeechAccumulator::default();
        let mut image = ImageAccumulator::default();
        for error in [
            transcription.push(&read(event.clone())).err(),
            speech.push(&read(event.clone())).err(),
            image.push(&read::<ImageGenStreamEvent>(event.clone())).err(),
            image.push(&read::<ImageEditStreamEvent>(event.clone())).err(),
        ] {
            let error = error.expect("an error");
            assert_eq!((error.kind(), error.message(), error.code()), (ErrorKind::Stream, "m", Some("c")));
            assert_eq!((error.param(), error.error_type()), (Some("p"), Some(kind)));
        }
        assert_eq!(transcription, before);
    }
    let quiet: SpeechStreamEvent = read(json!({"type": "speech.news", "error": null}));
    assert!(SpeechAccumulator::default().push(&quiet).is_ok_and(|audio| audio.is_none()));
}

/// `../shared` from the project's root, which is where the worktrees are too.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

/// The events of a recorded stream, and those that the official Python SDK makes of it.
fn recorded<T: Json + Default>(path: &Path) -> (Vec<T>, Option<Value>) {
    let mut decoder = Decoder::new();
    decoder.push(&fs::read(path).expect("the stream can be read"));
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event().expect("no event is too large") {
        if event.data != b"[DONE]" {
            events.push(json::from_slice(event.data).expect("every event can be read"));
        }
    }
    let python = fs::read(path.with_extension("python.json")).ok();
    // Read as the events are: serde_json alone is not exact in the last digit of a float.
    (events, python.map(|python| json::from_slice(&python).expect("JSON")))
}

/// Without nulls, by the rules of `shared/README.md`; the other rules are about chats.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        // 1 and 1.0 are the same number.
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        other => other,
    }
}

fn same_events<T: Serialize>(name: &str, events: &[T], python: Option<Value>) -> usize {
    let Some(python) = python else { return 0 };
    assert_eq!(plain(json!(events)), plain(python["events"].clone()), "{name}");
    1
}

#[test]
fn recorded_streams() {
    let Some(folder) = shared() else { return };
    let (mut count, mut compared) = (0, 0);
    for entry in fs::read_dir(&folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if name.starts_with("transcription-") && name.ends_with(".sse") {
            let (events, python) = recorded::<TranscriptionStreamEvent>(&path);
            compared += same_events(&name, &events, python);
            let mut transcription = StreamedTranscription::default();
            let mut before = String::new();
            for event in &events {
                before.clone_from(&transcription.text);
                transcription.push(event).expect("no error");
            }
            assert!(transcription.is_done && transcription.usage.is_some(), "{name}");
            assert_eq!(before, transcription.text, "{name}: the text is what its pieces came to");
            count += 1;
        }
        if name.starts_with("images-") && name.ends_with(".sse") {
            let (events, python) = recorded::<ImageGenStreamEvent>(&path);
            compared += same_events(&name, &events, python);
            let mut image = ImageAccumulator::default();
            events.iter().for_each(|event| image.push(event).expect("no error"));
            let images = image.images().unwrap_or_else(|| panic!("{name}: an image"));
            assert_eq!(images.data.iter().flatten().count(), 1, "{name}");
            assert!(images.usage.is_some() && images.size.is_none(), "{name}");
            assert_eq!(image.partial_images().len(), 1, "{name}");
            count += 1;
        }
    }
    eprintln!("{count} streams, {compared} compared");
    assert!(count >= 2 && compared >= 2, "{count} streams, {compared} compared");
}

async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

#[tokio::test]
async fn over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    let sound = || InputFile::from_bytes("RIFF").name("speech.wav");

    let mut events = client.audio().transcriptions().create(sound(), "gpt-4o-transcribe").stream_events().await?;
    assert!(events.request_id().is_some() && events.headers().contains_key("content-type"));
    let mut count = 0;
    while let Some(event) = events.next().await {
        event?;
        count += 1;
    }
    assert!(count > 0 && events.snapshot().is_done);
    let call = client.audio().transcriptions().create(sound(), "gpt-4o-transcribe");
    assert!(!call.stream_events().await?.final_transcription().await?.text.is_empty());

    let mut audio = client.audio().speech().create("Hello", "gpt-4o-mini-tts", "alloy").stream_audio().await?;
    let mut length = 0;
    while let Some(bytes) = audio.next().await {
        length += bytes?.len();
    }
    assert!(length > 0 && audio.snapshot().audio().len() == length && audio.snapshot().usage().is_some());
    let call = client.audio().speech().create("Hello", "gpt-4o-mini-tts", "alloy");
    assert!(call.stream_audio().await?.final_speech().await?.is_done());

    let mut events = client.images().generate("A lighthouse").partial_images(2).stream_events().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    assert_eq!(events.snapshot().partial_images().len(), 2);
    let images = client.images().edit(InputFile::from_bytes("PNG").name("a.png"), "Brighter").stream_events().await?;
    assert!(images.final_images().await?.usage.is_some());
    assert_eq!(mock.requests().len(), 6);
    Ok(())
}

/// Nothing tells which image is the last one, so that the stream ends with its body.
#[tokio::test]
async fn several_images_over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    for (done, last) in [(false, None), (true, None), (false, Some("")), (false, Some("error"))] {
        mock.on_request(move |request| {
            let kind = if request.operation()?.id() == "createImage" { "image_generation" } else { "image_edit" };
            let completed = |image: &str| json!({"type": format!("{kind}.completed"), "b64_json": image});
            let partial =
                json!({"type": format!("{kind}.partial_image"), "partial_image_index": 0, "b64_json": "QQ=="});
            let events = [completed("QUJD"), partial, completed("REVG")];
            let error = last.map(|kind| Event::typed(&json!({"type": kind, "message": "m"})));
            Some(Reply::events(events.iter().map(Event::typed).chain(error).chain(done.then(Event::done))))
        });
        let generated = client.images().generate("A lighthouse").n(2).stream_events().await?.final_images().await;
        let edited = client.images().edit(InputFile::from_bytes("PNG").name("a.png"), "Brighter");
        let edited = edited.n(2).stream_events().await?.final_images().await;
        for images in [generated, edited] {
            if last == Some("error") {
                assert_eq!(images.err().map(|error| error.kind()), Some(ErrorKind::Stream));
            } else {
                let images = images?.data.unwrap_or_default();
                let images: Vec<_> = images.iter().filter_map(|image| image.b64_json.as_deref()).collect();
                assert_eq!(images, ["QUJD", "REVG"]);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    mock.on_request(|request| {
        Some(Reply::events(match request.operation()?.id() {
            "createImage" => vec![Event::done()],
            "createSpeech" => vec![
                Event::typed(&json!({"type": "speech.audio.delta", "audio": "?"})),
                Event::typed(&json!({"type": "speech.audio.done"})),
            ],
            _ => vec![Event::typed(&json!({"type": "transcript.text.delta", "delta": "Hel"}))],
        }))
    });
    let images = client.images().generate("A lighthouse").stream_events().await?.final_images().await;
    assert_eq!(images.map(drop).map_err(|error| error.kind()), Err(ErrorKind::Truncated));

    let mut audio = client.audio().speech().create("Hello", "tts-1", "alloy").stream_audio().await?;
    let error = audio.next().await.and_then(Result::err).ok_or("no base64")?;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(audio.next().await.is_none());
    assert_eq!(audio.final_speech().await.err().map(|error| error.kind()), Some(ErrorKind::Truncated));

    let file = InputFile::from_bytes("RIFF").name("speech.wav");
    let mut events = client.audio().transcriptions().create(file, "gpt-4o-transcribe").stream_events().await?;
    assert!(events.next().await.is_some_and(|event| event.is_ok()));
    assert_eq!(events.next().await.and_then(Result::err).map(|error| error.kind()), Some(ErrorKind::Truncated));
    assert_eq!(events.snapshot().text, "Hel");
    events.close();
    assert!(events.next().await.is_none());
    Ok(())
}
