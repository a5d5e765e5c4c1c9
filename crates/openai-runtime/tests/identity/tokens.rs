//! Workload identity: the exchange, when its token is renewed, and what a refused one leads to.

use crate::support::bodies::FileForm;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::stub::{
    Answer, SUBJECT, call, calls, client, granted, identity, is_exchange, issuing, plain, refused, stub, subject,
};
use crate::support::ENDPOINT;
use openai_runtime::json::Value;
use openai_runtime::{
    BodyKind, Call, Client, ClientBuilder, Endpoint, ErrorKind, InputFile, Security, TokenFn, WorkloadIdentity,
};

static CREATE: Endpoint = ENDPOINT;
static ADMIN: Endpoint = Endpoint { security: Security::Admin, ..ENDPOINT };
static OPEN: Endpoint = Endpoint { security: Security::None, ..ENDPOINT };
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

#[tokio::test]
async fn the_exchange_byte_for_byte() {
    let stub = issuing(|_| true);
    let client = plain(&stub)
        .workload_identity(identity())
        .organization("org-1")
        .default_header("x-mine", "private")
        .default_query("api-version", "7")
        .build()
        .unwrap();
    call(&client).await.unwrap();
    call(&client).await.unwrap();
    let sent = &stub.to("auth.openai.com")[..];
    let [exchange] = sent else { panic!("{sent:?}") };
    assert_eq!((exchange.method.as_str(), exchange.url.as_str()), ("POST", "https://auth.openai.com/oauth/token"));
    assert_eq!(
        exchange.body,
        "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:token-exchange\",\
         \"subject_token\":\"subject.token.of-the-platform\",\
         \"subject_token_type\":\"urn:ietf:params:oauth:token-type:jwt\",\
         \"identity_provider_id\":\"idp_1\",\"service_account_id\":\"sa_2\"}"
    );
    // What is meant for the API does not go to the token server.
    let mut names: Vec<_> = exchange.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-type", "user-agent"]);
    assert_eq!(exchange.header("content-type"), Some("application/json"));
    assert!(!exchange.direct);
    assert_eq!(stub.bearers(), ["access-token-0", "access-token-0"]);
}

#[tokio::test]
async fn what_the_exchange_carries_is_json_whatever_it_holds() {
    let stub = issuing(|_| true);
    let provider = TokenFn::id_token(|| async { Ok::<_, std::io::Error>(" a\"b\\c\u{1} é \n") });
    let identity = WorkloadIdentity::new("i\"1", "s\n2", provider).token_url("https://auth.openai.com/oauth/token");
    let client = plain(&stub).workload_identity(identity).build().unwrap();
    call(&client).await.unwrap();
    let body: Value = serde_json::from_str(&stub.to("auth.openai.com")[0].body).unwrap();
    assert_eq!(body["subject_token"], "a\"b\\c\u{1} é");
    assert_eq!(body["subject_token_type"], "urn:ietf:params:oauth:token-type:id_token");
    assert_eq!((&body["identity_provider_id"], &body["service_account_id"]), (&"i\"1".into(), &"s\n2".into()));
}

