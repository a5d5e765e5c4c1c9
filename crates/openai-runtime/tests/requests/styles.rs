//! The forms that OpenAPI gives parameters and bodies, byte by byte.

use crate::support::{ENDPOINT, Reply, Request, builder, client, server};
use openai_runtime::json::{Extra, Value};
use openai_runtime::{
    BodyKind, Call, Done, Endpoint, ErrorKind, InputFile, Security, ServerUrl, StreamSwitch, Style, StyleRule, Styles,
    object,
};
use serde_json::json;

/// A parameter `p` in a style, as an endpoint that lives as long as the test.
fn endpoint(style: Style, base: Endpoint) -> &'static Endpoint {
    let list: &'static [(&'static str, Style)] = Box::leak(Box::new([("p", style)]));
    let styles: &'static Styles = Box::leak(Box::new(Styles { parameters: list, fields: list }));
    Box::leak(Box::new(Endpoint { styles: Some(styles), ..base }))
}

const fn whole(style: Style) -> Style {
    Style { explode: true, ..style }
}

const fn reserved(style: Style) -> Style {
    Style { reserved: true, ..style }
}

const JOINED: Style = Style { explode: false, ..Style::FORM };
const GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };

async fn sent(endpoint: &'static Endpoint, change: impl FnOnce(&mut Call)) -> Request {
    let (client, server) = client([Reply::json(200, "{}")]);
    let mut call = Call::new(&client, endpoint);
    change(&mut call);
    call.send_unit().await.unwrap();
    server.requests().remove(0)
}

#[tokio::test]
async fn queries() {
    let list = || json!(["a b", "c,d|e", null, 1]);
    let object = || json!({"g": "x=y", "n": null, "r": 100});
    for (style, value, expected) in [
        (Style::FORM, list(), "p=a%20b&p=c%2Cd%7Ce&p=1"),
        (Style::FORM, object(), "g=x%3Dy&r=100"),
        (
            Style::FORM,
            json!({"page": 0, "sort": ["a", "b"], "x": {"y": 1}}),
            "page=0&sort=a&sort=b&x=%7B%22y%22%3A1%7D",
        ),
        (Style::FORM, json!("é+"), "p=%C3%A9%2B"),
        (Style::FORM, json!(""), "p="),
        (Style::FORM, json!([]), ""),
        (Style::FORM, json!(null), ""),
        (Style::FORM, json!([{"a": 1}]), "p=%7B%22a%22%3A1%7D"),
        (JOINED, list(), "p=a%20b,c%2Cd%7Ce,1"),
        (JOINED, object(), "p=g,x%3Dy,r,100"),
        (JOINED, json!([]), ""),
        (JOINED, json!([""]), "p="),
        (Style::SPACE, list(), "p=a%20b%20c%2Cd%7Ce%201"),
        (Style::PIPE, list(), "p=a%20b%7Cc%2Cd%7Ce%7C1"),
        (Style::PIPE, object(), "p=g%7Cx%3Dy%7Cr%7C100"),
        (whole(Style::PIPE), list(), "p=a%20b&p=c%2Cd%7Ce&p=1"),
        (Style::DEEP, object(), "p%5Bg%5D=x%3Dy&p%5Br%5D=100"),
        (Style::DEEP, json!({"a": {"b": 1}, "c": [2, 3]}), "p%5Ba%5D%5Bb%5D=1&p%5Bc%5D%5B%5D=2&p%5Bc%5D%5B%5D=3"),
        (Style::DEEP, json!("a"), "p=a"),
        (Style::media("application/json"), json!({"a": [1]}), "p=%7B%22a%22%3A%5B1%5D%7D"),
        (Style::media("application/json"), json!("a"), "p=%22a%22"),
        (reserved(Style::FORM), json!("a/b?c:d@e&f#g[h]+i%2"), "p=a/b?c:d@e%26f%23g%5Bh%5D%2Bi%252"),
        (reserved(JOINED), json!(["a/b", "c"]), "p=a/b,c"),
    ] {
        let request = sent(endpoint(style, GET), |call| call.query("p", &value)).await;
        let query = request.uri.split_once('?').map_or("", |(_, query)| query);
        assert_eq!(query, expected, "{style:?} {value}");
    }
}

