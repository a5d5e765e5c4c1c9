//! URLs: the base, parameters of the path, and the query by the bracket rules.

use crate::support::{ENDPOINT, Reply, builder, client, server};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, Endpoint, ErrorKind};
use serde_json::json;

static CREATE: Endpoint = ENDPOINT;
static RETRIEVE: Endpoint = Endpoint { method: "GET", path: "/a/{x}/b/{y}", body: BodyKind::None, ..ENDPOINT };
static FIXED: Endpoint = Endpoint { query: &[("beta", "true"), ("d", "1")], ..ENDPOINT };

fn ok() -> Reply {
    Reply::json(200, "{}")
}

#[tokio::test]
async fn path_parameters() {
    for (value, expected) in [
        ("file-1", Some("file-1")),
        ("a/b", Some("a%2Fb")),
        ("a b%?#", Some("a%20b%25%3F%23")),
        ("ft:gpt-4o:org::id", Some("ft:gpt-4o:org::id")),
        ("-._~!$&'()*+,;=:@", Some("-._~!$&'()*+,;=:@")),
        ("é", Some("%C3%A9")),
        ("a\\b", Some("a%5Cb")),
        ("...", Some("...")),
        ("", None),
        (".", None),
        ("..", None),
        ("%2e%2E", None),
        (".%2e", None),
        ("%252e%252e", None),
    ] {
        let (client, server) = client([ok()]);
        let sent = Call::new(&client, &RETRIEVE).path("y", "1").path("x", value).send::<Value>().await;
        match expected {
            Some(text) => {
                sent.unwrap();
                assert_eq!(server.requests()[0].uri, format!("https://api.openai.com/v1/a/{text}/b/1"));
            }
            None => {
                let error = sent.unwrap_err();
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{value}");
                assert!(error.message().contains("`x`"));
            }
        }
    }
    let (client, _) = client([]);
    let error = Call::new(&client, &RETRIEVE).path("x", "1").send_unit().await.unwrap_err();
    assert_eq!(error.message(), "the path parameter `y` is not set");
}

#[tokio::test]
async fn queries() {
    let (named, sent) = client([ok()]);
    let mut call = Call::new(&named, &CREATE);
    call.query("include[]", &json!(["a", "b"]));
    call.send_unit().await.unwrap();
    assert!(sent.requests()[0].uri.ends_with("?include%5B%5D=a&include%5B%5D=b"));
    for (value, expected) in [
        (json!("a b&c"), "?q=a%20b%26c"),
        (json!(1.5), "?q=1.5"),
        (json!(true), "?q=true"),
        (json!(null), ""),
        (json!([]), ""),
        (json!(["a", 1, null]), "?q%5B%5D=a&q%5B%5D=1"),
        (json!({"gt": 1, "lt": [2, 3]}), "?q%5Bgt%5D=1&q%5Blt%5D%5B%5D=2&q%5Blt%5D%5B%5D=3"),
        (json!([{"k": "v"}]), "?q%5B%5D%5Bk%5D=v"),
        (json!("é+"), "?q=%C3%A9%2B"),
    ] {
        let (client, server) = client([ok()]);
        let mut call = Call::new(&client, &CREATE);
        call.query("q", &value);
        call.send_unit().await.unwrap();
        assert_eq!(server.requests()[0].uri, format!("https://api.openai.com/v1/things{expected}"));
    }
}

#[tokio::test]
async fn queries_of_path_namedand_call() {
    let server = server([ok(), ok(), ok()]);
    let client = builder(&server)
        .base_url("https://host/base/?api-version=1&z=0")
        .default_query("d", "2")
        .default_query("list", json!(["x"]))
        .build()
        .unwrap();
    Call::new(&client, &FIXED).send_unit().await.unwrap();
    let mut call = Call::new(&client, &FIXED);
    call.with_query("d", 3);
    call.with_query("list", json!(["y", "z"]));
    call.with_query("beta", Value::Null);
    call.send_unit().await.unwrap();
    client.request(http::Method::GET, "p?d=9&e=%20").send().await.unwrap();
    let uris: Vec<_> = server.requests().iter().map(|request| request.uri.clone()).collect();
    assert_eq!(uris[0], "https://host/base/things?api-version=1&z=0&beta=true&d=2&list%5B%5D=x");
    assert_eq!(uris[1], "https://host/base/things?api-version=1&z=0&d=3&list%5B%5D=y&list%5B%5D=z");
    assert_eq!(uris[2], "https://host/base/p?api-version=1&z=0&e=%20&d=2&list%5B%5D=x");
}