#[tokio::test]
async fn when_a_token_is_renewed() {
    // The life that the server tells, and the last second at which the token is still used.
    for (life, last) in [
        ("3600", Some(2399.9)),
        ("7200.0", Some(5999.9)),
        ("2400", Some(1199.9)),
        ("1000", Some(499.9)),
        ("1", Some(0.49)),
        ("0.001", Some(0.0004)),
        ("\"3600\"", Some(2399.9)),
        ("1e300", Some(900_000_000.0)),
        ("18446744073709551615", Some(900_000_000.0)),
        ("0", None),
        ("-5", None),
        ("null", None),
        ("\"soon\"", None),
        ("\"NaN\"", None),
        ("\"inf\"", None),
        ("true", None),
        ("[]", None),
    ] {
        let answer = granted("access-token", life);
        let stub = stub(move |request, _| if is_exchange(request) { answer.clone() } else { Answer::new(200, "{}") });
        let client = client(&stub);
        stub.set_time(1000.0);
        call(&client).await.unwrap();
        stub.set_time(1000.0 + last.unwrap_or_default());
        call(&client).await.unwrap();
        // A token without a life serves those that waited for it, and nobody else.
        assert_eq!(stub.exchanges(), if last.is_some() { 1 } else { 2 }, "{life}");
        if let Some(last) = last.filter(|last| *last < 1e6) {
            stub.set_time(1000.0 + last + last.min(0.1));
            call(&client).await.unwrap();
            assert_eq!(stub.exchanges(), 2, "{life}");
        }
    }
    // An absent life is as none.
    let stub =
        stub(
            |request, _| {
                if is_exchange(request) { Answer::new(200, r#"{"access_token":"a"}"#) } else { Answer::new(200, "{}") }
            },
        );
    let one = client(&stub);
    call(&one).await.unwrap();
    call(&one).await.unwrap();
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test]
async fn the_buffer_can_be_set() {
    let stub = issuing(|_| true);
    let identity = identity().refresh_buffer(Duration::from_secs(60));
    let client = plain(&stub).workload_identity(identity).build().unwrap();
    for (time, exchanges) in [(0.0, 1), (3539.0, 1), (3540.0, 2)] {
        stub.set_time(time);
        call(&client).await.unwrap();
        assert_eq!(stub.exchanges(), exchanges);
    }
}

#[tokio::test(start_paused = true)]
async fn the_life_is_counted_from_when_the_token_was_asked_for() {
    let stub =
        stub(|request, _| if is_exchange(request) { granted("a", 100).late(5000) } else { Answer::new(200, "{}") });
    let client = client(&stub);
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    stub.set_time(5.0);
    waiting.await.unwrap().unwrap();
    stub.set_time(49.0);
    call(&client).await.unwrap();
    assert_eq!(stub.exchanges(), 1);
    stub.set_time(50.0);
    call(&client).await.unwrap();
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_the_old_token_until_it_ends() {
    let stub = stub(|request, count| match (is_exchange(request), count) {
        (true, 0) => granted("old", 3600),
        (true, _) => Answer::new(400, r#"{"error":"invalid_grant","error_description":"no more"}"#),
        _ => Answer::new(200, "{}"),
    });
    let client = client(&stub);
    for (time, exchanges) in [(0.0, 1), (2400.0, 2), (2459.0, 2), (2460.0, 3), (3599.0, 4)] {
        stub.set_time(time);
        call(&client).await.unwrap();
        assert_eq!(stub.exchanges(), exchanges, "{time}");
    }
    stub.set_time(3600.0);
    call(&client).await.unwrap_err();
    stub.set_time(3700.0);
    let error = call(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Authentication, Some("invalid_grant")));
    assert_eq!(stub.bearers(), ["old"; 5]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_a_call() {
    let stub = issuing(|token| token != "access-token-0");
    let one = client(&stub).with_options(|options| options.max_retries(0)).unwrap();
    let reply = Call::new(&one, &CREATE).send_raw::<Value>().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(stub.bearers(), ["access-token-0", "access-token-1"]);
    let counts: Vec<_> =
        stub.calls().iter().map(|sent| sent.header("x-stainless-retry-count").unwrap().to_owned()).collect();
    assert_eq!(counts, ["0", "1"]);
    assert!(stub.waits().is_empty());

    let stub = issuing(|_| false);
    let one = client(&stub);
    let error = call(&one).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.code()), (ErrorKind::Authentication, 2, Some("token_expired")));
    assert_eq!((stub.exchanges(), stub.calls().len()), (2, 2));
    // What was refused is not sent again.
    call(&one).await.unwrap_err();
    assert_eq!(stub.bearers(), ["access-token-0", "access-token-1", "access-token-2", "access-token-3"]);
}

#[tokio::test]
async fn the_replay_does_not_count_as_a_retry() {
    let stub = stub(|request, count| match (is_exchange(request), count) {
        (true, count) => granted(&format!("access-token-{count}"), 3600),
        (_, 0 | 2) => Answer::new(500, "{}"),
        (_, 1) => refused(),
        _ => Answer::new(200, "{}"),
    });
    call(&client(&stub)).await.unwrap();
    assert_eq!((stub.exchanges(), stub.calls().len()), (2, 4));
    assert_eq!(stub.waits(), [500, 1000]);
    let stub = self::stub(|request, count| match (is_exchange(request), count) {
        (true, _) => granted("access-token", 3600),
        (_, 1) => refused(),
        _ => Answer::new(500, "{}"),
    });
    let error = call(&client(&stub)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InternalServer, 4));
}

#[tokio::test]
async fn a_body_that_is_gone_is_not_replayed() {
    for (file, replayed) in [(InputFile::from_bytes("hello"), true), (InputFile::from_reader(&b"hello"[..]), false)] {
        let stub = issuing(|token| token != "access-token-0");
        let client = client(&stub);
        let mut upload = Call::new(&client, &UPLOAD);
        upload.body(&FileForm(file));
        let result = upload.send::<Value>().await;
        assert_eq!((result.is_ok(), stub.calls().len()), (replayed, 1 + usize::from(replayed)));
        if let Err(error) = result {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 1));
        }
        // The token was dropped all the same.
        call(&client).await.unwrap();
        assert_eq!(stub.bearers().last().unwrap(), "access-token-1");
    }
}