/// A value that is set by name takes the place of the operation's own, in the same form.
#[tokio::test]
async fn queries_set_by_name() {
    for style in [Style::FORM, JOINED, Style::DEEP] {
        let request = sent(endpoint(style, GET), |call| {
            call.query("p", &json!(["a", "b"]));
            call.with_query("p", json!(["c", "d"]));
            call.with_query("other", json!(["x", "y"]));
        });
        let query = request.await.uri;
        let own = match style {
            Style::FORM => "p=c&p=d",
            Style::DEEP => "p%5B%5D=c&p%5B%5D=d",
            _ => "p=c,d",
        };
        assert!(query.ends_with(&format!("?{own}&other=x&other=y")), "{query}");
    }
}

#[tokio::test]
async fn paths() {
    let list = || json!(["a", "b/c,d"]);
    let object = || json!({"g": "x", "r": 100});
    for (style, value, expected) in [
        (Style::SIMPLE, list(), Some("a,b%2Fc%2Cd")),
        (Style::SIMPLE, object(), Some("g,x,r,100")),
        (whole(Style::SIMPLE), object(), Some("g=x,r=100")),
        (Style::LABEL, list(), Some(".a,b%2Fc%2Cd")),
        (whole(Style::LABEL), list(), Some(".a.b%2Fc%2Cd")),
        (Style::LABEL, object(), Some(".g,x,r,100")),
        (whole(Style::LABEL), object(), Some(".g=x.r=100")),
        (Style::MATRIX, list(), Some(";p=a,b%2Fc%2Cd")),
        (whole(Style::MATRIX), list(), Some(";p=a;p=b%2Fc%2Cd")),
        (Style::MATRIX, object(), Some(";p=g,x,r,100")),
        (whole(Style::MATRIX), object(), Some(";g=x;r=100")),
        (Style::MATRIX, json!(5), Some(";p=5")),
        (Style::MATRIX, json!(""), Some(";p")),
        (Style::media("application/json"), json!({"a": 1}), Some("%7B%22a%22%3A1%7D")),
        (Style::SIMPLE, json!([]), None),
        (Style::SIMPLE, json!(""), None),
        (Style::SIMPLE, json!([".."]), None),
        (Style::LABEL, json!("."), None),
        (Style::LABEL, json!([]), None),
        (whole(Style::MATRIX), json!([]), None),
    ] {
        let endpoint = endpoint(style, Endpoint { path: "/a/{p}/z", ..GET });
        let (client, server) = client([Reply::json(200, "{}")]);
        let mut call = Call::new(&client, endpoint);
        call.path_value("p", &value);
        let sent = call.send_unit().await;
        match expected {
            Some(text) => {
                sent.unwrap();
                assert_eq!(server.requests()[0].uri, format!("https://api.openai.com/v1/a/{text}/z"), "{style:?}");
            }
            None => assert_eq!(sent.unwrap_err().kind(), ErrorKind::InvalidRequest, "{style:?} {value}"),
        }
    }
    // A text has the style of its parameter, too.
    let endpoint = endpoint(Style::LABEL, Endpoint { path: "/a{p}", ..GET });
    let (client, server) = client([Reply::json(200, "{}")]);
    Call::new(&client, endpoint).path("p", "x").send_unit().await.unwrap();
    assert_eq!(server.requests()[0].uri, "https://api.openai.com/v1/a.x");
}

