//! Where subject tokens come from: what is asked for, how, and what goes wrong.

use std::sync::Arc;

use crate::stub::{Answer, Request, Stub, call, granted, plain, stub};
use crate::tcp::Step::{Hang, Read, Send};
use crate::tcp::TcpServer;
use openai_runtime::json::Value;
use openai_runtime::{
    AzureImds, Client, ErrorKind, GcpMetadata, KubernetesToken, SubjectTokenProvider, WorkloadIdentity,
};

const AZURE: &str = "169.254.169.254";
const GOOGLE: &str = "metadata.google.internal";

fn with(stub: &Arc<Stub>, provider: impl SubjectTokenProvider) -> Client {
    plain(stub).workload_identity(WorkloadIdentity::new("idp", "sa", provider)).build().unwrap()
}

/// Everything but the metadata service works.
fn metadata(answer: impl Fn(&Request, usize) -> Answer + std::marker::Send + Sync + 'static) -> Arc<Stub> {
    stub(move |request, count| {
        if request.url.contains("/oauth/token") && request.url.starts_with("https://auth.") {
            return granted(&format!("access-token-{count}"), 3600);
        }
        if request.url.starts_with("https://api.") { Answer::new(200, "{}") } else { answer(request, count) }
    })
}

/// What the exchange said of the subject token: the token, and the last word of its type.
fn exchanged(stub: &Stub) -> Vec<(String, String)> {
    let read = |request: &Request| {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let kind = body["subject_token_type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
        (body["subject_token"].as_str().unwrap().to_owned(), kind)
    };
    stub.to("auth.openai.com").iter().map(read).collect()
}

#[tokio::test]
async fn kubernetes_reads_its_file_anew_for_each_exchange() {
    let path = std::env::temp_dir().join(format!("openai-identity-{}.token", std::process::id()));
    let stub = metadata(|_, _| Answer::Broken);
    let client = with(&stub, KubernetesToken::from_path(&path));
    let shown = path.display().to_string();

    let error = call(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
    assert!(error.message().contains(&shown) && error.message().contains("can't be read"), "{error}");
    assert!(std::error::Error::source(&error).unwrap().is::<std::io::Error>());
    for (bytes, text) in [(&b""[..], "is empty"), (b" \r\n", "is empty"), (b"\xFF\xFE", "is no text in UTF-8")] {
        std::fs::write(&path, bytes).unwrap();
        let error = call(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert_eq!(error.message(), format!("the token file {shown} {text}"));
    }
    assert_eq!(stub.exchanges(), 0);

    std::fs::write(&path, "token-one\n").unwrap();
    call(&client).await.unwrap();
    std::fs::write(&path, "token-two").unwrap();
    call(&client).await.unwrap();
    stub.set_time(2400.0);
    call(&client).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let jwt = |token: &str| (token.to_owned(), "jwt".to_owned());
    assert_eq!(exchanged(&stub), [jwt("token-one"), jwt("token-two")]);
    assert!(stub.waits().is_empty());
    let standard = format!("{:?}", KubernetesToken::default());
    assert!(standard.contains("/var/run/secrets/kubernetes.io/serviceaccount/token"));
}

#[tokio::test]
async fn azure_asks_the_metadata_service() {
    let answer = r#"{"access_token":"azure.token","expires_in":"86399","token_type":"Bearer"}"#;
    let stub = metadata(move |_, _| Answer::new(200, answer));
    call(&with(&stub, AzureImds::new())).await.unwrap();
    let chosen = AzureImds::new()
        .resource("api://my app")
        .msi_res_id("/subscriptions/1")
        .client_id("c&1")
        .object_id("o")
        .api_version("2019-08-01");
    call(&with(&stub, chosen)).await.unwrap();
    let sent = stub.to(AZURE);
    assert_eq!(
        sent[0].url,
        "http://169.254.169.254/metadata/identity/oauth2/token\
         ?api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F"
    );
    assert_eq!(
        sent[1].url,
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2019-08-01&resource=api%3A%2F%2Fmy%20app\
         &object_id=o&client_id=c%261&msi_res_id=%2Fsubscriptions%2F1"
    );
    for request in &sent {
        assert_eq!((request.method.as_str(), request.body.as_str(), request.direct), ("GET", "", true));
        assert_eq!(request.header("metadata"), Some("true"));
        assert_eq!(request.headers.len(), 3, "{request:?}");
    }
    let jwt = ("azure.token".to_owned(), "jwt".to_owned());
    assert_eq!(exchanged(&stub), [jwt.clone(), jwt]);
}

#[tokio::test]
async fn google_asks_the_metadata_service() {
    let stub = metadata(|_, _| Answer::new(200, "google.id.token\n"));
    call(&with(&stub, GcpMetadata::new())).await.unwrap();
    call(&with(&stub, GcpMetadata::default().audience("a b"))).await.unwrap();
    let sent = stub.to(GOOGLE);
    let path = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity";
    assert_eq!(sent[0].url, format!("{path}?audience=https%3A%2F%2Fapi.openai.com%2Fv1"));
    assert_eq!(sent[1].url, format!("{path}?audience=a%20b"));
    for request in &sent {
        assert_eq!((request.method.as_str(), request.body.as_str(), request.direct), ("GET", "", true));
        assert_eq!(request.header("metadata-flavor"), Some("Google"));
    }
    let id = ("google.id.token".to_owned(), "id_token".to_owned());
    assert_eq!(exchanged(&stub), [id.clone(), id]);
}

#[tokio::test]
async fn a_metadata_service_that_fails() {
    let bad = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    let portal = "<html></html>";
    let cases = [
        // Answer, kind with Azure and with Google, requests.
        (Answer::new(400, bad), ErrorKind::Authentication, ErrorKind::Authentication, 1),
        (Answer::new(403, ""), ErrorKind::Authentication, ErrorKind::Authentication, 1),
        (Answer::new(404, "no"), ErrorKind::Authentication, ErrorKind::Authentication, 1),
        (Answer::new(429, ""), ErrorKind::RateLimit, ErrorKind::RateLimit, 3),
        (Answer::new(500, ""), ErrorKind::InternalServer, ErrorKind::InternalServer, 3),
        (Answer::Broken, ErrorKind::Connection, ErrorKind::Connection, 3),
        (Answer::new(200, ""), ErrorKind::Decode, ErrorKind::Decode, 1),
        (Answer::new(200, portal), ErrorKind::Decode, ErrorKind::Decode, 1),
        (Answer::new(200, "<p>a page</p>"), ErrorKind::Decode, ErrorKind::Decode, 1),
        (Answer::new(200, b"\xFF"), ErrorKind::Decode, ErrorKind::Decode, 1),
        (Answer::new(200, r#"{"access_token": ""}"#), ErrorKind::Decode, ErrorKind::Decode, 1),
        (Answer::new(200, r#"{"access_token": 5}"#), ErrorKind::Decode, ErrorKind::Decode, 1),
        (
            Answer::new(302, "").header("location", "https://other.example/"),
            ErrorKind::Redirect,
            ErrorKind::Redirect,
            1,
        ),
    ];
    for (answer, azure, google, requests) in cases {
        let providers: [(Arc<dyn SubjectTokenProvider>, _, _, _); 2] = [
            (Arc::new(AzureImds::new()), azure, AZURE, "the Azure metadata service"),
            (Arc::new(GcpMetadata::new()), google, GOOGLE, "the Google metadata service"),
        ];
        for (provider, kind, host, name) in providers {
            let answer = answer.clone();
            let shown = format!("{answer:?}");
            let stub = metadata(move |_, _| answer.clone());
            let error = call(&with(&stub, provider)).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (kind, 0), "{shown}");
            assert_eq!(stub.to(host).len(), requests, "{shown}");
            assert!(error.message().contains(name), "{error}");
            assert_eq!((stub.exchanges(), stub.calls().len(), stub.to("other.example").len()), (0, 0, 0));
            if shown.contains("400") {
                assert_eq!(error.code(), Some("invalid_request"));
                assert!(error.message().ends_with("Identity not found"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_metadata_service_has_ten_seconds() {
    let stub = metadata(|_, _| Answer::Silent);
    let client = with(&stub, AzureImds::new()).with_options(|options| options.max_retries(0)).unwrap();
    let start = tokio::time::Instant::now();
    let error = call(&client).await.unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, 10));
    assert!(error.message().contains("the Azure metadata service"), "{error}");
}

#[tokio::test]
async fn a_url_that_is_none() {
    let stub = metadata(|_, _| Answer::Broken);
    for provider in [AzureImds::new().base_url("no url"), AzureImds::new().base_url("http://[")] {
        let error = call(&with(&stub, provider)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}

fn response(status: &str, body: &str) -> crate::tcp::Step {
    Send(format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into())
}

#[tokio::test]
async fn over_real_connections() {
    let once = |body: &str| vec![vec![Read, response("200 OK", body)]];
    let api = TcpServer::start(vec![
        vec![Read, response("401 Unauthorized", "{}")],
        vec![Read, response("200 OK", r#"{"ok":true}"#)],
    ])
    .await;
    let tokens = TcpServer::start(vec![
        vec![Read, response("503 Service Unavailable", "")],
        vec![Read, response("200 OK", r#"{"access_token":"first","expires_in":3600}"#)],
        vec![Read, response("200 OK", r#"{"access_token":"second","expires_in":3600}"#)],
    ])
    .await;
    let google = TcpServer::start(once("id.token")).await;
    let provider = GcpMetadata::new().base_url(format!("http://{}/", google.address));
    let identity = WorkloadIdentity::new("idp", "sa", provider).token_url(format!("http://{}/t", tokens.address));
    let clock = Arc::new(crate::support::Handle::new(&crate::support::server([])));
    let client = Client::builder().base_url(api.url()).workload_identity(identity).clock(clock).build().unwrap();
    assert_eq!(call(&client).await.unwrap()["ok"], true);
    let sent = api.requests.lock().unwrap().clone();
    assert!(sent[0].contains("authorization: Bearer first\r\n"), "{sent:?}");
    assert!(sent[1].contains("authorization: Bearer second\r\n"));
    let sent = tokens.requests.lock().unwrap().clone();
    assert!(sent.iter().all(|request| request.starts_with("POST /t HTTP/1.1\r\n")
        && request.contains(r#""subject_token":"id.token""#)
        && request.contains("content-type: application/json\r\n")));
    let sent = google.requests.lock().unwrap().clone();
    assert_eq!((tokens.connections.load(std::sync::atomic::Ordering::SeqCst), sent.len()), (3, 3));
    assert!(sent[0].contains("metadata-flavor: Google\r\n"), "{sent:?}");
}

/// The child of the test below, in whose environment a proxy is set.
#[tokio::test]
async fn behind_a_proxy() {
    let var = |name| std::env::var(name).unwrap_or_default();
    if var("IDENTITY_METADATA").is_empty() {
        return;
    }
    let identity = WorkloadIdentity::new("idp", "sa", AzureImds::new().base_url(var("IDENTITY_METADATA")))
        .token_url("http://token.example/t");
    let client = Client::builder().base_url("http://api.example/v1").workload_identity(identity).build().unwrap();
    call(&client).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_metadata_service_is_asked_without_the_proxy() {
    let azure = TcpServer::start(vec![vec![Read, response("200 OK", r#"{"access_token":"azure.token"}"#)]]).await;
    let proxy = TcpServer::start(vec![
        vec![Read, response("200 OK", r#"{"access_token":"access","expires_in":3600}"#)],
        vec![Read, response("200 OK", "{}")],
        vec![Read, Hang],
    ])
    .await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "providers::behind_a_proxy"])
        .env("IDENTITY_METADATA", format!("http://{}", azure.address))
        .env("http_proxy", format!("http://{}", proxy.address))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let direct = azure.requests.lock().unwrap().clone();
    assert!(direct.len() == 1 && direct[0].starts_with("GET /metadata/identity/oauth2/token?"), "{direct:?}");
    let proxied = proxy.requests.lock().unwrap().clone();
    let firsts: Vec<_> = proxied.iter().map(|request| request.lines().next().unwrap_or_default()).collect();
    assert_eq!(firsts, ["POST http://token.example/t HTTP/1.1", "POST http://api.example/v1/things HTTP/1.1"]);
}