#[tokio::test]
async fn a_401_of_someone_else_drops_nothing() {
    // The server of another origin, which never saw the token.
    let stub = stub(|request, _| match request.url.as_str() {
        _ if is_exchange(request) => granted("access-token", 3600),
        "https://api.openai.com/v1/things" => Answer::new(307, "").header("location", "https://other.example/x"),
        _ => refused(),
    });
    let one = client(&stub);
    assert_eq!(call(&one).await.unwrap_err().attempts(), 1);
    assert_eq!(call(&one).await.unwrap_err().attempts(), 1);
    assert_eq!(stub.exchanges(), 1);
    assert!(stub.to("other.example").iter().all(|request| request.header("authorization").is_none()));

    // A header that takes the place of the token: there is nothing to exchange.
    let stub = issuing(|_| false);
    let mut own = Call::new(&client(&stub), &CREATE);
    own.with_header("authorization", "Bearer mine");
    assert_eq!(own.send_unit().await.unwrap_err().attempts(), 1);
    assert_eq!((stub.exchanges(), stub.bearers()), (0, vec!["mine".to_owned()]));
}

#[tokio::test]
async fn only_bearer_operations_use_it() {
    let stub = issuing(|_| true);
    let one = client(&stub);
    let error = Call::new(&one, &ADMIN).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
    Call::new(&one, &OPEN).send_unit().await.unwrap_err();
    assert_eq!((stub.exchanges(), stub.bearers()), (0, vec![String::new()]));
    let both = one.with_options(|options| options.admin_api_key("admin")).unwrap();
    Call::new(&both, &ADMIN).send_unit().await.unwrap();
    Call::new(&both, &CREATE).send_unit().await.unwrap();
    assert_eq!(stub.bearers()[1..], ["admin", "access-token-0"]);
}