#[tokio::test]
async fn headers_and_cookies() {
    for (style, value, expected) in [
        (Style::SIMPLE, json!(["a", "b"]), "a,b"),
        (Style::SIMPLE, json!({"g": "x", "n": null, "r": 1}), "g,x,r,1"),
        (whole(Style::SIMPLE), json!({"g": "x", "r": 1}), "g=x,r=1"),
        (Style::media("application/json"), json!({"r": 1}), "{\"r\":1}"),
    ] {
        let request = sent(endpoint(style, GET), |call| call.header("p", &value)).await;
        assert_eq!(request.header("p"), Some(expected), "{style:?}");
    }
    let request = sent(endpoint(Style::FORM, GET), |call| {
        call.cookie("p", &"a b".to_owned());
        call.cookie("none", &None::<String>);
        call.cookie("q", &json!(["x", "y"]));
    });
    assert_eq!(request.await.header("cookie"), Some("p=a%20b; q=x; q=y"));
}

#[derive(Clone, Default)]
pub struct Fields {
    pub p: Option<Value>,
    pub q: Option<Value>,
    pub files: Vec<InputFile>,
    pub extra: Extra,
}
object!(Fields, [F("p", O), F("q", O), F("files", O)], [p, q, files]);

#[tokio::test]
async fn forms() {
    let body = |p: Value| Fields { p: Some(p), q: Some(json!("1&2")), ..Fields::default() };
    for (style, value, expected) in [
        (Style::FORM, json!(["a", "b"]), "p=a&p=b&q=1%262"),
        (JOINED, json!(["a", "b"]), "p=a,b&q=1%262"),
        (Style::FORM, json!({"r": 1}), "r=1&q=1%262"),
        (Style::DEEP, json!({"r": [1]}), "p%5Br%5D%5B%5D=1&q=1%262"),
        (Style::media("application/json"), json!(["a"]), "p=%5B%22a%22%5D&q=1%262"),
    ] {
        let request = sent(endpoint(style, Endpoint { body: BodyKind::Form, ..ENDPOINT }), |call| {
            call.body(&body(value));
            call.with_body_field("files", Value::Null);
        });
        assert_eq!(request.await.text(), expected, "{style:?}");
    }
    static PLAIN: Endpoint = Endpoint { body: BodyKind::Form, styles: Some(&Styles::OPENAPI), ..ENDPOINT };
    let request = sent(&PLAIN, |call| call.body(&body(json!({"r": [1]})))).await;
    assert_eq!(request.text(), "p=%7B%22r%22%3A%5B1%5D%7D&q=1%262");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn parts() {
    let file = || InputFile::from_bytes("P").name("p.png");
    let parts = |style: Option<Style>, p: Value| async move {
        let base = Endpoint { body: BodyKind::Multipart, styles: Some(&Styles::OPENAPI), ..ENDPOINT };
        let endpoint: &'static Endpoint = match style {
            Some(style) => endpoint(style, base),
            None => Box::leak(Box::new(base)),
        };
        let body = Fields { p: Some(p), files: vec![file(), file()], ..Fields::default() };
        let request = sent(endpoint, |call| call.body(&body)).await;
        let media = request.header("content-type").unwrap().to_owned();
        let boundary = media.split_once("boundary=").unwrap().1.to_owned();
        let text = String::from_utf8(request.body).unwrap();
        let boundary = format!("--{boundary}");
        let parts = text.split(&boundary).filter(|part| part.contains("form-data"));
        let parts = parts.map(|part| part.trim().replace("Content-Disposition: form-data; ", ""));
        parts.map(|part| part.replace("\r\n", "|")).collect::<Vec<_>>()
    };
    let files = "name=\"files\"; filename=\"p.png\"|Content-Type: image/png||P";
    assert_eq!(parts(None, json!(["a", 1])).await, ["name=\"p\"||a", "name=\"p\"||1", files, files]);
    let json_part = |text: &str| format!("name=\"p\"|Content-Type: application/json||{text}");
    assert_eq!(parts(None, json!({"r": [1]})).await[0], json_part("{\"r\":[1]}"));
    assert_eq!(parts(None, json!([{"r": 1}])).await[0], json_part("{\"r\":1}"));
    let json = Style::media("application/json");
    assert_eq!(parts(Some(json), json!("a")).await[0], json_part("\"a\""));
    let csv = Style { rule: StyleRule::Media("text/csv"), ..json };
    assert_eq!(parts(Some(csv), json!("a,b")).await[0], "name=\"p\"|Content-Type: text/csv||a,b");
    assert_eq!(parts(Some(Style::DEEP), json!({"r": 1})).await[0], "name=\"p[r]\"||1");
}

