//! Requests that are signed: signatures beside those of AWS's own library, each attempt anew, every kind of body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openai_ext::bedrock::{AwsCredentials, BedrockConfig, BedrockEndpoint};
use openai_ext::prelude::*;
use openai_ext::{ErrorKind, InputFile, Method};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{any, json, server, start};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn keys() -> AwsCredentials {
    AwsCredentials::new("AKIDEXAMPLE", SECRET)
}

fn config() -> BedrockConfig {
    BedrockConfig::new("us-west-2").credentials(keys())
}

/// The expected values are those of botocore 1.43 for the same requests at 2026-01-02T03:04:05Z.
#[tokio::test]
async fn as_the_library_of_aws_signs() -> openai_ext::Result<()> {
    let server = any();
    let client = server.client(config())?;
    client.responses().create("openai.gpt-5.5", "Hi").send().await?;
    let sent = server.last();
    assert_eq!(sent.url, "https://bedrock-mantle.us-west-2.api.aws/openai/v1/responses");
    assert_eq!(sent.body, br#"{"model":"openai.gpt-5.5","input":"Hi"}"#);
    assert_eq!(
        sent.header("authorization"),
        Some(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/bedrock-mantle/aws4_request, \
             SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, \
             Signature=82512f384af2e2401759756756d1f25da426e26031c8a3d9dc2068eae8ef681c"
        )
    );
    assert_eq!(sent.header("x-amz-date"), Some("20260102T030405Z"));
    let digest = "47fb62c77e6437ec4771a7ebbf20fbe2a51aeb097f6777f52ace7713672b9b32";
    assert_eq!((sent.header("x-amz-content-sha256"), sent.header("x-amz-security-token")), (Some(digest), None));

    let runtime = BedrockConfig::new("eu-central-1").endpoint(BedrockEndpoint::Runtime);
    let client = server.client(runtime.credentials(keys().session_token("session/token+==")))?;
    let call = client.request(Method::POST, "/chat/completions?b=2&a=x%20y&a=1").json(&json!({}));
    call.query("list", json!(["z"])).send().await?;
    let sent = server.last();
    assert_eq!(
        sent.header("authorization"),
        Some(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-central-1/bedrock/aws4_request, \
             SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token, \
             Signature=7739a4cdef57c8ee6eeeb85d5cfe1bd3ba0a19b1752a58cbc1ed4af2598788e6"
        )
    );
    assert_eq!(sent.header("x-amz-security-token"), Some("session/token+=="));

    let client = server.client(BedrockConfig::new("us-west-2").credentials(keys().session_token("t")))?;
    client.responses().input_items().list("resp_1/2:é").after("a+b").send().await?;
    let sent = server.last();
    assert!(sent.url.ends_with("/responses/resp_1%2F2:%C3%A9/input_items?after=a%2Bb"), "{}", sent.url);
    assert_eq!(sent.signature(), "864503d0ae95ecfc9ea6201cc1cdb6c003dcd6fdded337b018d88709bf4b00f1");
    Ok(())
}

#[tokio::test]
async fn each_attempt_is_signed_anew() -> openai_ext::Result<()> {
    let server = server(|_, count| if count < 2 { json(500, "{}") } else { json(200, "{}") });
    let asked = Arc::new(AtomicUsize::new(0));
    let (counts, clock) = (asked.clone(), server.clone());
    // The provider is asked before each attempt; a minute passes each time.
    let config = BedrockConfig::new("us-west-2").credential_provider(move || {
        let count = counts.fetch_add(1, Ordering::SeqCst) + 1;
        clock.set_time(60 * count as u64);
        async move { Ok::<_, std::io::Error>(AwsCredentials::new(format!("AKID{count}"), SECRET)) }
    });
    server.client(config)?.responses().create("m", "Hi").send().await?;
    let sent = server.sent();
    assert_eq!((sent.len(), asked.load(Ordering::SeqCst)), (3, 3));
    for (index, request) in sent.iter().enumerate() {
        let value = request.header("authorization").unwrap_or_default();
        assert!(value.contains(&format!("Credential=AKID{}/", index + 1)), "{value}");
        assert_eq!(request.header("x-amz-date"), Some(&*format!("20260102T03{:02}05Z", 5 + index)));
    }
    assert!(sent[0].signature() != sent[1].signature() && sent[1].signature() != sent[2].signature());
    Ok(())
}

#[tokio::test]
async fn every_kind_of_body() -> Result<(), Box<dyn std::error::Error>> {
    let server = server(|sent, _| match sent.header("accept") {
        Some("text/event-stream") => {
            let events = "data: {\"type\":\"response.completed\",\"response\":{}}\n\n";
            (200, vec![("content-type", "text/event-stream".to_owned())], events.to_owned())
        }
        _ => json(200, "{}"),
    });
    let client = server.client(config())?;
    let path = std::env::temp_dir().join(format!("signatures-{}.jsonl", std::process::id()));
    std::fs::write(&path, "{}\n".repeat(100_000))?;
    client.models().list().send().await?;
    client.models().delete("m").send().await?;
    client.files().create(InputFile::from_path(&path), "batch").send().await?;
    client.files().create(("a.jsonl", "{}"), "batch").send().await?;
    client.chat().completions().create("m", [Message::user("Hi")]).send().await?;
    let mut events = client.responses().create("m", "Hi").stream().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    for request in server.sent() {
        let digest: String = Sha256::digest(&request.body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(request.header("x-amz-content-sha256"), Some(&*digest), "{} {}", request.method, request.url);
        assert_eq!(request.signature().len(), 64);
        let signs_type = request.header("authorization").is_some_and(|value| value.contains("content-type;host"));
        assert_eq!(signs_type, request.header("content-type").is_some());
    }
    assert_eq!(server.sent().len(), 6);
    std::fs::remove_file(path)?;
    // What can be read only once is not sent.
    let once = InputFile::from_reader(&b"once"[..]).name("a.jsonl");
    let error = client.files().create(once, "batch").send().await.expect_err("no signature");
    assert_eq!((error.kind(), error.attempts(), server.sent().len()), (ErrorKind::InvalidRequest, 0, 6));
    assert!(error.message().contains("read only once"), "{error}");
    Ok(())
}

#[tokio::test]
async fn handshakes_of_sockets_are_signed_too() -> openai_ext::Result<()> {
    let server = server(|_, _| json(400, "{}"));
    let client = server.client(config())?;
    assert!(client.responses().connect().with_max_retries(0).await.is_err());
    let sent = server.last();
    assert_eq!((sent.method.as_str(), sent.header("upgrade")), ("GET", Some("websocket")));
    assert_eq!(sent.signature().len(), 64);
    // So are heads for protocols of the caller's.
    let head = client.request(Method::GET, "/responses/r").into_call().prepare().await?;
    assert!(head.headers()["authorization"].is_sensitive() && head.headers().contains_key("x-amz-date"));
    Ok(())
}

#[tokio::test]
async fn headers_of_the_signature_are_not_set_by_hand() -> openai_ext::Result<()> {
    for name in ["Authorization", "Host", "X-Amz-Date", "x-amz-security-token", "X-AMZ-CONTENT-SHA256"] {
        let server = any();
        let client = server.client(config())?;
        let defaults = server.builder(config()).default_header(name, "by-hand").build()?;
        for call in [client.models().list().with_header(name, "by-hand"), defaults.models().list()] {
            let error = call.send().await.expect_err(name);
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
            assert!(error.message().contains(&name.to_lowercase()), "{error}");
        }
        assert!(server.sent().is_empty());
        // Taking it out changes nothing, and other headers are sent as they are.
        client.models().list().with_header(name, None).with_header("X-Mine", "1").send().await?;
        let sent = server.last();
        assert_eq!((sent.signature().len(), sent.header("x-mine")), (64, Some("1")));
    }
    Ok(())
}

#[tokio::test]
async fn no_redirect_is_followed() -> openai_ext::Result<()> {
    let key = BedrockConfig::new("us-west-2").api_key("k");
    for config in [config(), key] {
        for status in [301, 302, 307, 308] {
            for location in ["/openai/v1/elsewhere", "https://other.example/x"] {
                let server = server(move |_, _| (status, vec![("location", location.to_owned())], String::new()));
                let error = server.client(config.clone())?.models().list().send().await.expect_err("a redirect");
                assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Redirect, 1));
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn credentials_with_an_end_are_kept() -> openai_ext::Result<()> {
    let asked = Arc::new(AtomicUsize::new(0));
    let (counts, server) = (asked.clone(), any());
    let config = BedrockConfig::new("us-west-2").credential_provider(move || {
        let count = counts.fetch_add(1, Ordering::SeqCst);
        let end = start() + Duration::from_secs(3600 * (1 + count as u64));
        async move {
            tokio::task::yield_now().await;
            let credentials = AwsCredentials::new(format!("AKID{count}"), SECRET).session_token("token-of-session");
            Ok::<_, std::io::Error>(credentials.expires_at(end))
        }
    });
    let client = server.client(config)?;
    let calls: Vec<_> = (0..20).map(|_| client.models().list().send()).collect();
    for result in futures_util::future::join_all(calls).await {
        result?;
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    for (time, expected) in [(2399, 1), (2400, 2), (2401, 2)] {
        server.set_time(time);
        client.with_options(|options| options.max_retries(0))?.models().list().send().await?;
        assert_eq!(asked.load(Ordering::SeqCst), expected, "{time}");
    }
    let sent = server.sent();
    assert!(sent.iter().all(|request| request.header("x-amz-security-token") == Some("token-of-session")));
    assert!(sent.last().and_then(|sent| sent.header("authorization")).is_some_and(|value| value.contains("AKID1/")));
    Ok(())
}

#[tokio::test]
async fn refused_credentials_are_replaced_once() -> openai_ext::Result<()> {
    let refusing = |good: &'static str| {
        server(move |sent, _| match sent.header("authorization").is_some_and(|value| value.contains(good)) {
            true => json(200, "{}"),
            false => json(401, "{}"),
        })
    };
    let counted = || {
        let count = AtomicUsize::new(0);
        BedrockConfig::new("us-west-2").credential_provider(move || {
            let count = count.fetch_add(1, Ordering::SeqCst);
            let credentials = AwsCredentials::new(format!("AKID{count}"), SECRET);
            async move { Ok::<_, std::io::Error>(credentials.expires_at(start() + Duration::from_secs(3600))) }
        })
    };
    let server = refusing("AKID1/");
    server.client(counted())?.models().list().send().await?;
    assert_eq!(server.sent().len(), 2);
    for (config, requests) in [(counted(), 2), (config(), 1)] {
        let server = refusing("nothing");
        let error = server.client(config)?.models().list().send().await.expect_err("status 401");
        assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Authentication, requests));
    }
    Ok(())
}
