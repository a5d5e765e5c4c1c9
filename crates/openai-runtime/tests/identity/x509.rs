//! Workload identities by an X.509 certificate: the exchange, the hosts, and what they exclude.

use std::sync::Arc;

use crate::stub::{Answer, Handle, Stub, call, granted, plain, refused, stub};
use crate::support::ENDPOINT;
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, ClientBuilder, DataResidency, Endpoint, ErrorKind, WorkloadIdentity};

static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };

const TOKENS: &str = "mtls.auth.openai.com";
const API: &str = "mtls.api.openai.com";

fn identity() -> WorkloadIdentity {
    WorkloadIdentity::x509("idp_1", "sa_2")
}

fn client(stub: &Arc<Stub>) -> Client {
    plain(stub).workload_identity(identity()).build().unwrap()
}

fn is_exchange(request: &crate::stub::Request) -> bool {
    request.url == "https://mtls.auth.openai.com/oauth/token"
}

fn bearers(stub: &Stub) -> Vec<String> {
    stub.to(API).iter().map(|request| request.header("authorization").unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_exchange_byte_for_byte() {
    let stub = stub(|request, count| match is_exchange(request) {
        true => granted(&format!("access-token-{count}"), 3600),
        false => Answer::new(200, "{}"),
    });
    let client = plain(&stub).workload_identity(identity()).organization("org").default_header("x-mine", "1");
    let client = client.default_query("v", "1").build().unwrap();
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    let sent = &stub.to(TOKENS)[..];
    let [exchange] = sent else { panic!("{sent:?}") };
    assert_eq!(exchange.method, "POST");
    assert_eq!(
        exchange.body,
        "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:token-exchange\",\
         \"subject_token_type\":\"urn:openai:params:oauth:token-type:x509\",\
         \"identity_provider_id\":\"idp_1\",\"service_account_id\":\"sa_2\"}"
    );
    let mut names: Vec<_> = exchange.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-type", "user-agent"]);
    assert_eq!(bearers(&stub), ["Bearer access-token-0", "Bearer access-token-0"]);
    assert_eq!(stub.to(API)[0].url, "https://mtls.api.openai.com/v1/things?v=1");
}

/// The base URL of a client, or the text of the error.
fn base(options: ClientBuilder) -> Result<String, String> {
    options.build().map(|client| client.base_url().to_owned()).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        error.message().to_owned()
    })
}

#[tokio::test]
async fn its_hosts_alone_get_the_token() {
    let stub = stub(|_, _| Answer::new(200, "{}"));
    let options = || plain(&stub).workload_identity(identity());
    for (region, expected) in [
        (DataResidency::Global, Some("https://mtls.api.openai.com/v1")),
        (DataResidency::Us, Some("https://mtls-us.api.openai.com/v1")),
        (DataResidency::Eu, Some("https://mtls-eu.api.openai.com/v1")),
        (DataResidency::Ae, None),
        (DataResidency::Au, None),
        (DataResidency::In, None),
        (DataResidency::Jp, None),
    ] {
        let found = base(options().data_residency(region));
        assert_eq!(found.as_deref().ok(), expected, "{region:?}");
        assert!(base(options().data_residency(region).base_url("https://mtls.api.openai.com/v1")).is_err());
    }
    assert_eq!(base(options()), Ok("https://mtls.api.openai.com/v1".to_owned()));
    for (url, fits) in [
        ("https://mtls.api.openai.com/v1", true),
        ("https://MTLS-EU.api.openai.com:443/v1/", true),
        ("https://mtls-us.api.openai.com/other?x=1", true),
        ("https://localhost:8443/v1", true),
        ("http://127.0.0.1:8080/v1", true),
        ("http://[::1]:8080/v1", true),
        ("http://mtls.api.openai.com/v1", false),
        ("https://mtls.api.openai.com:8443/v1", false),
        ("https://api.openai.com/v1", false),
        ("https://eu.api.openai.com/v1", false),
        ("https://mtls-jp.api.openai.com/v1", false),
        ("https://mtls.api.openai.com.evil.example/v1", false),
        ("https://evil-mtls.api.openai.com/v1", false),
        ("https://mtls.api.openai.com./v1", false),
        ("https://example.com/mtls.api.openai.com", false),
        ("https://127.0.0.1.evil.example/v1", false),
        ("https://10.0.0.1/v1", false),
    ] {
        assert_eq!(base(options().base_url(url)).is_ok(), fits, "{url}");
        let vars = |name: &str| (name == "OPENAI_BASE_URL").then(|| url.to_owned());
        let of_env = ClientBuilder::<Client>::from_vars(vars).transport(Arc::new(Handle(stub.clone())));
        assert_eq!(base(of_env.workload_identity(identity())).is_ok(), fits, "{url}");
    }
    for (url, fits) in [
        ("https://mtls.auth.openai.com/other", true),
        ("https://localhost/oauth/token", true),
        ("https://auth.openai.com/oauth/token", false),
        ("http://mtls.auth.openai.com/oauth/token", false),
        ("https://mtls.auth.openai.com.evil.example/oauth/token", false),
    ] {
        assert_eq!(base(plain(&stub).workload_identity(identity().token_url(url))).is_ok(), fits, "{url}");
    }
    assert!(stub.to(TOKENS).is_empty());
}