#[tokio::test]
async fn base_urls() {
    for (base, uri) in [
        ("http://h:1/v1", "http://h:1/v1/things"),
        ("http://h:1/v1/", "http://h:1/v1/things"),
        ("http://h", "http://h/things"),
        (" https://h/a/b#frag", "https://h/a/b/things"),
    ] {
        let server = server([ok()]);
        let client = builder(&server).base_url(base).build().unwrap();
        Call::new(&client, &CREATE).send_unit().await.unwrap();
        assert_eq!(server.requests()[0].uri, uri);
    }
    for base in ["", "h/v1", "ftp://h", "http://", "http://u:p@h", "file:///etc"] {
        let error = Client::builder().api_key("k").base_url(base).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{base}");
    }
}

#[tokio::test]
async fn paths_of_undocumented_endpoints() {
    for (path, expected) in [
        ("/new", Some("https://api.openai.com/v1/new")),
        ("new/x", Some("https://api.openai.com/v1/new/x")),
        ("https://api.openai.com/v2/x", Some("https://api.openai.com/v2/x")),
        ("https://evil.example/v1/x", None),
        ("http://api.openai.com/v1/x", None),
        ("/../x", None),
        ("a/%2e%2e/x", None),
        ("a\\..\\x", None),
    ] {
        let (client, server) = client([ok()]);
        let sent = client.request(http::Method::DELETE, path).send().await;
        assert_eq!(sent.is_ok(), expected.is_some(), "{path}");
        assert_eq!(server.requests().first().map(|request| request.uri.as_str()), expected);
    }
}

#[tokio::test]
async fn each_character_of_a_path_parameter() {
    const KEPT: &str = "-._~!$&'()*+,;=:@";
    let server = server((0..300).map(|_| ok()));
    let client = builder(&server).build().unwrap();
    for code in (0..=0xFF_u32).chain([0x20AC, 0x1F600]) {
        let character = char::from_u32(code).unwrap();
        // Between two letters, so that a dot is no segment of dots.
        let value = format!("a{character}b");
        Call::new(&client, &RETRIEVE).path("x", &value).path("y", "1").send_unit().await.unwrap();
        let encoded = if character.is_ascii_alphanumeric() || KEPT.contains(character) {
            character.to_string()
        } else {
            character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
        };
        let uri = server.requests().pop().unwrap().uri;
        assert_eq!(uri, format!("https://api.openai.com/v1/a/a{encoded}b/b/1"), "{character:?}");
    }
}

#[tokio::test]
async fn each_character_of_a_query() {
    let server = server((0..300).map(|_| ok()));
    let client = builder(&server).build().unwrap();
    for code in (0..=0xFF_u32).chain([0x20AC, 0x1F600]) {
        let character = char::from_u32(code).unwrap();
        let mut call = Call::new(&client, &CREATE);
        call.with_query(format!("n{character}"), format!("{character}"));
        call.send_unit().await.unwrap();
        let encoded = if character.is_ascii_alphanumeric() || "-._~".contains(character) {
            character.to_string()
        } else {
            character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
        };
        let uri = server.requests().pop().unwrap().uri;
        assert_eq!(uri, format!("https://api.openai.com/v1/things?n{encoded}={encoded}"), "{character:?}");
    }
}

