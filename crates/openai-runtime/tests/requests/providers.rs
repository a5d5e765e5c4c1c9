//! Providers: what they see and change, in each attempt and in prepared heads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{ENDPOINT, Handle, Reply, Server, server};
use openai_runtime::http::{Extensions, Method};
use openai_runtime::transport::BoxFuture;
use openai_runtime::{
    BodyKind, Call, Client, ClientBuilder, Endpoint, Error, ErrorKind, InputFile, Provider, ProviderRequest, Result,
    TokenFn, WorkloadIdentity,
};
use serde_json::{Value, json};

static CREATE: Endpoint = ENDPOINT;
static RETRIEVE: Endpoint = Endpoint { method: "GET", path: "/a/{x}/b/{y}", body: BodyKind::None, ..ENDPOINT };

type Change = Arc<dyn Fn(&mut ProviderRequest) -> Result<()> + Send + Sync>;

/// Does as the test says.
#[derive(Clone)]
struct Mine {
    base: Option<&'static str>,
    credential: bool,
    renews: bool,
    change: Change,
    asked: Arc<AtomicUsize>,
}

impl Mine {
    fn new(change: impl Fn(&mut ProviderRequest) -> Result<()> + Send + Sync + 'static) -> Self {
        let asked = Arc::default();
        Self { base: Some("https://h/base"), credential: true, renews: false, change: Arc::new(change), asked }
    }
}

impl Provider for Mine {
    fn base_url(&self) -> Result<Option<String>> {
        Ok(self.base.map(str::to_owned))
    }

    fn has_credential(&self) -> bool {
        self.credential
    }

    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let change = self.change.clone();
        Box::pin(async move { change(&mut request).map(|()| request) })
    }

    fn refused(&self, extensions: &Extensions) -> bool {
        assert_eq!(extensions.get::<&str>(), Some(&"left"));
        self.renews
    }
}

fn keyless(server: &Arc<Server>) -> ClientBuilder {
    let handle = || Arc::new(Handle::new(server));
    Client::builder().transport(handle()).clock(handle())
}

fn client(server: &Arc<Server>, provider: &Mine) -> Client {
    keyless(server).provider(provider.clone()).build().unwrap()
}

fn ok() -> Reply {
    Reply::json(200, "{}")
}

fn secret(request: &mut ProviderRequest) -> Result<()> {
    request.extensions_mut().insert("left");
    request.set_secret_header("authorization", "Bearer of-the-provider")
}

#[tokio::test]
async fn it_sees_and_changes_every_attempt() {
    let server = server([Reply::json(500, "{}"), ok()]);
    let provider = Mine::new(|request| {
        assert_eq!((request.method(), request.path_template()), (&Method::GET, "/a/{x}/b/{y}"));
        assert_eq!(request.path(), "/a/1%2F2/b/3");
        assert_eq!((request.query("q").as_deref(), request.query("other")), (Some("ä b"), None));
        assert_eq!(request.headers().get("accept").unwrap(), "application/json");
        assert!(request.sets("X-Mine") && !request.sets("api-key") && !request.headers().contains_key("x-mine"));
        request.prefix_path(&["in here", "ü"])?;
        request.set_query("version", "1 2");
        request.remove_query("q");
        request.set_secret_header("api-key", " key-of-the-provider\n")
    });
    let mut call = Call::new(&client(&server, &provider), &RETRIEVE).path("x", "1/2").path("y", "3");
    call.with_query("q", "ä b");
    call.with_query("kept", json!(["1", "2"]));
    call.with_header("x-mine", "1");
    call.send::<Value>().await.unwrap();
    let sent = server.requests();
    assert_eq!((sent.len(), provider.asked.load(Ordering::SeqCst)), (2, 2));
    for request in &sent {
        assert_eq!(request.uri, "https://h/base/in%20here/%C3%BC/a/1%2F2/b/3?kept%5B%5D=1&kept%5B%5D=2&version=1%202");
        assert_eq!(request.header("api-key"), Some("key-of-the-provider"));
        assert_eq!((request.header("x-mine"), request.header("authorization")), (Some("1"), None));
    }
    assert_eq!(sent[1].header("x-stainless-retry-count"), Some("1"));
}

#[tokio::test]
async fn the_model_of_any_body() {
    let server = server((0..6).map(|_| ok()));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = seen.clone();
    let provider = Mine::new(move |request| {
        kept.lock().unwrap().push(request.model().map(str::to_owned));
        Ok(())
    });
    let client = client(&server, &provider);
    let image = "x".repeat(1_000_000);
    let call = || client.request(Method::POST, "/things");
    call().json(&json!({"image": image, "model": "after a large one", "n": 1})).send().await.unwrap();
    call().json(&json!({"model": "old"})).with_body_field("model", "of the field").send().await.unwrap();
    let form = call().form(&json!({"model": "of a form"})).file("file", InputFile::from_bytes("a"));
    form.send().await.unwrap();
    call().json(&json!({"model": {"id": "no text"}})).send().await.unwrap();
    call().json(&json!(["model", "no object"])).send().await.unwrap();
    call().send().await.unwrap();
    let seen = seen.lock().unwrap();
    let seen: Vec<_> = seen.iter().map(Option::as_deref).collect();
    assert_eq!(seen, [Some("after a large one"), Some("of the field"), Some("of a form"), None, None, None]);
}

