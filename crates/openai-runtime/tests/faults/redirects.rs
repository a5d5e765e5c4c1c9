//! Redirects: which are followed, with what, and where they end.

use crate::support::bodies::FileForm;
use openai_runtime::ErrorKind::{InvalidRequest, Redirect};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Endpoint, InputFile};

use crate::support::ENDPOINT;
use crate::tcp::Step::{Hang, Read};
use crate::tcp::{Step, TcpServer};
use crate::{GET, POST, client, ok, response};

static PUT: Endpoint = Endpoint { method: "PUT", ..ENDPOINT };
static PATCH: Endpoint = Endpoint { method: "PATCH", ..ENDPOINT };
static DELETE: Endpoint = Endpoint { method: "DELETE", body: BodyKind::None, ..ENDPOINT };
static HEAD: Endpoint = Endpoint { method: "HEAD", body: BodyKind::None, ..ENDPOINT };
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

fn redirect(status: u16, location: &str) -> Step {
    response(&format!("{status} R"), &format!("location: {location}\r\nconnection: close\r\n"), "")
}

/// One script for each connection: reads a request and answers.
fn each(steps: impl IntoIterator<Item = Step>) -> Vec<Vec<Step>> {
    steps.into_iter().map(|step| vec![Read, step]).collect()
}

fn line(request: &str) -> &str {
    request.lines().next().unwrap()
}

#[tokio::test]
async fn each_status_with_each_method() {
    for status in [301, 302, 303, 307, 308] {
        for endpoint in [&GET, &HEAD, &POST, &PUT, &PATCH, &DELETE] {
            let server = TcpServer::start(each([redirect(status, "/v1/there"), response("200 OK", "", "")])).await;
            let mut call = Call::new(&client(server.url()), endpoint);
            let has_body = endpoint.body == BodyKind::Json;
            if has_body {
                call.body(&Value::from("the body"));
            }
            let sent = call.send_raw::<Value>().await;
            let requests = server.requests();
            let method = endpoint.method;
            if status >= 307 || matches!(method, "GET" | "HEAD") {
                assert_eq!(sent.unwrap().attempts(), 1, "a hop is no attempt");
                assert_eq!(requests.len(), 2, "{status} {method}");
                assert_eq!(line(&requests[0]), format!("{method} /v1/things HTTP/1.1"));
                assert_eq!(line(&requests[1]), format!("{method} /v1/there HTTP/1.1"));
                assert_eq!(requests[1].ends_with("\r\n\r\n\"the body\""), has_body);
                assert!(requests[1].contains("authorization: Bearer sk-secret-key"));
                assert!(requests[1].contains("x-stainless-retry-count: 0"));
            } else {
                let error = sent.unwrap_err();
                assert_eq!((error.kind(), error.attempts(), requests.len()), (Redirect, 1, 1), "{status} {method}");
                assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (status, Some("req_1")));
                assert_eq!(error.headers().unwrap()["location"], "/v1/there");
            }
        }
    }
}

#[tokio::test]
async fn each_form_of_a_location() {
    for (location, expected) in [
        ("/x", Some("/x")),
        ("x", Some("/v1/x")),
        ("./x", Some("/v1/x")),
        ("../x", Some("/x")),
        ("?a=b", Some("/v1/things?a=b")),
        ("/x?a=%20b#c", Some("/x?a=%20b")),
        ("#c", Some("/v1/things?q=1")),
        ("//HOST/x", Some("/x")),
        ("http://HOST/x", Some("/x")),
        ("HTTP://HOST", Some("/")),
        ("/é b", Some("/%C3%A9%20b")),
        ("http://[", None),
        ("http://", None),
        ("file:///etc/passwd", None),
        ("ftp://HOST/x", None),
        ("data:text/plain,{}", None),
        ("javascript:alert(1)", None),
        ("http://user:password@HOST/x", None),
        ("http://user@HOST/x", None),
    ] {
        let server = TcpServer::start_with(|address| {
            each([redirect(307, &location.replace("HOST", &address.to_string())), ok()[1].clone()])
        })
        .await;
        let mut call = Call::new(&client(server.url()), &GET);
        call.with_query("q", "1");
        let sent = call.send_unit().await;
        let requests = server.requests();
        match expected {
            Some(path) => {
                sent.unwrap_or_else(|error| panic!("{location}: {error}"));
                assert_eq!(line(&requests[1]), format!("GET {path} HTTP/1.1"), "{location}");
            }
            None => {
                let error = sent.unwrap_err();
                assert_eq!((error.kind(), error.attempts(), requests.len()), (Redirect, 1, 1), "{location}");
                assert!(!error.message().contains("password"));
            }
        }
    }
    let server = TcpServer::start(vec![vec![Read, response("307 R", "", "where?")]]).await;
    let error = Call::new(&client(server.url()), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.request_id()), (Redirect, 1, Some("req_1")));
}

