//! What a request looks like: headers, credentials, body.

use crate::support::{ENDPOINT, Reply, builder, client, server};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, Endpoint, ErrorKind, Security};
use serde_json::json;

static CREATE: Endpoint = ENDPOINT;
static RETRIEVE: Endpoint = Endpoint { method: "GET", path: "/a/{x}/b/{y}", body: BodyKind::None, ..ENDPOINT };
static ADMIN: Endpoint = Endpoint { security: Security::Admin, ..ENDPOINT };
static OPEN: Endpoint = Endpoint { security: Security::None, ..ENDPOINT };
static FORM: Endpoint = Endpoint { body: BodyKind::Form, ..ENDPOINT };
static BETA: Endpoint = Endpoint { headers: &[("OpenAI-Beta", "assistants=v2")], ..ENDPOINT };

static UNSET: Endpoint = Endpoint { unset: &[("form", "base64")], ..ENDPOINT };
static UNSET_FORM: Endpoint = Endpoint { body: BodyKind::Form, ..UNSET };

fn ok() -> Reply {
    Reply::json(200, "{}")
}

#[tokio::test]
async fn fields_that_are_sent_if_nothing_sets_them() {
    for (body, field, sent) in [
        (json!({"a": 1}), None, json!({"a": 1, "form": "base64"})),
        (json!({"form": "float"}), None, json!({"form": "float"})),
        (json!({"form": null}), None, json!({"form": null})),
        (json!({"a": {"form": 1}}), Some(json!("float")), json!({"a": {"form": 1}, "form": "float"})),
        (json!({}), Some(Value::Null), json!({"form": null})),
    ] {
        let (client, server) = client([ok()]);
        let mut call = Call::new(&client, &UNSET);
        call.body(&body);
        field.into_iter().for_each(|value| call.with_body_field("form", value));
        call.send_unit().await.unwrap();
        assert_eq!(serde_json::from_str::<Value>(server.requests()[0].text()).unwrap(), sent);
    }
    let (client, server) = client([ok(), ok()]);
    for body in [json!({"a": 1}), json!({"form": "x"})] {
        let mut call = Call::new(&client, &UNSET_FORM);
        call.body(&body);
        call.send_unit().await.unwrap();
    }
    let requests = server.requests();
    assert_eq!((requests[0].text(), requests[1].text()), ("a=1&form=base64", "form=x"));
}