#[tokio::test]
async fn it_excludes_keys_but_not_those_of_the_environment() {
    let stub = issuing(|_| true);
    let start = || plain(&stub).workload_identity(identity());
    for wrong in [
        start().api_key("sk-1"),
        plain(&stub).api_key("sk-1").workload_identity(identity()),
        start().api_key_provider(|| async { Ok::<_, std::io::Error>("k") }),
        ClientBuilder::from_vars(|_| Some("sk-env".to_owned())).workload_identity(identity()).api_key("sk-1"),
    ] {
        let error = wrong.base_url("http://h").build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        for name in ["`workload_identity`", "`api_key`", "`api_key_provider`", "only one"] {
            assert!(error.message().contains(name), "{error}");
        }
    }
    let keyed = plain(&stub).api_key("sk-1").build().unwrap();
    assert!(keyed.with_options(|options| options.workload_identity(identity())).is_err());
    assert!(start().build().unwrap().with_options(|options| options.api_key("sk-1")).is_err());

    let from_env = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-env".to_owned());
    let handle = || Arc::new(crate::stub::Handle(stub.clone()));
    let builder = ClientBuilder::<Client>::from_vars(from_env).transport(handle()).clock(handle());
    let client = builder.clone().workload_identity(identity()).build().unwrap();
    assert!(client.api_key().is_none());
    call(&client).await.unwrap();
    call(&client.with_options(|options| options.max_retries(1)).unwrap()).await.unwrap();
    call(&builder.build().unwrap()).await.unwrap();
    assert_eq!(stub.bearers(), ["access-token-0", "access-token-0", "sk-env"]);
}

#[test]
fn options_are_checked_when_the_client_is_built() {
    let build = |identity| Client::builder().workload_identity(identity).build();
    for (identity, text) in [
        (WorkloadIdentity::new(" ", "sa", subject()), "identity_provider_id"),
        (WorkloadIdentity::new("idp", "", subject()), "service_account_id"),
        (identity().token_url("auth.openai.com"), "token URL"),
        (identity().token_url("ftp://h/x"), "token URL"),
        (identity().token_url("https://user:secret-word@h/x"), "token URL"),
    ] {
        let error = build(identity).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(text), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret-word"));
    }
    assert!(build(identity()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_provider_of_the_users_can_fail_hang_and_panic() {
    let stub = issuing(|_| true);
    let with =
        |provider: TokenFn| plain(&stub).workload_identity(WorkloadIdentity::new("i", "s", provider)).build().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = |asked: &Arc<AtomicUsize>| asked.fetch_add(1, Ordering::Relaxed);

    let failing = with(TokenFn::jwt(|| async { Err::<String, _>(std::io::Error::other("no socket")) }));
    let error = call(&failing).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
    assert_eq!(error.message(), "the provider of the subject token failed: no socket");
    assert!(std::error::Error::source(&error).unwrap().is::<std::io::Error>());

    // An error of ours says by its kind that it may pass.
    let own = with(TokenFn::jwt({
        let asked = asked.clone();
        move || {
            let kind = if count(&asked) < 2 { ErrorKind::Connection } else { ErrorKind::Authentication };
            async move { Err::<String, _>(openai_runtime::Error::new(kind, "mine")) }
        }
    }));
    let error = call(&own).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Authentication, "mine"));
    assert_eq!((asked.load(Ordering::Relaxed), stub.waits()), (3, vec![500, 1000]));

    for text in ["", " \n"] {
        let empty = with(TokenFn::jwt(move || async move { Ok::<_, std::io::Error>(text) }));
        assert_eq!(call(&empty).await.unwrap_err().kind(), ErrorKind::Authentication);
    }

    let hanging = with(TokenFn::jwt(std::future::pending::<Result<String, std::io::Error>>));
    let hanging = hanging.with_options(|options| options.max_retries(0)).unwrap();
    let start = tokio::time::Instant::now();
    let error = call(&hanging).await.unwrap_err();
    assert_eq!((error.kind(), start.elapsed().as_secs()), (ErrorKind::Timeout, 60));

    let panics = Arc::new(AtomicUsize::new(0));
    let panicking = with(TokenFn::jwt({
        let panics = panics.clone();
        move || {
            let first = count(&panics) == 0;
            async move { if first { panic!("on purpose") } else { Ok::<_, std::io::Error>(SUBJECT) } }
        }
    }));
    let results = calls(&panicking, 5).await;
    // The call that began it has the error; the others do not go down with it, nor do those that come later.
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
    call(&panicking).await.unwrap();
    assert_eq!(stub.exchanges(), 1);
}