#[tokio::test]
async fn brackets_of_a_query() {
    for (value, expected) in [
        (json!([]), ""),
        (json!({}), ""),
        (json!(null), ""),
        (json!([null]), ""),
        (json!({"a": null, "b": [], "c": {}}), ""),
        (json!(""), "q="),
        (json!([""]), "q[]="),
        (json!([null, 1, null]), "q[]=1"),
        (json!([true, false]), "q[]=true&q[]=false"),
        (json!([[1, 2], [3]]), "q[][]=1&q[][]=2&q[][]=3"),
        (json!({"a": [1, 2]}), "q[a][]=1&q[a][]=2"),
        (json!({"a": {"b": {"c": "d"}}}), "q[a][b][c]=d"),
        (json!({"a": [{"b": 1}, {"b": [2]}]}), "q[a][][b]=1&q[a][][b][]=2"),
        (json!([{"k": null}, {"k": -1.5}]), "q[][k]=-1.5"),
        (json!({"a b": 1}), "q[a b]=1"),
    ] {
        let (client, server) = client([ok()]);
        let mut call = Call::new(&client, &CREATE);
        call.query("q", &value);
        call.send_unit().await.unwrap();
        let expected = expected.replace('[', "%5B").replace(']', "%5D").replace(' ', "%20");
        let uri = server.requests().remove(0).uri;
        let query = uri.split_once('?').map_or("", |(_, query)| query);
        assert_eq!(query, expected, "{value}");
    }
}

#[tokio::test]
async fn which_query_wins() {
    // Of the base URL, of the path, of the client, of the call; each is `name=JSON`.
    for (base, path, default, call, expected) in [
        ("", "", ("q", json!(1)), vec![("q", json!(2))], "q=2"),
        ("", "?q=0", ("q", json!(1)), vec![], "q=1"),
        ("?q=9", "?q=0", ("d", json!(1)), vec![], "q=0&d=1"),
        ("?q=9", "", ("d", json!(1)), vec![("q", json!(null))], "d=1"),
        ("", "", ("q", json!([1, 2])), vec![("q", json!([3]))], "q[]=3"),
        ("", "", ("q", json!({"a": 1})), vec![("q", json!({"b": 2}))], "q[b]=2"),
        ("", "?q[]=1&q[]=2", ("d", json!(1)), vec![], "q[]=1&q[]=2&d=1"),
        ("", "?q[]=1&q[]=2", ("q[]", json!([3])), vec![], "q[]=3"),
        // Brackets by hand: one does not take out the other, the whole takes out both.
        ("", "", ("d", json!(1)), vec![("t[gte]", json!(1)), ("t[lt]", json!(2))], "d=1&t[gte]=1&t[lt]=2"),
        ("", "?t[gte]=1&t[lt]=2", ("t[lt]", json!(3)), vec![], "t[gte]=1&t[lt]=3"),
        ("", "", ("t", json!({"gte": 1, "lt": 2})), vec![("t[lt]", json!(3))], "t[gte]=1&t[lt]=3"),
        ("", "", ("t[lt]", json!(3)), vec![("t", json!({"gt": 1}))], "t[gt]=1"),
        ("", "", ("tt", json!(3)), vec![("t", json!(1))], "tt=3&t=1"),
    ] {
        let server = server([ok()]);
        let named = builder(&server).base_url(format!("http://h/v1{base}"));
        let named = named.default_query(default.0, default.1.clone()).build().unwrap();
        let request = named.request(http::Method::GET, format!("/p{path}"));
        let text = format!("{base} {path} {default:?} {call:?}");
        call.into_iter().fold(request, |request, (name, value)| request.query(name, value)).send().await.unwrap();
        let expected = expected.replace('[', "%5B").replace(']', "%5D");
        assert_eq!(server.requests()[0].uri, format!("http://h/v1/p?{expected}"), "{text}");
    }
}

#[tokio::test]
async fn no_path_leaves_the_base() {
    for path in [
        "..",
        "/..",
        "a/..",
        "./a",
        "%2e%2e/a",
        "a/%2E",
        ".%2e",
        "%252e%252e/x",
        "a\\..",
        ".\t./x",
        "a/.\n.",
        "a\r",
        "a\0",
    ] {
        let (client, server) = client([ok()]);
        let error = client.request(http::Method::GET, path).send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{path:?}");
        assert!(server.requests().is_empty());
    }
    for (path, uri) in [
        ("//evil.example/x", "http://h/v1//evil.example/x"),
        ("@evil.example", "http://h/v1/@evil.example"),
        ("a b/é", "http://h/v1/a%20b/%C3%A9"),
        ("x#y?z", "http://h/v1/x"),
        ("...", "http://h/v1/..."),
        ("a..b/.c", "http://h/v1/a..b/.c"),
    ] {
        let server = server([ok()]);
        let named = builder(&server).base_url("http://h/v1").build().unwrap();
        named.request(http::Method::GET, path).send().await.unwrap();
        assert_eq!(server.requests()[0].uri, uri, "{path:?}");
    }
}

