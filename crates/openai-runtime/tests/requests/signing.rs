//! Providers that sign: what they see, when, and what follows from it.

use std::sync::{Arc, Mutex};

use crate::support::bodies::FileForm;
use crate::support::{ENDPOINT, Handle, Reply, Server, server};
use openai_runtime::transport::BoxFuture;
use openai_runtime::{
    BodyKind, Call, Client, ClientBuilder, Endpoint, Error, ErrorKind, InputFile, Provider, ProviderRequest, Result,
    TokenFn, WorkloadIdentity,
};
use serde_json::{Value, json};

static CREATE: Endpoint = ENDPOINT;
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

/// Signs by writing down what it saw.
#[derive(Clone, Default)]
struct Signer {
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    follows: bool,
}

impl Provider for Signer {
    fn base_url(&self) -> Result<Option<String>> {
        Ok(Some("https://h/base".to_owned()))
    }

    fn has_credential(&self) -> bool {
        true
    }

    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        Box::pin(async move {
            assert!(!request.headers().contains_key("x-by-hand"));
            request.extensions_mut().insert(7_u8);
            Ok(request)
        })
    }

    fn signs(&self) -> bool {
        true
    }

    fn sign(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let seen = self.seen.clone();
        Box::pin(async move {
            assert_eq!(request.extensions_mut().get::<u8>(), Some(&7));
            assert_eq!(request.headers()["x-by-hand"], "1");
            let mut body = Vec::new();
            request.read_body(|chunk| body.extend_from_slice(chunk)).await?;
            let signature = format!("signature-of-{}-bytes", body.len());
            seen.lock().unwrap().push(body);
            request.set_secret_header("authorization", &signature)?;
            Ok(request)
        })
    }

    fn follows_redirects(&self) -> bool {
        self.follows
    }
}

fn client(server: &Arc<Server>, signer: &Signer) -> Client {
    let handle = || Arc::new(Handle::new(server));
    let options = Client::builder().transport(handle()).clock(handle()).default_header("X-By-Hand", "1");
    options.provider(signer.clone()).build().unwrap()
}

