//! Parts of messages: the JSON they make, media types by content and by name, and what is refused.
#![cfg(all(feature = "chat", feature = "responses"))]

use std::error::Error as _;
use std::fs;
use std::path::PathBuf;

use openai_ext::prelude::*;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";
const WAV: &[u8] = b"RIFF\x04\0\0\0WAVErest";

#[test]
fn messages_of_each_role() {
    let messages = [
        Message::developer("a"),
        Message::system(String::from("b")),
        Message::user("c"),
        Message::assistant("d"),
        Message::tool(ToolCallId::new("call_1"), "e"),
    ];
    let expected = json!([
        {"role": "developer", "content": "a"},
        {"role": "system", "content": "b"},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "d"},
        {"role": "tool", "tool_call_id": "call_1", "content": "e"},
    ]);
    assert_eq!(json!(messages), expected);
}

#[test]
fn input_items_of_each_role() {
    let items = [InputItem::developer("a"), InputItem::system("b"), InputItem::user("c"), InputItem::assistant("d")];
    let expected = json!([
        {"type": "message", "role": "developer", "content": "a"},
        {"type": "message", "role": "system", "content": "b"},
        {"type": "message", "role": "user", "content": "c"},
        {"type": "message", "role": "assistant", "content": "d"},
    ]);
    assert_eq!(json!(items), expected);
}

#[test]
fn chat_parts_as_the_api_takes_them() -> Result<(), openai_ext::MediaError> {
    let message = Message::user(vec![
        ContentPart::text("Look:"),
        ContentPart::image_from_url("https://example.com/a.png"),
        ContentPart::image_from_bytes(PNG)?,
        ContentPart::audio_from_bytes(WAV)?,
        ContentPart::file_from_bytes("a.pdf", b"%PDF-1.7")?,
        ContentPart::file_from_id("file_1"),
    ]);
    let expected = json!({"role": "user", "content": [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgpyZXN0"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRgQAAABXQVZFcmVzdA==", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}},
        {"type": "file", "file": {"file_id": "file_1"}},
    ]});
    assert_eq!(json!(message), expected);
    Ok(())
}

