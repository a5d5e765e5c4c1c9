//! Multipart bodies, byte by byte.
#![allow(missing_docs)]

mod support;

use openai_runtime::json::{Extra, Map, Value};
use openai_runtime::{BodyKind, Call, Endpoint, InputFile, object};
use serde_json::json;
use support::{ENDPOINT, Reply, Request, client};

static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };
static OFFER: Endpoint = Endpoint { body: BodyKind::Sdp, ..ENDPOINT };

#[derive(Clone, Default)]
pub struct Upload {
    pub model: String,
    pub image: Vec<InputFile>,
    pub file: Option<InputFile>,
    pub options: Option<Map<bool>>,
    pub tags: Vec<String>,
    pub temperature: Option<f64>,
    pub extra: Extra,
}
object!(
    Upload,
    [F("model", R), F("image", O), F("file", O), F("options", O), F("tags", O), F("temperature", O)],
    [model, image, file, options, tags, temperature]
);

async fn send(endpoint: &'static Endpoint, change: impl FnOnce(&mut Call)) -> (Request, String) {
    let (client, server) = client([Reply::json(200, "{}")]);
    let mut call = Call::new(&client, endpoint);
    change(&mut call);
    call.send_unit().await.unwrap();
    let request = server.requests().remove(0);
    // The boundary is another one each time.
    let boundary = request.header("content-type").unwrap().split("boundary=").nth(1).unwrap_or("none").to_owned();
    let text = String::from_utf8(request.body.clone()).unwrap().replace(&boundary, "BOUNDARY");
    (request, text)
}

#[tokio::test]
async fn parts() {
    let path = std::env::temp_dir().join(format!("openai-runtime-{}.jsonl", std::process::id()));
    std::fs::write(&path, "{}\n").unwrap();
    let upload = Upload {
        model: "m".into(),
        image: vec![InputFile::from_bytes("P").name("a\"b\r\n.PNG"), InputFile::from_bytes("Q")],
        file: Some(InputFile::from_path(&path)),
        options: Some([("x".to_owned(), true), ("y".to_owned(), false)].into()),
        tags: vec!["a".into(), "é".into()],
        temperature: Some(0.5),
        extra: Extra::default(),
    };
    let (request, text) = send(&UPLOAD, |call| {
        call.body(&upload);
        call.with_body_field("stream", true);
        call.with_body_field("none", Value::Null);
        call.with_body_field("temperature", 1);
    })
    .await;
    let name = path.file_name().unwrap().to_str().unwrap();
    let expected = format!(
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"a%22b%0D%0A.PNG\"\r\n\
         Content-Type: image/png\r\n\r\nP\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"upload\"\r\n\
         Content-Type: application/octet-stream\r\n\r\nQ\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/jsonl\r\n\r\n{{}}\n\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"options[x]\"\r\n\r\ntrue\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"options[y]\"\r\n\r\nfalse\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"tags[]\"\r\n\r\na\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"tags[]\"\r\n\r\né\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"temperature\"\r\n\r\n1\r\n\
         --BOUNDARY--\r\n"
    );
    assert_eq!(text, expected);
    assert_eq!(request.length, Some(request.body.len() as u64));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn names_and_types() {
    for (file, name, media) in [
        (InputFile::from_bytes("x").name("a.mp3"), "a.mp3", "audio/mpeg"),
        (InputFile::from_bytes("x").name("a.mp3").content_type("x/y"), "a.mp3", "x/y"),
        (InputFile::from_bytes("x").name("a.mp3").content_type("x/y\r\nbad: 1"), "a.mp3", "audio/mpeg"),
        (InputFile::from_bytes("x").name(""), "upload", "application/octet-stream"),
        (InputFile::from_reader(&b"x"[..]).name("b.wav"), "b.wav", "audio/wav"),
        (("c.pdf", "x").into(), "c.pdf", "application/pdf"),
        (vec![b'x'].into(), "upload", "application/octet-stream"),
        (InputFile::from_bytes("x").name("archive.tar.gz"), "archive.tar.gz", "application/gzip"),
        (InputFile::from_bytes("x").name("Ünï.TXT"), "Ünï.TXT", "text/plain"),
    ] {
        let (request, text) = send(&UPLOAD, |call| call.body(&Upload { file: Some(file), ..Upload::default() })).await;
        let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media}\r\n\r\nx\r\n");
        assert!(text.contains(&head), "{text}");
        assert_eq!(request.length.is_none(), name == "b.wav");
    }
}

#[tokio::test]
async fn a_large_file_comes_in_chunks() {
    let path = std::env::temp_dir().join(format!("openai-runtime-large-{}.bin", std::process::id()));
    std::fs::write(&path, "0123456789".repeat(100_000)).unwrap();
    let upload = Upload { file: Some(InputFile::from_path(&path)), ..Upload::default() };
    let (request, text) = send(&UPLOAD, |call| call.body(&upload)).await;
    assert!(text.contains(&"0123456789".repeat(100_000)));
    assert_eq!(request.length, Some(request.body.len() as u64));
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn offers_of_a_session() {
    let (request, text) = send(&OFFER, |call| call.body(&json!({"sdp": "v=0\r\n"}))).await;
    assert_eq!((request.header("content-type"), &*text), (Some("application/sdp"), "v=0\r\n"));
    let (_, text) = send(&OFFER, |call| call.body(&json!({"sdp": "v=0\r\n", "session": {"type": "realtime"}}))).await;
    assert_eq!(
        text,
        "--BOUNDARY\r\nContent-Disposition: form-data; name=\"sdp\"\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n\
         --BOUNDARY\r\nContent-Disposition: form-data; name=\"session\"\r\nContent-Type: application/json\r\n\r\n\
         {\"type\":\"realtime\"}\r\n--BOUNDARY--\r\n"
    );
}

#[test]
fn a_file_where_only_text_can_be() {
    use openai_runtime::json::{from_slice, to_vec};
    assert_eq!(to_vec(&InputFile::from_bytes("text")), b"\"text\"");
    assert_eq!(to_vec(&InputFile::from_bytes(&b"\xff"[..]).name("a.png")), b"\"a.png\"");
    assert_eq!(to_vec(&from_slice::<InputFile>(b"\"x\"").unwrap()), b"\"x\"");
    let printed = format!("{:?}", InputFile::from_bytes("secret content").name("n"));
    assert!(!printed.contains("secret"), "{printed}");
}