#[tokio::test]
async fn bodies_that_are_no_objects() {
    static PATCH: Endpoint = Endpoint { body: BodyKind::JsonOf("application/json-patch+json"), ..ENDPOINT };
    static TEXT: Endpoint = Endpoint { body: BodyKind::Text("text/csv"), ..ENDPOINT };
    static BYTES: Endpoint = Endpoint { body: BodyKind::Bytes("application/octet-stream"), ..ENDPOINT };
    static IMAGE: Endpoint = Endpoint { body: BodyKind::Bytes("image/*"), ..ENDPOINT };
    let patch = sent(&PATCH, |call| call.body(&json!([{"op": "remove", "path": "/a"}]))).await;
    assert_eq!(patch.header("content-type"), Some("application/json-patch+json"));
    assert_eq!(patch.text(), r#"[{"op":"remove","path":"/a"}]"#);
    let text = sent(&TEXT, |call| call.body(&"a,\"b\"\n".to_owned())).await;
    assert_eq!((text.header("content-type"), text.text()), (Some("text/csv"), "a,\"b\"\n"));
    let file = InputFile::from_bytes(vec![0_u8, 255]).name("p.png");
    let bytes = sent(&BYTES, |call| call.body(&file)).await;
    assert_eq!(bytes.header("content-type"), Some("application/octet-stream"));
    assert_eq!((bytes.body, bytes.length), (vec![0, 255], Some(2)));
    assert_eq!(sent(&IMAGE, |call| call.body(&file)).await.header("content-type"), Some("image/png"));

    let (client, _) = client([]);
    let mut call = Call::new(&client, &TEXT);
    call.body(&"a".to_owned());
    call.with_body_field("x", 1);
    let error = call.send_unit().await.unwrap_err();
    assert_eq!(error.message(), "the field `x` can't be set: the body of this operation is no object");
}

/// An operation with a server of its own is sent there. Another origin gets nothing that the client has for its own.
#[tokio::test]
async fn servers_of_operations() {
    let at = |url: &'static str, is_trusted| -> &'static Endpoint {
        let headers = &[("x-beta", "1")];
        Box::leak(Box::new(Endpoint { server: Some(ServerUrl { url, is_trusted }), headers, ..GET }))
    };
    for (url, is_trusted, expected, sees) in [
        ("https://files.example.com/v2", false, "https://files.example.com/v2/things?own=1", false),
        ("https://files.example.com/v2/", true, "https://files.example.com/v2/things?key=k&own=1", true),
        ("https://api.example.com:443/v3", false, "https://api.example.com/v3/things?key=k&own=1", true),
        ("http://api.example.com/v3", false, "http://api.example.com/v3/things?own=1", false),
        ("/v4", false, "https://api.example.com/v4/things?key=k&own=1", true),
    ] {
        let server = server([Reply::json(200, "{}")]);
        let client = builder(&server).base_url("https://api.example.com/v1").organization("org-1");
        let client = client.default_header("x-tenant", "t").default_query("key", "k").build().unwrap();
        let mut call = Call::new(&client, at(url, is_trusted));
        call.with_query("own", 1);
        call.with_header("x-own", "yes");
        call.send_unit().await.unwrap();
        let request = server.requests().remove(0);
        assert_eq!(request.uri, expected);
        for name in ["authorization", "openai-organization", "x-tenant"] {
            assert_eq!(request.header(name).is_some(), sees, "{name} at {url}");
        }
        assert_eq!((request.header("x-own"), request.header("x-beta")), (Some("yes"), Some("1")), "{url}");
    }
}

#[tokio::test]
async fn answers_that_are_text_or_nothing() {
    static TEXT: Endpoint = Endpoint { accept: "text/html", is_text: true, ..GET };
    for text in ["<p>x</p>", "12", "{\"a\":1}", "\"quoted\"", "", "null"] {
        let (client, _) = client([Reply::new(200, text).header("content-type", "text/html")]);
        assert_eq!(Call::new(&client, &TEXT).send::<String>().await.unwrap(), text);
    }
    let (client, _) = client([
        Reply::new(200, b"\xff"),
        Reply::json(200, r#"{"error":{"message":"no","type":"t"}}"#),
        Reply::new(204, ""),
        Reply::json(200, "{\"a\":1}"),
        Reply::new(204, ""),
    ]);
    assert_eq!(Call::new(&client, &TEXT).send::<String>().await.unwrap_err().kind(), ErrorKind::Decode);
    assert!(Call::new(&client, &TEXT).send::<String>().await.unwrap_err().message().contains("no"));
    static MAYBE: Endpoint = Endpoint { security: Security::Bearer, ..GET };
    assert_eq!(Call::new(&client, &MAYBE).send::<Option<Fields>>().await.unwrap(), None);
    assert!(Call::new(&client, &MAYBE).send::<Option<Fields>>().await.unwrap().is_some());
    let error = Call::new(&client, &MAYBE).send::<Fields>().await.unwrap_err();
    assert!(error.message().starts_with("the response has no body"), "{error}");
}

/// A call asks for events in the way that its document says.
#[tokio::test]
async fn streams_that_are_asked_for() {
    static ACCEPT: Endpoint = Endpoint { asks: StreamSwitch::Accept, stream: Done::None, ..ENDPOINT };
    static FIELD: Endpoint = Endpoint { asks: StreamSwitch::Field("live"), ..ACCEPT };
    static QUERY: Endpoint = Endpoint { asks: StreamSwitch::Query("live"), ..ACCEPT };
    static TEXTS: Endpoint = Endpoint { accept: "text/event-stream", stream: Done::Texts, ..ACCEPT };
    for (endpoint, query, body) in [(&ACCEPT, "", "{}"), (&FIELD, "", r#"{"live":true}"#), (&QUERY, "?live=true", "{}")]
    {
        let (client, server) = client([Reply::events("data: {\"a\":1}\n\ndata: 2\n\n")]);
        let mut call = Call::new(&client, endpoint);
        call.body(&json!({}));
        let mut events = call.stream::<Value>().await.unwrap();
        assert_eq!(events.try_next().await.unwrap(), Some(json!({"a": 1})));
        assert_eq!(events.try_next().await.unwrap(), Some(json!(2)));
        assert_eq!(events.try_next().await.unwrap(), None);
        let request = server.requests().remove(0);
        assert_eq!(request.header("accept"), Some("text/event-stream"));
        assert_eq!(
            (request.uri.as_str(), request.text()),
            (&*format!("https://api.openai.com/v1/things{query}"), body)
        );
    }
    let text =
        "data: Hello\n\ndata: null\n\ndata:\ndata: {\"error\":\"a\"}\n\ndata: ping\n\nevent: error\ndata: broke\n\n";
    let (client, _) = client([Reply::events(text)]);
    let mut events = Call::new(&client, &TEXTS).stream::<String>().await.unwrap();
    for expected in ["Hello", "null", "\n{\"error\":\"a\"}", "ping"] {
        assert_eq!(events.try_next().await.unwrap().as_deref(), Some(expected));
    }
    assert_eq!(events.try_next().await.unwrap_err().kind(), ErrorKind::Stream);
}
