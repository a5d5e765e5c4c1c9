//! Multipart bodies, byte by byte.

use crate::support::{ENDPOINT, Reply, Request, client};
use openai_runtime::json::{Extra, Map, Value};
use openai_runtime::{BodyKind, Call, Endpoint, ErrorKind, InputFile, object};
use serde_json::json;

static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };
static EITHER: Endpoint = Endpoint { body: BodyKind::MultipartOrJson, ..ENDPOINT };
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
async fn a_form_only_if_there_is_a_file() {
    let mut upload = Upload { model: "m".into(), ..Upload::default() };
    let (request, text) = send(&EITHER, |call| {
        call.body(&upload);
        call.with_body_field("temperature", 1);
    })
    .await;
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({"model": "m", "image": [], "tags": [], "temperature": 1})
    );
    upload.file = Some(InputFile::from_bytes("P").name("p.png"));
    let (request, text) = send(&EITHER, |call| call.body(&upload)).await;
    assert!(request.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    assert!(text.contains("name=\"model\"\r\n\r\nm\r\n") && text.contains("filename=\"p.png\""), "{text}");
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

/// Strings that could be taken for a file if files were told by what a string says.
const LIKE_A_FILE: [&str; 6] = ["\0file:0", "\0file:1", "\0file:00", "\0\0file:0", "", "a.txt"];

/// The values of the text parts, and the number of files.
fn values_and_files(text: &str) -> (Vec<&str>, usize) {
    let (mut values, mut files) = (Vec::new(), 0);
    for part in text.split("--BOUNDARY").filter(|part| part.starts_with("\r\n")) {
        let (head, value) = part[2..].split_once("\r\n\r\n").unwrap();
        if head.contains("filename=") {
            files += 1;
        } else {
            values.push(value.strip_suffix("\r\n").unwrap());
        }
    }
    (values, files)
}

#[tokio::test]
async fn no_text_is_taken_for_a_file() {
    let deep = |text: &str| json!({"list": [text, [text], {"in": text}], "member": {"of": {"a": [text]}}});
    for text in LIKE_A_FILE {
        let mut extra = Extra::default();
        extra.insert("more", deep(text));
        for files in 0..3 {
            let upload = Upload {
                model: text.to_owned(),
                image: (0..files).map(|_| InputFile::from_bytes("").name(text)).collect(),
                file: (files > 1).then(|| InputFile::from_bytes(text)),
                tags: vec![text.to_owned(), "other".to_owned()],
                extra: extra.clone(),
                ..Upload::default()
            };
            let (_, body) = send(&UPLOAD, |call| {
                call.body(&upload);
                call.with_body_field("field", text);
                call.with_body_field("deep", deep(text));
            })
            .await;
            let (values, found) = values_and_files(&body);
            assert_eq!(found, files + usize::from(files > 1), "{text:?}: {body}");
            // The model, a tag, a field, and four in each of the deep ones.
            assert_eq!(values.iter().filter(|value| **value == text).count(), 3 + 4 + 4, "{text:?}: {body}");
        }
        let (client, server) = client([Reply::json(200, "{}")]);
        let call = client.request(http::Method::POST, "/new").form(&json!({"prompt": text, "deep": deep(text)}));
        call.file("file", ("b.txt", "content")).with_body_field("field", text).send().await.unwrap();
        let request = server.requests().remove(0);
        let boundary = request.header("content-type").unwrap().split("boundary=").nth(1).unwrap();
        let body = request.text().replace(boundary, "BOUNDARY");
        let (values, found) = values_and_files(&body);
        assert_eq!((found, values.iter().filter(|value| **value == text).count()), (1, 6), "{text:?}: {body}");
    }
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
async fn a_part_of_a_file_is_sent_by_itself() {
    let path = std::env::temp_dir().join(format!("openai-runtime-range-{}.bin", std::process::id()));
    std::fs::write(&path, "0123456789".repeat(60_000)).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    for (start, length, wanted) in [(0, 3, "012"), (599_997, 3, "789"), (7, 6, "789012"), (5, 0, "")] {
        let file = InputFile::from_path_range(&path, start, length);
        assert_eq!(file.file_name(), name);
        assert_eq!(uploaded(file).await, (wanted.to_owned(), true));
    }
    let (whole, _) = uploaded(InputFile::from_path_range(&path, 10, 500_000)).await;
    assert_eq!(whole, "0123456789".repeat(50_000));
    std::fs::remove_file(&path).unwrap();
}

/// The content of the one file that is sent, and whether its length was told.
async fn uploaded(file: impl Into<InputFile>) -> (String, bool) {
    let upload = Upload { file: Some(file.into()), ..Upload::default() };
    let (request, text) = send(&UPLOAD, |call| call.body(&upload)).await;
    let told = request.length.inspect(|length| assert_eq!(*length, request.body.len() as u64)).is_some();
    let content = text.split("octet-stream\r\n\r\n").nth(1).unwrap().split("\r\n--BOUNDARY").next().unwrap();
    (content.to_owned(), told)
}

#[tokio::test]
async fn open_files_are_sent_from_where_they_stand() {
    use std::io::{Read, Seek, SeekFrom};
    use tokio::io::{AsyncReadExt, AsyncSeekExt};
    let path = std::env::temp_dir().join(format!("openai-runtime-open-{}.bin", std::process::id()));
    let whole = "0123456789".repeat(60_000);
    std::fs::write(&path, &whole).unwrap();
    let open = || std::fs::File::open(&path).unwrap();
    assert_eq!(uploaded(open()).await, (whole.clone(), true));
    assert_eq!(uploaded(tokio::fs::File::from_std(open())).await, (whole.clone(), true));

    for at in [1, 5, 599_999, 600_000, 700_000] {
        let mut moved = open();
        moved.seek(SeekFrom::Start(at)).unwrap();
        let rest = whole.get(at as usize..).unwrap_or_default().to_owned();
        assert_eq!(uploaded(moved).await, (rest.clone(), true), "from {at}");
        let mut moved = tokio::fs::File::open(&path).await.unwrap();
        moved.seek(SeekFrom::Start(at)).await.unwrap();
        assert_eq!(uploaded(moved).await, (rest, true), "from {at}");
    }
    // A file of tokio's has read more than was asked of it.
    let mut read = tokio::fs::File::open(&path).await.unwrap();
    read.read_exact(&mut [0; 7]).await.unwrap();
    assert_eq!(uploaded(read).await, (whole[7..].to_owned(), true));
    // One that was begun and left.
    let mut begun = tokio::fs::File::open(&path).await.unwrap();
    begun.start_seek_to(3);
    assert_eq!(uploaded(begun).await, (whole[3..].to_owned(), true));
    let mut read = open();
    read.read_exact(&mut [0; 9]).unwrap();
    assert_eq!(uploaded(read).await, (whole[9..].to_owned(), true));
    std::fs::remove_file(&path).unwrap();
}

trait Begin {
    fn start_seek_to(&mut self, at: u64);
}

impl Begin for tokio::fs::File {
    fn start_seek_to(&mut self, at: u64) {
        let at = std::io::SeekFrom::Start(at);
        tokio::io::AsyncSeek::start_seek(std::pin::Pin::new(self), at).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_has_no_length_has_none() {
    use std::io::Write;
    use std::os::fd::OwnedFd;
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"through a pipe").unwrap();
    drop(writer);
    assert_eq!(uploaded(std::fs::File::from(OwnedFd::from(reader))).await, ("through a pipe".to_owned(), false));
    assert_eq!(uploaded(std::fs::File::open("/dev/null").unwrap()).await, (String::new(), false));
    let (status, told) = uploaded(std::fs::File::open("/proc/self/status").unwrap()).await;
    assert!(status.contains("VmHWM") && !told);
    let folder = std::fs::File::open("/tmp").unwrap();
    let (client, _) = client([]);
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&Upload { file: Some(InputFile::from(folder).name("tmp")), ..Upload::default() });
    let error = call.send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (openai_runtime::ErrorKind::Io, 0));
    assert!(error.message().starts_with("the file tmp can't be read: "), "{error}");
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent() {
    use openai_runtime::transport::{Body, BoxFuture, Transport, TransportError};
    use std::sync::{Arc, Mutex};
    /// Changes the file's length once the request is there, then reads the request.
    struct Changing(std::path::PathBuf, u64, Mutex<usize>);
    struct Shared(Arc<Changing>);
    impl Transport for Shared {
        fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
            let changing = self.0.clone();
            let file = std::fs::OpenOptions::new().write(true).open(&changing.0).unwrap();
            file.set_len(changing.1).unwrap();
            Box::pin(async move {
                let mut body = request.into_body();
                let next = |context: &mut std::task::Context<'_>| {
                    futures_core::Stream::poll_next(std::pin::Pin::new(&mut body), context)
                };
                let mut next = next;
                while let Some(chunk) = std::future::poll_fn(&mut next).await {
                    let chunk = chunk.map_err(TransportError::connection)?;
                    *changing.2.lock().unwrap() += chunk.len();
                }
                Ok(http::Response::new(Body::from("{}")))
            })
        }
    }
    let path = std::env::temp_dir().join(format!("openai-runtime-changing-{}.bin", std::process::id()));
    for (length, fits) in [(900_000, true), (100_000, false)] {
        std::fs::write(&path, vec![b'x'; 600_000]).unwrap();
        for file in [InputFile::from_path(&path), std::fs::File::open(&path).unwrap().into()] {
            let changing = Arc::new(Changing(path.clone(), length, Mutex::new(0)));
            let builder = openai_runtime::Client::builder().api_key("k").max_retries(0);
            let client = builder.transport(Arc::new(Shared(changing.clone()))).build().unwrap();
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(600_000).unwrap();
            let mut call = Call::new(&client, &UPLOAD);
            call.body(&Upload { file: Some(file), ..Upload::default() });
            match call.send_unit().await {
                Ok(()) => assert!(fits && (600_000..601_000).contains(&*changing.2.lock().unwrap())),
                Err(error) => {
                    assert!(!fits && error.kind() == openai_runtime::ErrorKind::Io, "{error:?}");
                    assert!(error.message().contains("became shorter"), "{error}");
                }
            }
        }
    }
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

#[tokio::test]
async fn forms_of_undocumented_endpoints() {
    let (client, server) = client([Reply::json(200, r#"{"a":1}"#), Reply::json(200, "{}")]);
    let call = || client.request(http::Method::POST, "/new");
    let form = call()
        .form(&serde_json::json!({"purpose": "x", "deep": {"list": [true, null]}}))
        .file("file", ("a.txt", "one"))
        .file("image[]", ("b.png", "two"))
        .with_body_field("purpose", "y");
    let answer = form.send().await.unwrap();
    assert_eq!(answer.deserialize::<std::collections::BTreeMap<String, u8>>().unwrap()["a"], 1);
    assert_eq!(answer.deserialize::<Vec<u8>>().unwrap_err().kind(), ErrorKind::Decode);
    let request = server.requests().remove(0);
    let boundary = request.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = concat!(
        "--B\r\nContent-Disposition: form-data; name=\"deep[list][]\"\r\n\r\ntrue\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"b.png\"\r\nContent-Type: image/png\r\n\r\ntwo\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ny\r\n",
        "--B--\r\n",
    );
    assert_eq!(request.text().replace(boundary, "B"), expected);
    call().file("file", b"only a file".to_vec()).send().await.unwrap();
    for wrong in [
        call().json(&1).form(&serde_json::json!({})),
        call().form(&serde_json::json!({})).json(&1),
        call().json(&1).file("file", vec![1]),
        call().form(&serde_json::json!([1])),
    ] {
        let error = wrong.send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    }
    assert_eq!(server.requests().len(), 2);
}