#[test]
fn response_parts_as_the_api_takes_them() -> Result<(), openai_ext::MediaError> {
    let message = InputItem::user(vec![
        InputContent::input_text("Look:"),
        InputContent::image_from_url("https://example.com/a.png"),
        InputContent::image_from_id("file_1"),
        InputContent::image_from_bytes(PNG)?,
        InputContent::file_from_url("https://example.com/a.pdf"),
        InputContent::file_from_id("file_2"),
        InputContent::file_from_bytes("a.pdf", b"%PDF-1.7")?,
    ]);
    let expected = json!({"type": "message", "role": "user", "content": [
        {"type": "input_text", "text": "Look:"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
        {"type": "input_image", "file_id": "file_1", "detail": "auto"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgpyZXN0", "detail": "auto"},
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        {"type": "input_file", "file_id": "file_2"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="},
    ]});
    assert_eq!(json!(message), expected);
    Ok(())
}

#[test]
fn media_types_by_content_then_by_name() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Folder::new("types")?;
    // The content wins over a name that lies; the name tells what the content doesn't.
    for (name, bytes, expected) in [
        ("a.png", PNG, "data:image/png;"),
        ("a.jpeg", PNG, "data:image/png;"),
        ("a", b"\xff\xd8\xff\xe0JFIF".as_slice(), "data:image/jpeg;"),
        ("a.GIF", b"GIF89a", "data:image/gif;"),
        ("a.webp", b"RIFF\x04\0\0\0WEBP", "data:image/webp;"),
        ("a.JPG", b"\x01\x02", "data:image/jpeg;"),
        ("a.svg", b"<svg/>", "data:image/svg+xml;"),
    ] {
        let part = json!(ContentPart::image_from_path(folder.with(name, bytes)?)?);
        assert!(text(&part["image_url"]["url"]).starts_with(expected), "{name}: {part}");
        let part = json!(InputContent::image_from_path(folder.with(name, bytes)?)?);
        assert!(text(&part["image_url"]).starts_with(expected), "{name}: {part}");
    }
    for (name, bytes, expected) in [
        ("a.wav", WAV, "wav"),
        ("a", WAV, "wav"),
        ("a.mp3", b"ID3\x04".as_slice(), "mp3"),
        ("a", b"\xff\xfb\x90\x64", "mp3"),
        ("a.mp3", b"\0\0", "mp3"),
    ] {
        let part = json!(ContentPart::audio_from_path(folder.with(name, bytes)?)?);
        assert_eq!(part["input_audio"]["format"], expected, "{name}");
    }
    for (name, bytes, expected) in [
        ("a.pdf", b"%PDF-1.7".as_slice(), "data:application/pdf;"),
        ("a.md", b"# A", "data:text/markdown;"),
        ("a.csv", b"", "data:text/csv;"),
        ("a.docx", b"PK\x03\x04", "data:application/vnd.openxmlformats-officedocument.wordprocessingml.document;"),
        ("Makefile", b"all:\n", "data:text/plain;"),
        ("notes.made-up", "Grüße".as_bytes(), "data:text/plain;"),
    ] {
        let part = json!(ContentPart::file_from_path(folder.with(name, bytes)?)?);
        assert!(text(&part["file"]["file_data"]).starts_with(expected), "{name}: {part}");
        assert_eq!(part["file"]["filename"], name);
        let part = json!(InputContent::file_from_path(folder.with(name, bytes)?)?);
        assert!(text(&part["file_data"]).starts_with(expected), "{name}: {part}");
        assert_eq!(part["filename"], name);
    }
    Ok(())
}

#[test]
fn what_is_refused_names_the_path() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Folder::new("refused")?;
    let missing = folder.0.join("missing.png");
    let error = ContentPart::image_from_path(&missing).expect_err("there is no such file");
    assert_eq!(error.path(), Some(missing.as_path()));
    assert_eq!(error.io_error().map(std::io::Error::kind), Some(std::io::ErrorKind::NotFound));
    assert!(error.to_string().contains(&*missing.to_string_lossy()), "{error}");
    assert!(error.source().is_some());

    let error = InputContent::file_from_path(&folder.0).expect_err("it is a folder");
    assert_eq!(error.path(), Some(folder.0.as_path()));

    for (name, bytes) in [("a.txt", b"no image".as_slice()), ("a.wav", WAV), ("a.png", b"")] {
        let path = folder.with(name, bytes)?;
        let error = InputContent::image_from_path(&path).expect_err(name);
        let expected = format!("the file {} is not an image of a known type: PNG, JPEG, GIF or WebP", path.display());
        assert_eq!(error.to_string(), expected);
        assert!(error.io_error().is_none());
    }
    for (name, bytes) in [("a.ogg", b"OggS".as_slice()), ("a.png", PNG), ("a.aac", b"\xff\xf1\x50"), ("a.mp3", b"")] {
        let path = folder.with(name, bytes)?;
        let error = ContentPart::audio_from_path(&path).expect_err(name);
        assert!(error.to_string().ends_with("is not WAV or MP3, which is what the API takes"), "{error}");
    }
    let path = folder.with("a.bin", b"\0\x01\xff")?;
    let error = ContentPart::file_from_path(&path).expect_err("its type is unknown");
    assert_eq!(error.path(), Some(path.as_path()));

    let error = ContentPart::image_from_bytes(b"no image").expect_err("it is no image");
    assert_eq!(error.to_string(), "the bytes are not an image of a known type: PNG, JPEG, GIF or WebP");
    let error = ContentPart::file_from_bytes("a.bin", b"\0\xff").expect_err("its type is unknown");
    assert!(error.to_string().starts_with("the file a.bin is not of a known type"), "{error}");
    Ok(())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A folder of its own for each test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("openai-ext-{}-{name}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn with(&self, name: &str, bytes: &[u8]) -> std::io::Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