#[tokio::test]
async fn what_it_excludes() {
    let stub = stub(|request, _| match is_exchange(request) {
        true => granted("access-token", 3600),
        false => Answer::new(200, "{}"),
    });
    // Without a certificate there is nothing to exchange.
    let error = base(Client::builder().workload_identity(identity())).unwrap_err();
    assert!(error.contains("client_certificate"), "{error}");
    assert!(base(plain(&stub).workload_identity(identity()).api_key("k")).is_err());
    assert!(base(plain(&stub).workload_identity(WorkloadIdentity::x509(" ", "s"))).is_err());
    assert!(base(plain(&stub).workload_identity(WorkloadIdentity::x509("i", ""))).is_err());
    // A key beside the token, of the client or of the call.
    let keyed = plain(&stub).workload_identity(identity()).default_header("Api-Key", "k").build().unwrap();
    let mut by_hand = Call::new(&client(&stub), &GET);
    by_hand.with_header("API-KEY", "k");
    for error in [call(&keyed).await.unwrap_err(), by_hand.send::<Value>().await.unwrap_err()] {
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    }
    assert!(stub.to(TOKENS).is_empty() && stub.to(API).is_empty());
    // Taking out a key is none.
    let mut without = Call::new(&client(&stub), &GET);
    without.with_header("api-key", None);
    without.send::<Value>().await.unwrap();
}

#[tokio::test]
async fn neither_request_is_redirected() {
    for status in [301, 302, 307, 308] {
        for at_exchange in [true, false] {
            let stub = stub(move |request, _| match is_exchange(request) {
                exchange if exchange == at_exchange => {
                    Answer::new(status, "").header("location", "https://mtls.api.openai.com/v1/other")
                }
                true => granted("access-token", 3600),
                false => Answer::new(200, "{}"),
            });
            let error = Call::new(&client(&stub), &GET).send::<Value>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Redirect, "{status} {at_exchange}");
            assert_eq!((stub.to(TOKENS).len(), stub.to(API).len()), (1, usize::from(!at_exchange)));
        }
    }
}

#[tokio::test]
async fn exchanges_are_tried_again_twice_at_most() {
    for (status, header, exchanges) in [
        (400, None, 1),
        (401, None, 1),
        (403, None, 1),
        (400, Some("true"), 1),
        (401, Some("true"), 1),
        (403, Some("true"), 1),
        (404, None, 1),
        (408, None, 3),
        (429, None, 3),
        (500, None, 3),
        (503, Some("false"), 1),
    ] {
        let stub = stub(move |_, _| {
            let answer = Answer::new(status, r#"{"error":"no"}"#);
            header.map_or(answer.clone(), |value| answer.header("x-should-retry", value))
        });
        let client = plain(&stub).workload_identity(identity()).max_retries(6).build().unwrap();
        call(&client).await.unwrap_err();
        assert_eq!((stub.to(TOKENS).len(), stub.to(API).len()), (exchanges, 0), "{status} {header:?}");
    }
    let broken = stub(|_, _| Answer::Broken);
    let patient = plain(&broken).workload_identity(identity()).max_retries(6).build().unwrap();
    call(&patient).await.unwrap_err();
    assert_eq!(broken.to(TOKENS).len(), 3);
    // As few as the client wants.
    let stub = stub(|_, _| Answer::new(500, "{}"));
    let client = plain(&stub).workload_identity(identity()).max_retries(0).build().unwrap();
    call(&client).await.unwrap_err();
    assert_eq!(stub.to(TOKENS).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_exchange_has_ten_seconds() {
    let stub = stub(|_, _| Answer::Silent);
    let client = plain(&stub).workload_identity(identity()).max_retries(0).build().unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(call(&client).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_valid_token_outlives_a_failed_renewal() {
    let stub = stub(|request, count| match (is_exchange(request), count) {
        (true, 0) => granted("first", 3600),
        (true, 1..4) => Answer::new(500, "{}"),
        (true, _) => granted("second", 3600),
        _ => Answer::new(200, "{}"),
    });
    let client = client(&stub);
    for (time, exchanges, bearer) in
        [(0.0, 1, "first"), (2399.0, 1, "first"), (2400.0, 4, "first"), (2459.0, 4, "first"), (2460.0, 5, "second")]
    {
        stub.set_time(time);
        call(&client).await.unwrap();
        assert_eq!(
            (stub.to(TOKENS).len(), bearers(&stub).pop()),
            (exchanges, Some(format!("Bearer {bearer}"))),
            "{time}"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let good = stub(|request, count| match (is_exchange(request), request.header("authorization")) {
        (true, _) => granted(&format!("t{count}"), 3600),
        (false, Some("Bearer t1")) => Answer::new(200, "{}"),
        _ => refused(),
    });
    call(&client(&good)).await.unwrap();
    assert_eq!(bearers(&good), ["Bearer t0", "Bearer t1"]);
    let never = stub(|request, count| match is_exchange(request) {
        true => granted(&format!("t{count}"), 3600),
        false => refused(),
    });
    let error = call(&client(&never)).await.unwrap_err();
    assert_eq!((error.kind(), bearers(&never).len()), (ErrorKind::Authentication, 2));
    let shown = format!("{error} {error:?} {:?}", client(&never));
    assert!(!shown.contains("t0") || !shown.contains("Bearer"), "{shown}");
}