#[tokio::test]
async fn five_are_followed_and_no_more() {
    let hops = |count: usize| each((0..count).map(|hop| redirect(307, &format!("/{hop}"))).chain([ok()[1].clone()]));
    let server = TcpServer::start(hops(5)).await;
    Call::new(&client(server.url()), &POST).send::<Value>().await.unwrap();
    assert_eq!((server.requests().len(), line(&server.requests()[5])), (6, "POST /4 HTTP/1.1"));
    for scripts in [hops(6), each([redirect(307, "/v1/things")])] {
        let server = TcpServer::start(scripts).await;
        let error = Call::new(&client(server.url()), &POST).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.message()), (Redirect, 1, "more than 5 redirects"));
        assert_eq!((error.status().unwrap().as_u16(), server.requests().len()), (307, 6));
    }
}

const TELLING: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "x-auth-token",
    "x-amz-security-token",
    "cookie",
    "x-client-secret",
    "x-credential",
    "x-password",
    "x-session-id",
    "x-signature",
    "openai-organization",
    "openai-project",
    "idempotency-key",
];

fn telling(mut call: Call) -> Call {
    for name in TELLING {
        call.with_header(name, "hush");
    }
    let mut sensitive = http::HeaderValue::from_static("hush");
    sensitive.set_sensitive(true);
    call.with_header("x-any", sensitive);
    call.with_header("host", "first.example");
    call.with_header("x-plain", "dropped");
    call.with_header("accept-language", "kept");
    call.with_query("code", "hush");
    call
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let target = TcpServer::start(vec![ok()]).await;
    let location = format!("{}/elsewhere", target.url());
    let server = TcpServer::start(each([redirect(307, &location)])).await;
    telling(Call::new(&client(server.url()), &POST)).send_unit().await.unwrap();
    let first = server.requests().remove(0);
    assert_eq!(first.matches("hush").count(), TELLING.len() + 2, "{first}");
    let request = target.requests().remove(0).to_lowercase();
    assert!(!request.contains("hush") && !request.contains("first.example"), "{request}");
    assert!(request.contains("accept-language: kept"), "{request}");
    assert!(request.contains(&format!("host: {}", target.address)), "{request}");
    // Names can't tell which header is a credential, so that all but the common ones stay.
    for name in TELLING.iter().chain(&["x-any", "x-plain", "referer", "openai-beta"]) {
        assert!(!request.contains(&format!("{name}: ")), "{name} in {request}");
    }
    // The key of the client itself too.
    let server = TcpServer::start(each([redirect(308, &location)])).await;
    Call::new(&client(server.url()), &POST).send_unit().await.unwrap();
    assert!(server.requests()[0].contains("sk-secret-key"));
    assert!(!target.requests()[1].contains("secret"));
    // Another port is another origin, another name for the same machine too.
    let server = TcpServer::start_with(|address| {
        each([redirect(307, &format!("http://localhost:{}/x", address.port())), ok()[1].clone()])
    })
    .await;
    Call::new(&client(server.url()), &POST).send_unit().await.unwrap();
    assert!(!server.requests()[1].contains("secret"));
}

#[tokio::test]
async fn credentials_do_not_come_back_with_a_later_redirect() {
    // What another origin answers may be made to have the key sent where it should not go.
    let first = TcpServer::bind().await;
    let back = format!("http://{}/back", first.address());
    let second = TcpServer::start(each([redirect(307, &back)])).await;
    let first = first.serve(each([redirect(307, &second.url()), ok()[1].clone()]));
    telling(Call::new(&client(first.url()), &POST)).send_unit().await.unwrap();
    let requests = first.requests();
    assert_eq!((requests.len(), second.requests().len()), (2, 1));
    assert!(requests[0].contains("hush") && !second.requests()[0].contains("hush"));
    assert!(requests[1].starts_with("POST /back ") && !requests[1].contains("hush"), "{}", requests[1]);
    assert!(requests[1].contains("accept-language: kept") && !requests[1].contains("x-plain"));
}

/// A body is as private as a credential: prompts, files, keys of other servers.
#[tokio::test]
async fn a_body_stays_with_its_site() {
    for status in [301, 302, 303, 307, 308] {
        let target = TcpServer::start(vec![ok()]).await;
        for location in [format!("{}/x", target.url()), format!("http://localhost:{}/x", target.address.port())] {
            let server = TcpServer::start(each([redirect(status, &location)])).await;
            let mut call = Call::new(&client(server.url()), &POST);
            call.body(&Value::from("the body"));
            let error = call.send_unit().await.unwrap_err();
            assert_eq!((error.kind(), error.attempts(), error.is_retryable()), (Redirect, 1, false), "{status}");
            assert_eq!(error.status().unwrap().as_u16(), status);
            assert!(target.requests().is_empty(), "{status} {location}");
            let mut upload = Call::new(&client(server.url()), &UPLOAD);
            upload.body(&FileForm(InputFile::from_bytes("hello")));
            assert_eq!(upload.send_unit().await.unwrap_err().kind(), Redirect);
            assert!(target.requests().is_empty(), "{status} {location}");
        }
    }
    use crate::support::{Reply, builder, server};
    for (location, followed) in [
        ("https://h.example/x", true),
        ("https://eu.h.example/x", true),
        ("https://other.example/x", false),
        ("https://example/x", false),
        ("https://h.example:444/x", false),
    ] {
        let server = server([Reply::json(308, "").header("location", location), Reply::json(200, "{}")]);
        let client = builder(&server).base_url("https://h.example/v1").build().unwrap();
        let mut call = Call::new(&client, &POST);
        call.body(&Value::from("the body"));
        let sent = call.send::<Value>().await;
        assert_eq!((sent.is_ok(), server.requests().len()), (followed, 1 + usize::from(followed)), "{location}");
    }
}