/// However a URL spells its user and password, and wherever it is given, nothing shows them.
#[test]
fn credentials_in_urls_are_not_shown() {
    use openai_runtime::{AzureImds, GcpMetadata, TokenFn, WorkloadIdentity};
    let spellings = [
        "https://us-er:p4ss-w0rd@h.example/v1",
        "https:us-er:p4ss-w0rd@h.example/v1",
        "https:/us-er:p4ss-w0rd@h.example/v1",
        "https:///us-er:p4ss-w0rd@h.example/v1",
        "https:\\\\us-er:p4ss-w0rd@h.example/v1",
        "https:\\us-er:p4ss-w0rd@h.example",
        "HTTPS://us-er:p4ss-w0rd@h.example/v1",
        "hTTps:us-er:p4ss-w0rd@h.example",
        "ht\ntps://us-er:p4ss-w0rd@h.example/v1",
        "https:/\t/us-er:p4ss-w0rd@h.example/v1",
        "https://us-er:p4ss-\nw0rd@h.example/v1",
        "  https://us-er:p4ss-w0rd@h.example/v1  ",
        "https://us-er:p4ss-w0rd/x@h.example/v1",
        "https://us-er:x/p4ss-w0rd@h.example/v1",
        "https://p4ss-w0rd/x@h.example/v1",
        "https://us-er:x\\p4ss-w0rd@h.example/v1",
        "https://us-er:x?p4ss-w0rd@h.example/v1",
        "https://us-er:x#p4ss-w0rd@h.example/v1",
        "https://us-er:x@p4ss-w0rd@h.example/v1",
        "https://p4ss-w0rd@h.example/v1",
        "https://:p4ss-w0rd@h.example/v1",
        "https://us-er:p4ss-w0rd@h.example:port/v1",
        "https://us-er:p4ss-w0rd@[::1/v1",
        "https://us-er:p4ss-w0rd@/v1",
        "https://us-er:p4ss-w0rd@",
        "https://us-er:p4ss-w0rd\u{ff20}h.example/v1",
        "us-er:p4ss-w0rd@h.example/v1",
        "//us-er:p4ss-w0rd@h.example/v1",
        "\\\\us-er:p4ss-w0rd@h.example/v1",
        "us-er:p4ss-w0rd/@h.example",
        "ftp://us-er:p4ss-w0rd@h.example/v1",
        "wss://us-er:p4ss-w0rd@h.example/v1",
        "https://h.example/v1?key=p4ss-w0rd",
        "https://h.example/v1?email=a@b&key=p4ss-w0rd",
        "https://h.example:port/v1?key=p4ss-w0rd",
        "https://h.example/v1#p4ss-w0rd",
        "sk-proj-p4ss-w0rd",
    ];
    let shows = |text: &str| text.contains("p4ss") || text.contains("w0rd") || text.contains("us-er");
    for url in spellings {
        let builder = Client::builder().api_key("key").base_url(url);
        let mut shown = format!("{builder:?} {builder:#?} {:?}", builder.clone().build());
        if let Err(error) = builder.build() {
            shown += &format!("{error} {error:?}");
        }
        let identity = WorkloadIdentity::new("idp", "sa", TokenFn::jwt(|| async { Ok::<_, std::io::Error>("t") }));
        let identity = identity.token_url(url);
        shown += &format!("{identity:?} {:?}", Client::builder().workload_identity(identity.clone()).build());
        shown += &format!("{:?} {:?}", AzureImds::new().base_url(url), GcpMetadata::new().base_url(url));
        let client = Client::builder().api_key("key").build().unwrap();
        shown += &format!("{:?}", client.request(http::Method::GET, url));
        assert!(!shows(&shown), "{url:?}: {shown}");
    }
    for (url, expected) in [
        ("https://h.example/v1/", "https://h.example/v1/"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://user:secret@h.example:8443/v1", "https://h.example:8443/v1"),
        ("https://gateway.example/@cf/v1", "https://***"),
        ("h.example/v1", "h.example/v1"),
        ("/models/@cf/llama?key=1", "/models/@cf/llama"),
    ] {
        assert_eq!(openai_runtime::printable_url(url), expected);
    }
}