#[tokio::test]
async fn a_signature_is_over_what_is_sent() {
    let path = std::env::temp_dir().join(format!("signing-{}.txt", std::process::id()));
    std::fs::write(&path, "x".repeat(200_000)).unwrap();
    let server =
        server([Reply::json(500, "{}"), Reply::json(200, "{}"), Reply::json(200, "{}"), Reply::json(200, "{}")]);
    let signer = Signer::default();
    let client = client(&server, &signer);
    let mut call = Call::new(&client, &CREATE);
    call.body(&json!({"a": "é"}));
    call.with_body_field("model", "m");
    // A key set by hand is seen, and the signature is in its place.
    call.with_header("authorization", "Bearer by-hand");
    call.send::<Value>().await.unwrap();
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&FileForm(InputFile::from_path(&path)));
    call.send::<Value>().await.unwrap();
    client.request(http::Method::GET, "/x").send().await.unwrap();
    let (sent, seen) = (server.requests(), signer.seen.lock().unwrap().clone());
    assert_eq!(sent.len(), 4);
    for (request, seen) in sent.iter().zip(&seen) {
        assert!(request.body == *seen);
        assert_eq!(request.header("authorization"), Some(&*format!("signature-of-{}-bytes", seen.len())));
    }
    assert_eq!(sent[0].text(), r#"{"model":"m","a":"é"}"#);
    assert!(seen[2].len() > 200_000 && seen[3].is_empty());
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_body_that_is_there_once_is_not_signed() {
    let server = server([]);
    let file = InputFile::from_reader(&b"once"[..]).name("a.txt");
    let mut call = Call::new(&client(&server, &Signer::default()), &UPLOAD);
    call.body(&FileForm(file));
    let error = call.send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    assert!(error.message().contains("read only once"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_signature_is_in_no_error() {
    let server = server([Reply::json(400, r#"{"error":{"message":"no: signature-of-10-bytes"}}"#)]);
    let mut call = Call::new(&client(&server, &Signer::default()), &CREATE);
    call.body(&json!({"a": 1234}));
    let error = call.send::<Value>().await.unwrap_err();
    assert_eq!(error.message(), "no: ***");
}

#[tokio::test]
async fn redirects_are_followed_only_if_it_says_so() {
    for status in [301, 302, 303, 307, 308] {
        for location in ["/elsewhere", "https://h/base/x", "https://other.example/x"] {
            let server = server([Reply::json(status, "{}").header("location", location)]);
            let call = client(&server, &Signer::default()).request(http::Method::GET, "/x");
            let error = call.send().await.unwrap_err();
            assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Redirect, status));
            assert_eq!(server.requests().len(), 1);
        }
    }
    let server = server([Reply::json(307, "").header("location", "/y"), Reply::json(200, "{}")]);
    let follows = Signer { follows: true, ..Signer::default() };
    client(&server, &follows).request(http::Method::GET, "/x").send().await.unwrap();
}

#[tokio::test]
async fn a_prepared_head_is_signed() {
    let server = server([]);
    let mut call = Call::new(&client(&server, &Signer::default()), &CREATE);
    call.body(&json!({"a": 1}));
    let head = call.prepare().await.unwrap();
    assert_eq!(head.headers()["authorization"], "signature-of-7-bytes");
}

/// Nothing that the environment says for OpenAI goes to another server; what is set by hand excludes the provider or is sent.
#[tokio::test]
async fn the_environment_is_openais() {
    let vars = |name: &str| match name {
        "OPENAI_API_KEY" | "OPENAI_ADMIN_KEY" => Some("sk-env".to_owned()),
        "OPENAI_ORG_ID" => Some("org-env".to_owned()),
        "OPENAI_PROJECT_ID" => Some("proj-env".to_owned()),
        "OPENAI_BASE_URL" => Some("https://env.example".to_owned()),
        "OPENAI_CUSTOM_HEADERS" => Some("X-Env: 1\nAuthorization: Bearer env\nX-By-Hand: env".to_owned()),
        _ => None,
    };
    let options = |server: &Arc<Server>| {
        let options = ClientBuilder::<Client>::from_vars(vars).transport(Arc::new(Handle::new(server)));
        options.default_header("x-by-hand", "1").provider(Signer::default())
    };
    let server = server((0..3).map(|_| Reply::json(200, "{}")));
    let client = options(&server).build().unwrap();
    client.request(http::Method::GET, "/x").send().await.unwrap();
    // A client made of it knows no more of the environment.
    let other = client.with_options(|options| options.max_retries(1)).unwrap();
    other.request(http::Method::GET, "/x").with_admin_key().send().await.unwrap();
    let by_hand = options(&server).organization("org-hand").project("proj-hand").build().unwrap();
    by_hand.request(http::Method::GET, "/x").send().await.unwrap();
    let sent = server.requests();
    for request in &sent {
        assert_eq!((request.header("x-env"), request.header("x-by-hand")), (None, Some("1")));
        assert_eq!(request.header("authorization"), Some("signature-of-0-bytes"));
    }
    let ids = |at: usize| (sent[at].header("openai-organization"), sent[at].header("openai-project"));
    assert_eq!([ids(0), ids(1), ids(2)], [(None, None), (None, None), (Some("org-hand"), Some("proj-hand"))]);
    // Not even one that can't be sent.
    let odd = ClientBuilder::<Client>::from_vars(|name| (name == "OPENAI_CUSTOM_HEADERS").then(|| "a b: 1".to_owned()));
    odd.provider(Signer::default()).build().unwrap();

    let identity = || WorkloadIdentity::new("i", "s", TokenFn::jwt(|| async { Ok::<_, Error>("t") }));
    let excluded: [fn(ClientBuilder) -> ClientBuilder; 5] = [
        |options| options.api_key("k"),
        |options| options.admin_api_key("k"),
        |options| options.api_key_provider(|| async { Ok::<_, Error>("k") }),
        |options| options.base_url("https://x"),
        |options| options.data_residency(openai_runtime::DataResidency::Eu),
    ];
    for option in excluded {
        let error = option(options(&server)).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().starts_with("the provider "), "{error}");
    }
    assert!(options(&server).workload_identity(identity()).build().is_err());
}