#[tokio::test]
async fn a_retry_after_a_redirect_starts_at_the_beginning() {
    let target = TcpServer::start(each([response("503 No", "", ""), ok()[1].clone()])).await;
    let server = TcpServer::start(each([redirect(307, &target.url())])).await;
    let reply = Call::new(&client(server.url()), &POST).send_raw::<Value>().await.unwrap();
    assert_eq!((reply.attempts(), server.requests().len(), target.requests().len()), (2, 2, 2));
    assert!(server.requests()[1].contains("Bearer sk-secret-key"), "the key goes to its origin again");
}

#[tokio::test]
async fn the_body_of_a_redirect_is_let_go() {
    // It never ends; the connection is closed, not kept waiting for it.
    let endless = "transfer-encoding: chunked\r\nlocation: /x\r\n";
    let first = vec![Read, crate::raw("307 R", endless, "1\r\nx\r\n"), Hang];
    let server = TcpServer::start(vec![first.clone(), vec![Read, response("200 OK", "", "{}"), Hang]]).await;
    let one = client(server.url());
    Call::new(&one, &POST).send_unit().await.unwrap();
    assert_eq!(server.connections(), 2);
    assert!(server.wait_open(1).await, "only the idle connection is left");
    // The same where the redirect is refused.
    let refused = crate::raw("303 R", endless, "1\r\nx\r\n");
    let server = TcpServer::start(vec![vec![Read, refused, Hang]]).await;
    let error = Call::new(&client(server.url()), &POST).send_unit().await.unwrap_err();
    assert_eq!(error.kind(), Redirect);
    assert!(server.wait_open(0).await);
    // With a length of zero the connection is used again.
    let both = vec![Read, response("307 R", "location: /x\r\n", ""), Read, response("200 OK", "", "{}")];
    let server = TcpServer::start(vec![both]).await;
    Call::new(&client(server.url()), &POST).send_unit().await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_that_can_be_sent_once_is_not_sent_on() {
    for (file, followed) in
        [(InputFile::from_bytes("hello"), true), (InputFile::from_reader(&b"hello"[..]).name("x"), false)]
    {
        let server = TcpServer::start(each([redirect(307, "/x"), ok()[1].clone()])).await;
        let mut call = Call::new(&client(server.url()), &UPLOAD);
        call.body(&FileForm(file));
        let again = call.clone();
        let sent = call.send_unit().await;
        if followed {
            sent.unwrap();
            assert!(server.requests().iter().all(|request| request.contains("\r\n\r\nhello\r\n")));
            continue;
        }
        let error = sent.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), server.requests().len()), (Redirect, 1, 1));
        assert_eq!(error.status().unwrap().as_u16(), 307);
        let error = again.send_unit().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (InvalidRequest, 0));
    }
}

#[tokio::test]
async fn never_from_https_to_http() {
    use crate::support::{Reply, builder, server};
    for (base, location, followed) in [
        ("https://h.example/v1", "https://h.example/x", true),
        ("https://h.example/v1", "https://other.example/x", true),
        ("https://h.example/v1", "//other.example/x", true),
        ("https://h.example/v1", "http://h.example/x", false),
        ("https://h.example/v1", "http://other.example/x", false),
        ("http://h.example/v1", "http://h.example/x", true),
        ("http://h.example/v1", "https://h.example/x", true),
        // The same origin, said in other words.
        ("https://h.example/v1", "HTTPS://H.Example:443/x", true),
    ] {
        let server = server([Reply::json(308, "").header("location", location), Reply::json(200, "{}")]);
        let client = builder(&server).base_url(base).build().unwrap();
        let sent = Call::new(&client, &POST).send::<Value>().await;
        let requests = server.requests();
        assert_eq!((sent.is_ok(), requests.len()), (followed, 1 + usize::from(followed)), "{base} to {location}");
        match sent {
            Ok(_) => {
                let origin = requests[1].uri.trim_end_matches("/x");
                let same = base.trim_end_matches("/v1") == origin;
                assert_eq!(requests[1].header("authorization").is_some(), same, "{base} to {location}");
            }
            Err(error) => assert_eq!((error.kind(), error.attempts()), (Redirect, 1)),
        }
    }
    // Also not on a later hop.
    let hop = |location: &str| Reply::json(307, "").header("location", location);
    let server = server([hop("https://b.example/"), hop("http://c.example/"), Reply::json(200, "{}")]);
    let client = builder(&server).base_url("http://a.example").build().unwrap();
    let error = Call::new(&client, &POST).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), server.requests().len()), (Redirect, 2));
}