/// Fields that nothing sets are added for hosts of OpenAI and Azure, and for a provider that says so: in what is sent and in
/// the JSON alone.
#[tokio::test]
async fn fields_are_added_for_known_hosts_only() {
    let known = [
        "https://api.openai.com/v1",
        "https://API.OpenAI.com/v1/",
        "http://api.openai.com./v1",
        "https://us.api.openai.com/v1",
        "https://eu.api.openai.com/v1",
        "https://res.openai.azure.com/openai/v1",
        "https://res.openai.azure.com/openai/deployments/d",
        "https://res.cognitiveservices.azure.com/openai",
        "https://res.services.ai.azure.com/openai/v1",
        "https://res.openai.azure.us/openai/v1",
    ];
    let unknown = [
        "http://127.0.0.1:8000/v1",
        "http://localhost:11434/v1",
        "https://api.openai.com.example.com/v1",
        "https://evil-api.openai.com/v1",
        "https://evilapi.openai.com/v1",
        "https://example.com/api.openai.com/v1",
        "https://openai.azure.com.example.com/openai/v1",
        "https://openai.azure.com/openai/v1",
        "https://res.services.ai.azure.com/models",
        "https://res.services.ai.azure.com/openaix",
        "https://generativelanguage.googleapis.com/v1beta/openai",
    ];
    let cases = known.iter().map(|url| (url, true)).chain(unknown.iter().map(|url| (url, false)));
    for (url, adds) in cases {
        let server = server([ok(), ok()]);
        let client = builder(&server).base_url(*url).build().unwrap();
        let mut call = Call::new(&client, &UNSET);
        call.body(&json!({"a": 1}));
        let alone: Value = serde_json::from_slice(&call.json_body().unwrap()).unwrap();
        call.send_unit().await.unwrap();
        let sent: Value = serde_json::from_str(server.requests()[0].text()).unwrap();
        let expected = if adds { json!({"a": 1, "form": "base64"}) } else { json!({"a": 1}) };
        assert_eq!((&sent, &alone), (&expected, &expected), "{url}");

        let mut call = Call::new(&client, &UNSET);
        call.body(&json!({"form": "base64"}));
        call.send_unit().await.unwrap();
        assert_eq!(server.requests()[1].text(), r#"{"form":"base64"}"#, "the caller's at {url}");
    }
}

#[tokio::test]
async fn options_of_layers_above() {
    let (client, _) = client([]);
    assert_eq!(client.extension::<u8>(), None);
    let client = client.with_options(|options| options.extension(1_u8).extension("a").extension(2_u8)).unwrap();
    let again = client.with_options(|options| options.max_retries(0)).unwrap();
    assert_eq!((again.extension::<u8>(), again.extension::<&str>()), (Some(&2), Some(&"a")));
    let mut call = Call::new(&again, &CREATE);
    assert_eq!(call.extension::<u8>(), Some(&2));
    call.with_extension(3_u8);
    assert_eq!((call.extension::<u8>(), call.clone().extension::<u8>()), (Some(&3), Some(&3)));
    assert_eq!((call.extension::<&str>(), again.extension::<u8>()), (Some(&"a"), Some(&2)));
}

#[tokio::test]
async fn undocumented_endpoints() {
    #[derive(Default)]
    struct Mine;
    impl serde::Serialize for Mine {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            json!({"a": 1, "b": 2}).serialize(serializer)
        }
    }
    let server = server([Reply::json(500, "{}"), Reply::json(200, r#"{"x":[1]}"#), ok()]);
    let client = builder(&server).admin_api_key("admin").build().unwrap();
    let response = client
        .request(http::Method::POST, "/new")
        .json(&Mine)
        .with_body_field("b", Value::Null)
        .with_header("x-mine", "1")
        .query("q", "1")
        .send()
        .await
        .unwrap();
    assert_eq!((response.attempts(), response.status().as_u16(), response.request_id()), (2, 200, Some("req_1")));
    assert_eq!(response.parse().unwrap(), json!({"x": [1]}));
    client.request(http::Method::GET, "/org").with_admin_key().send().await.unwrap();
    let sent = server.requests();
    assert_eq!((sent[1].method.as_str(), sent[1].text()), ("POST", r#"{"a":1,"b":null}"#));
    assert_eq!(sent[1].header("authorization"), Some("Bearer sk-test-key-123"));
    assert_eq!((sent[2].header("authorization"), sent[2].body.len()), (Some("Bearer admin"), 0));
}

#[tokio::test]
async fn a_prepared_head_is_what_would_be_sent() {
    let server = server([ok()]);
    let client = builder(&server)
        .organization("org-1")
        .project("proj-1")
        .default_query("api-version", "7")
        .default_header("x-both", "client")
        .api_key_provider(|| async { Ok::<_, std::io::Error>("sk-of-the-provider\n") })
        .build()
        .unwrap();
    let mut call = Call::new(&client, &RETRIEVE).path("x", "a b").path("y", "2");
    call.with_query("model", "gpt realtime");
    call.with_header("x-both", "call");
    let head = call.clone().prepare().await.unwrap();
    assert!(server.requests().is_empty());
    call.send_unit().await.unwrap();
    let sent = server.requests();
    let uri = head.uri().to_string();
    assert!(uri.ends_with(&sent[0].uri) && uri.ends_with("/a/a%20b/b/2?api-version=7&model=gpt%20realtime"), "{uri}");
    assert_eq!(head.method(), "GET");
    for (name, value) in head.headers() {
        assert_eq!(sent[0].header(name.as_str()), Some(value.to_str().unwrap()), "{name}");
    }
    assert_eq!(head.headers()["authorization"], "Bearer sk-of-the-provider");
    assert!(head.headers()["authorization"].is_sensitive());

    let error = Call::new(&client, &RETRIEVE).path("x", "").prepare().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let failing = builder(&server).api_key_provider(|| async { Err::<&str, _>("no vault") }).build().unwrap();
    let error = Call::new(&failing, &CREATE).prepare().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
}

#[tokio::test]
async fn options_of_another_call() {
    let server = server([Reply::json(500, "{}"), Reply::json(500, "{}"), ok()]);
    let client = builder(&server).max_retries(0).build().unwrap();
    let mut first = Call::new(&client, &CREATE);
    first.body(&json!({"a": 1}));
    first.with_body_field("b", 2);
    first.with_idempotency_key("key");
    first.with_header("content-type", "application/x-other");
    first.with_header("x-both", "first");
    first.with_header("x-first", "1");
    first.with_header("user-agent", None);
    first.with_query("both", "first");
    first.with_query("first", 1);
    first.with_max_retries(2);
    first.with_timeout(std::time::Duration::from_secs(7));

    let mut second = Call::new(&client, &RETRIEVE).path("x", "1").path("y", "2");
    second.with_header("x-both", "second");
    second.with_query("both", "second");
    second.with_options_of(&first);
    let shown = format!("{second:?}");
    assert!(shown.contains("timeout: Some(7s)") && shown.contains("max_retries: Some(2)"), "{shown}");
    second.send_unit().await.unwrap();
    let sent = server.requests();
    let sent = sent.last().unwrap();
    assert_eq!((sent.header("x-both"), sent.header("x-first")), (Some("second"), Some("1")));
    assert_eq!((sent.header("idempotency-key"), sent.header("content-type")), (None, None));
    assert_eq!((sent.header("user-agent"), sent.body.len()), (None, 0));
    assert!(sent.uri.ends_with("/a/1/b/2?first=1&both=second"), "{}", sent.uri);

    // What a call has itself stands.
    let mut third = Call::new(&client, &RETRIEVE);
    third.with_max_retries(0);
    third.with_timeout(std::time::Duration::from_secs(1));
    third.with_options_of(&first);
    let shown = format!("{third:?}");
    assert!(shown.contains("timeout: Some(1s)") && shown.contains("max_retries: Some(0)"), "{shown}");
}

#[tokio::test]
async fn a_body_alone() {
    let server = server([]);
    let client = builder(&server).build().unwrap();
    let text = |call: &Call| call.json_body().map(|body| String::from_utf8(body.to_vec()).unwrap());
    let mut call = Call::new(&client, &CREATE);
    assert_eq!(text(&call).unwrap(), "{}");
    call.body(&json!({"a": 1, "b": 2}));
    call.with_body_field("b", 3);
    call.with_timeout(std::time::Duration::from_secs(1));
    assert_eq!(text(&call).unwrap(), r#"{"a":1,"b":3}"#);
    let (mut header, mut query) = (call.clone(), call);
    header.with_header("x-mine", "1");
    query.with_query("mine", 1);
    let wrong = Call::new(&client, &RETRIEVE).path("x", "");
    let form = Call::new(&client, &FORM);
    for (call, part) in
        [(header, "header `x-mine`"), (query, "`mine` of the query"), (wrong, "`x`"), (form, "sends a form")]
    {
        let error = text(&call).unwrap_err();
        assert_eq!(error.kind(), openai_runtime::ErrorKind::InvalidRequest);
        assert!(error.message().contains(part), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_later_header_wins() {
    let server = server((0..8).map(|_| ok()));
    let plain = builder(&server).organization("org").project("proj").build().unwrap();
    let changed = plain
        .with_options(|options| {
            options
                .default_header("OpenAI-Organization", "other")
                .default_header("OpenAI-Project", None)
                .default_header("x-mine", "client")
                .default_header("user-agent", "me")
        })
        .unwrap();
    Call::new(&plain, &BETA).send_unit().await.unwrap();
    Call::new(&changed, &BETA).send_unit().await.unwrap();
    let mut call = Call::new(&changed, &BETA);
    call.header("x-mine", &"param".to_owned());
    call.header("openai-beta", &Some(7));
    call.header("x-none", &None::<String>);
    call.header("x-list", &vec!["a".to_owned(), "b".to_owned()]);
    call.with_header("X-Mine", "call");
    call.with_header("openai-project", "mine");
    call.with_header("authorization", None);
    call.with_header("x-stainless-retry-count", None);
    call.with_header("accept", "application/xml");
    call.send_unit().await.unwrap();
    let sent = server.requests();
    let of = |index: usize, name: &str| sent[index].header(name).map(str::to_owned);
    let expected = [
        ("authorization", Some("Bearer sk-test-key-123"), Some("Bearer sk-test-key-123"), None),
        ("openai-organization", Some("org"), Some("other"), Some("other")),
        ("openai-project", Some("proj"), None, Some("mine")),
        ("openai-beta", Some("assistants=v2"), Some("assistants=v2"), Some("7")),
        ("x-mine", None, Some("client"), Some("call")),
        ("x-none", None, None, None),
        ("x-list", None, None, Some("a,b")),
        ("x-stainless-retry-count", Some("0"), Some("0"), None),
        ("accept", Some("application/json"), Some("application/json"), Some("application/xml")),
    ];
    for (name, plain, changed, call) in expected {
        let found = [of(0, name), of(1, name), of(2, name)];
        assert_eq!(found.each_ref().map(Option::as_deref), [plain, changed, call], "{name}");
    }
    assert!(of(0, "user-agent").unwrap().starts_with("openai-ext/"));
    assert_eq!(of(1, "user-agent").unwrap(), "me");
    for (name, value) in [("bad name", "x"), ("x", "a\nb"), ("", "x")] {
        let mut call = Call::new(&plain, &CREATE);
        call.with_header(name, value);
        assert_eq!(call.send_unit().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
        let built = plain.with_options(|options| options.default_header(name, value));
        assert_eq!(built.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn the_operation_tells_the_key() {
    let server = server((0..4).map(|_| ok()));
    let both = builder(&server).admin_api_key("admin").build().unwrap();
    for (endpoint, expected) in
        [(&CREATE, Some("Bearer sk-test-key-123")), (&ADMIN, Some("Bearer admin")), (&OPEN, None)]
    {
        Call::new(&both, endpoint).send_unit().await.unwrap();
        assert_eq!(server.requests().last().unwrap().header("authorization"), expected);
    }
    let plain = builder(&server).build().unwrap();
    let error = Call::new(&plain, &ADMIN).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
    let azure = plain.with_options(|options| options.default_header("api-key", "k")).unwrap();
    Call::new(&azure, &ADMIN).send_unit().await.unwrap();
    assert_eq!(Client::builder().build().unwrap_err().kind(), ErrorKind::Config);
    assert!(Client::builder().admin_api_key("k").build().is_ok());
    let error = plain.with_options(|options| options.api_key("a\nb")).unwrap();
    assert_eq!(Call::new(&error, &CREATE).send_unit().await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_blank_key_is_none() {
    for key in ["", "  ", "\n"] {
        let server = server([ok()]);
        let error = Call::new(&builder(&server).api_key(key).build().unwrap(), &CREATE).send_unit().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0), "{key:?}");
        assert!(error.message().contains("OPENAI_API_KEY") && server.requests().is_empty());
        let named = builder(&server).api_key(key).default_header("authorization", "Basic x").build().unwrap();
        Call::new(&named, &CREATE).send_unit().await.unwrap();
        assert_eq!(server.requests()[0].header("authorization"), Some("Basic x"));
    }
    let server = server([ok()]);
    Call::new(&builder(&server).api_key("\tsk-1\r\n").build().unwrap(), &CREATE).send_unit().await.unwrap();
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer sk-1"));
}

#[tokio::test]
async fn a_provider_is_asked_before_each_attempt() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let server = server([Reply::json(500, "{}"), ok()]);
    let count = AtomicU32::new(0);
    let client = builder(&server)
        .api_key_provider(move || {
            let count = count.fetch_add(1, Ordering::Relaxed);
            async move { if count < 2 { Ok(format!("key-{count}")) } else { Err("no more keys") } }
        })
        .build()
        .unwrap();
    Call::new(&client, &CREATE).send_unit().await.unwrap();
    let keys: Vec<_> = server.requests().iter().map(|sent| sent.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(keys, ["Bearer key-0", "Bearer key-1"]);
    let error = Call::new(&client, &CREATE).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
    assert!(error.message().contains("no more keys"));
}

#[tokio::test]
async fn fields_lie_over_the_body() {
    let text = r#"{"a":1,"b":{"c":2}}"#;
    for (body, fields, expected) in [
        (json!({"a": 1}), json!({}), r#"{"a":1}"#),
        (json!({}), json!({"x": null}), r#"{"x":null}"#),
        (json!({"a": 1, "b": 2}), json!({"b": null, "c": [3]}), r#"{"a":1,"b":null,"c":[3]}"#),
        (json!({"a": {"b": 1}}), json!({"a": {"c": 2}}), r#"{"a":{"c":2}}"#),
        (serde_json::from_str(text).unwrap(), json!({"z": "}"}), r#"{"a":1,"b":{"c":2},"z":"}"}"#),
    ] {
        let (client, server) = client([ok()]);
        let mut call = Call::new(&client, &CREATE);
        call.body(&body);
        for (name, value) in fields.as_object().unwrap() {
            call.with_body_field(name.as_str(), value.clone());
        }
        call.send_unit().await.unwrap();
        assert_eq!(server.requests()[0].text(), expected);
    }
    let (client, server) = client([ok()]);
    let mut call = Call::new(&client, &CREATE);
    call.with_body_field("x", 1);
    call.with_body_field("x", 2);
    call.send_unit().await.unwrap();
    assert_eq!(server.requests()[0].text(), r#"{"x":2}"#);
    let mut call = Call::new(&client, &CREATE);
    call.body(&json!([1]));
    call.with_body_field("x", 1);
    assert_eq!(call.send_unit().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn forms() {
    let (client, server) = client([ok()]);
    let mut call = Call::new(&client, &FORM);
    call.body(&json!({"a": "x y", "b": [1, 2], "c": null, "d": {"e": true}}));
    call.send_unit().await.unwrap();
    let sent = &server.requests()[0];
    assert_eq!(sent.text(), "a=x%20y&b%5B%5D=1&b%5B%5D=2&d%5Be%5D=true");
    assert_eq!(sent.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn the_stream_flag_is_set_where_it_belongs() {
    let server = server((0..3).map(|_| Reply::events("data: [DONE]\n\n")));
    let client = builder(&server).build().unwrap();
    let mut call = Call::new(&client, &CREATE);
    call.body(&json!({"stream": false}));
    call.stream::<Value>().await.unwrap();
    Call::new(&client, &RETRIEVE).path("x", "1").path("y", "2").stream::<Value>().await.unwrap();
    client.request(http::Method::GET, "/x").stream().await.unwrap();
    let sent = server.requests();
    assert_eq!(sent[0].text(), r#"{"stream":true}"#);
    assert_eq!(sent[0].header("accept"), Some("text/event-stream"));
    assert!(sent[1].uri.ends_with("/a/1/b/2?stream=true") && sent[1].body.is_empty());
    assert!(sent[2].uri.ends_with("/x?stream=true") && sent[2].body.is_empty());
}