#[tokio::test]
async fn headers_set_by_hand_win() {
    let server = server([ok(), ok()]);
    let provider = Mine::new(|request| {
        request.headers_mut().insert("user-agent", "provider".parse().unwrap());
        request.headers_mut().insert("x-both", "provider".parse().unwrap());
        secret(request)
    });
    let client = keyless(&server).provider(provider).default_header("x-both", "client").build().unwrap();
    Call::new(&client, &CREATE).send::<Value>().await.unwrap();
    let mut call = Call::new(&client, &CREATE);
    call.with_header("x-both", "call");
    call.with_header("authorization", None);
    call.send::<Value>().await.unwrap();
    let sent = server.requests();
    assert_eq!((sent[0].header("x-both"), sent[0].header("user-agent")), (Some("client"), Some("provider")));
    assert_eq!(sent[0].header("authorization"), Some("Bearer of-the-provider"));
    assert_eq!((sent[1].header("x-both"), sent[1].header("authorization")), (Some("call"), None));
}

#[tokio::test]
async fn an_error_ends_the_call() {
    let server = server([]);
    let provider = Mine::new(|_| Err(Error::new(ErrorKind::Connection, "no token to be had")));
    let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.message(), error.attempts()), (ErrorKind::Connection, "no token to be had", 0));
    assert_eq!((provider.asked.load(Ordering::SeqCst), server.requests().len()), (1, 0));
}

