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

/// A form of text parts.
fn form(parts: &[(&str, &str)]) -> String {
    let part = |(name, text): &(&str, &str)| {
        format!("--BOUNDARY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--BOUNDARY--\r\n"
}

#[tokio::test]
async fn text_parts() {
    for (body, expected) in [
        (json!({}), vec![]),
        (json!({"a": null, "b": [], "c": {}, "d": [null], "e": {"f": null}}), vec![]),
        (json!({"a": true, "b": false}), vec![("a", "true"), ("b", "false")]),
        (
            json!({"a": 1, "b": -2.5, "c": 18446744073709551615_u64}),
            vec![("a", "1"), ("b", "-2.5"), ("c", "18446744073709551615")],
        ),
        (json!({"a": "", "b": " x\r\ny "}), vec![("a", ""), ("b", " x\r\ny ")]),
        (json!({"a": ["x", null, "y"]}), vec![("a[]", "x"), ("a[]", "y")]),
        (json!({"a": [[1, 2], [3]]}), vec![("a[][]", "1"), ("a[][]", "2"), ("a[][]", "3")]),
        (json!({"a": {"b": {"c": [true]}, "d": null}}), vec![("a[b][c][]", "true")]),
        (json!({"a": [{"b": 1, "c": [2]}, {"b": 3}]}), vec![("a[][b]", "1"), ("a[][c][]", "2"), ("a[][b]", "3")]),
        (json!({"a[]": ["x"]}), vec![("a[]", "x")]),
        (json!({"a": "é€\u{1F600}"}), vec![("a", "é€\u{1F600}")]),
        (json!({"é\"\r\n": {"x\"y": 1}}), vec![("é%22%0D%0A[x%22y]", "1")]),
        (json!({"a": "--BOUNDARY--"}), vec![("a", "--BOUNDARY--")]),
    ] {
        let (request, text) = send(&UPLOAD, |call| call.body(&body)).await;
        assert_eq!(text, form(&expected), "{body}");
        assert_eq!(request.length, Some(request.body.len() as u64));
        let kind = request.header("content-type").unwrap();
        assert!(kind.starts_with("multipart/form-data; boundary=") && kind.len() < 100, "{kind}");
    }
}

#[tokio::test]
async fn fields_over_text_parts() {
    let body = json!({"a": 1, "b": [1, 2], "c": {"d": 1}});
    let (_, text) = send(&UPLOAD, |call| {
        call.body(&body);
        call.with_body_field("a", Value::Null);
        call.with_body_field("b", json!([3]));
        call.with_body_field("e", json!({"f": true}));
    })
    .await;
    assert_eq!(text, form(&[("c[d]", "1"), ("b[]", "3"), ("e[f]", "true")]));
}

#[tokio::test]
async fn files_anywhere_in_the_body() {
    struct Deep;
    impl openai_runtime::json::Json for Deep {
        fn read(&mut self, _: &mut openai_runtime::json::Reader<'_>) -> Result<(), openai_runtime::json::ReadError> {
            Ok(())
        }
        fn write(&self, writer: &mut openai_runtime::json::Writer) {
            let file = |name: &str| InputFile::from_bytes(name.to_owned()).name(name);
            let inner = |name: &str| Map::from([("f".to_owned(), vec![file(name)])]);
            Map::from([("a".to_owned(), vec![inner("1.txt"), inner("2.json")])]).write(writer);
        }
    }
    let (_, text) = send(&UPLOAD, |call| call.body(&Deep)).await;
    let part = |name: &str, media: &str| {
        format!(
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"a[][f][]\"; filename=\"{name}\"\r\n\
             Content-Type: {media}\r\n\r\n{name}\r\n"
        )
    };
    let expected = [part("1.txt", "text/plain"), part("2.json", "application/json"), "--BOUNDARY--\r\n".into()];
    assert_eq!(text, expected.concat());
}

#[tokio::test]
async fn each_request_has_a_boundary_of_its_own() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..50 {
        let (request, _) = send(&UPLOAD, |call| call.body(&json!({"a": 1}))).await;
        assert!(seen.insert(request.header("content-type").unwrap().to_owned()));
    }
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
        (InputFile::from_bytes("x").name("a\"b\".csv"), "a%22b%22.csv", "text/csv"),
        (InputFile::from_bytes("x").name("a\r\nb"), "a%0D%0Ab", "application/octet-stream"),
        (InputFile::from_bytes("x").name("日本.jsonl"), "日本.jsonl", "application/jsonl"),
        (InputFile::from_bytes("x").name("no_extension"), "no_extension", "application/octet-stream"),
        (InputFile::from_bytes("x").name(".png"), ".png", "application/octet-stream"),
        (InputFile::from_bytes("x").name("a.unknown"), "a.unknown", "application/octet-stream"),
        (InputFile::from_bytes("x").name("a."), "a.", "application/octet-stream"),
        (InputFile::from_bytes("x").name("a.webm"), "a.webm", "video/webm"),
        (InputFile::from_bytes("x").name("a.M4A"), "a.M4A", "audio/mp4"),
        (InputFile::from_bytes("x").name("a;b=c.pdf"), "a;b=c.pdf", "application/pdf"),
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