#[tokio::test]
async fn what_it_must_not_do() {
    let server = server([]);
    for path in ["/a/../b", "//other.example.com/x?y", "https://other.example.com", "/a#b", "/%2e%2e/x"] {
        let provider = Mine::new(move |request| request.set_path(path));
        let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{path}");
    }
    for segment in ["", "..", "%2e."] {
        let provider = Mine::new(move |request| request.prefix_path(&[segment]));
        let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{segment:?}");
    }
    for (name, value) in [("x-key", "secret\u{1}text"), ("no name", "secret")] {
        let provider = Mine::new(move |request| request.set_secret_header(name, value));
        let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn its_secrets_stay_with_the_origin_and_out_of_errors() {
    let away = Reply::json(307, "").header("location", "https://other.example.com/things");
    let echo = r#"{"error":{"message":"bad key of-the-provider and key-of-mine"}}"#;
    let server = server([away, Reply::json(400, echo)]);
    let provider = Mine::new(|request| {
        request.set_secret_header("x-telling-nothing", "key-of-mine")?;
        secret(request)
    });
    let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
    assert_eq!(error.message(), "bad key *** and ***");
    let sent = server.requests();
    assert_eq!(sent[0].header("x-telling-nothing"), Some("key-of-mine"));
    assert_eq!(sent[1].uri, "https://other.example.com/things");
    assert_eq!((sent[1].header("x-telling-nothing"), sent[1].header("authorization")), (None, None));
}

#[tokio::test]
async fn a_refused_credential_is_renewed_once() {
    let refused = || Reply::json(401, r#"{"error":{"message":"expired"}}"#);
    for (renews, requests) in [(false, 1), (true, 2)] {
        let server = server([refused(), refused(), refused()]);
        let provider = Mine { renews, ..Mine::new(secret) };
        let error = Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), server.requests().len()), (ErrorKind::Authentication, requests));
        assert!(server.waits().is_empty());
    }
    // The other origin did not get the credential, so its 401 says nothing of it.
    let away = Reply::json(307, "").header("location", "https://other.example.com/");
    let server = server([away, refused()]);
    let provider = Mine { renews: true, ..Mine::new(secret) };
    assert!(Call::new(&client(&server, &provider), &CREATE).send::<Value>().await.is_err());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn prepared_heads_are_its_too() {
    let server = server([]);
    let provider = Mine::new(|request| {
        request.set_path("/socket")?;
        request.set_query("v", "1");
        secret(request)
    });
    let head = Call::new(&client(&server, &provider), &CREATE).prepare().await.unwrap();
    assert_eq!(head.uri(), "https://h/base/socket?v=1");
    assert_eq!(head.headers()["authorization"], "Bearer of-the-provider");
    assert!(head.headers()["authorization"].is_sensitive());
}

#[tokio::test]
async fn who_says_base_and_credential() {
    let server = server([ok(), ok()]);
    let config = |builder: ClientBuilder| {
        builder.build().map(|client| client.base_url().to_owned()).map_err(|error| {
            assert_eq!(error.kind(), ErrorKind::Config);
            error.message().split([':', ';']).next().unwrap_or_default().to_owned()
        })
    };
    let own = || Mine::new(|_| Ok(()));
    let vars = |name: &str| match name {
        "OPENAI_API_KEY" => Some("sk-of-the-environment".to_owned()),
        "OPENAI_ADMIN_KEY" => Some("admin-of-the-environment".to_owned()),
        "OPENAI_BASE_URL" => Some("https://of-the-environment".to_owned()),
        _ => None,
    };
    assert_eq!(config(keyless(&server).provider(own())), Ok("https://h/base".to_owned()));
    assert_eq!(config(ClientBuilder::from_vars(vars).provider(own())), Ok("https://h/base".to_owned()));
    let says = Err("the provider says the base URL".to_owned());
    assert_eq!(config(keyless(&server).base_url("https://x").provider(own())), says);
    let sets = Err("the provider sets the credential".to_owned());
    assert_eq!(config(keyless(&server).api_key("sk-1").provider(own())), sets);
    let identity = WorkloadIdentity::new("i", "s", TokenFn::jwt(|| async { Ok::<_, Error>("t") }));
    assert_eq!(config(keyless(&server).workload_identity(identity).provider(own())), sets);
    // A provider without these leaves them to the client.
    let plain = || Mine { base: None, credential: false, ..own() };
    assert_eq!(
        config(keyless(&server).base_url("https://x/y/").api_key("k").provider(plain())),
        Ok("https://x/y".to_owned())
    );
    assert!(config(keyless(&server).provider(plain())).unwrap_err().starts_with("no key"));

    // Neither key of the environment is sent.
    let handle = Arc::new(Handle::new(&server));
    let client: Client = ClientBuilder::from_vars(vars).transport(handle).provider(own()).build().unwrap();
    client.request(Method::GET, "/x").send().await.unwrap();
    client.request(Method::GET, "/x").with_admin_key().send().await.unwrap();
    assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test]
async fn a_server_without_keys() {
    let server = server([ok(), ok(), ok()]);
    let vars = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-of-the-environment".to_owned());
    let handle = Arc::new(Handle::new(&server));
    let client: Client = ClientBuilder::from_vars(vars).transport(handle).no_api_key().build().unwrap();
    client.request(Method::GET, "/x").send().await.unwrap();
    client.request(Method::GET, "/x").with_admin_key().send().await.unwrap();
    assert!(server.requests().iter().all(|request| request.header("authorization").is_none()));
    // A key set later is sent again.
    let keyed = client.with_options(|options| options.api_key("sk-later")).unwrap();
    keyed.request(Method::GET, "/x").send().await.unwrap();
    assert_eq!(server.requests()[2].header("authorization"), Some("Bearer sk-later"));
    assert!(format!("{client:?}").contains("keyless: true"));
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_is_a_timeout() {
    struct Hangs;
    impl Provider for Hangs {
        fn prepare(&self, _: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
            Box::pin(std::future::pending())
        }
    }
    let server = server([]);
    let client = keyless(&server).api_key("k").provider(Hangs).timeout(Duration::from_secs(3)).max_retries(0);
    let error = client.build().unwrap().request(Method::GET, "/x").send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
}

#[tokio::test]
async fn the_clients_redactor_knows_what_it_got() {
    let server = server((0..200).map(|_| ok()));
    let sent = Arc::new(AtomicUsize::new(0));
    let numbers = sent.clone();
    let provider = Mine::new(move |request| {
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        request.extensions_mut().insert("left");
        request.headers_mut().insert("x-plain", "plain-and-long".parse().unwrap());
        request.set_secret_header("x-any", "any-name-at-all")?;
        request.set_secret_header("authorization", &format!("Bearer token-of-attempt-{number}"))
    });
    let key =
        keyless(&server).base_url("https://h/base").api_key_provider(|| async { Ok::<_, Error>("sk-provided-key") });
    for (client, secrets) in [
        (client(&server, &provider), &["token-of-attempt-0", "any-name-at-all"][..]),
        (key.build().unwrap(), &["sk-provided-key"]),
    ] {
        let shown = |secret: &str| client.redactor().text(secret).into_owned();
        assert!(secrets.iter().all(|secret| shown(secret) == *secret));
        Call::new(&client, &CREATE).send::<Value>().await.unwrap();
        assert!(secrets.iter().all(|secret| shown(secret) == "***"));
        assert_eq!(shown("plain-and-long"), "plain-and-long");
        // What a call alone sends is not the client's.
        let mut call = Call::new(&client, &CREATE);
        call.with_header("x-own", "own-header-of-a-call");
        call.send::<Value>().await.unwrap();
        assert_eq!(shown("own-header-of-a-call"), "own-header-of-a-call");
    }
    // The last ones are known, and what is sent each time.
    let client = client(&server, &provider);
    for _ in 0..100 {
        Call::new(&client, &CREATE).send::<Value>().await.unwrap();
    }
    let last = sent.load(Ordering::SeqCst) - 1;
    for (secret, is_known) in [
        (format!("token-of-attempt-{last}"), true),
        (format!("token-of-attempt-{}", last - 5), true),
        (format!("token-of-attempt-{}", last - 90), false),
        ("any-name-at-all".to_owned(), true),
    ] {
        assert_eq!(client.redactor().text(&secret) == "***", is_known, "{secret}");
    }
}
