//! Tokens of Microsoft Entra ID: asked for before each attempt, or kept, shared and renewed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::azure::{AccessToken, AzureConfig};
use openai_ext::prelude::*;

use super::{ENDPOINT, Sent, json, server};

/// Tokens `t-1`, `t-2`, … that live so many seconds, and how many were given.
fn counted(life: u64) -> (AzureConfig, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counts = count.clone();
    let config = AzureConfig::new(ENDPOINT).v1().cached_token_provider(move || {
        let count = counts.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            // The provider takes its time, so that others come while it is asked.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            Ok::<_, openai_ext::Error>(AccessToken::new(format!("t-{count}"), Duration::from_secs(life)))
        }
    });
    (config, count)
}

fn bearers(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.header("authorization").unwrap_or_default()).collect()
}

#[tokio::test]
async fn one_request_for_a_hundred_calls_at_once() -> Result<(), Box<dyn std::error::Error>> {
    let (config, count) = counted(3600);
    let server = super::any();
    let client = server.client(config)?;
    let calls = async |client: &Client| {
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                // Clones, and clients with other options, share the token.
                let client = client.with_options(|options| options.max_retries(1)).map(|other| (client.clone(), other));
                tokio::spawn(async move {
                    let (client, other) = client?;
                    client.models().list().send().await?;
                    other.models().list().send().await.map(drop)
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    calls(&client).await?;
    assert_eq!((count.load(Ordering::SeqCst), server.sent().len()), (1, 200));
    assert!(bearers(&server.sent()).iter().all(|bearer| *bearer == "Bearer t-1"));
    // 1200 s before its end it is renewed, once again for all of them.
    server.set_time(2399);
    client.models().list().send().await?;
    assert_eq!(count.load(Ordering::SeqCst), 1);
    server.set_time(2400);
    calls(&client).await?;
    assert_eq!(count.load(Ordering::SeqCst), 2);
    Ok(())
}

#[tokio::test]
async fn streams_and_sockets_share_it() -> openai_ext::Result<()> {
    let (config, count) = counted(3600);
    let server =
        server(|_| (200, vec![("content-type", "text/event-stream".into())], "data: {}\n\ndata: [DONE]\n\n".into()));
    let client = server.client(config)?;
    for _ in 0..3 {
        let mut events = client.chat().completions().create("d", [Message::user("Hi")]).stream().await?;
        assert!(events.next().await.is_some_and(|event| event.is_ok()));
        let head = client.request(openai_ext::Method::GET, "/realtime").into_call().prepare().await?;
        assert_eq!(head.headers()["authorization"], "Bearer t-1");
    }
    assert_eq!((count.load(Ordering::SeqCst), bearers(&server.sent())), (1, vec!["Bearer t-1"; 3]));
    Ok(())
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() -> openai_ext::Result<()> {
    let refuse = |good: &'static str| {
        server(move |sent| match sent.header("authorization") == Some(good) {
            true => json(200, "{}"),
            false => json(401, r#"{"error":{"code":"401","message":"expired t-1"}}"#),
        })
    };
    let (config, count) = counted(3600);
    let server = refuse("Bearer t-2");
    let client = server.client(config)?;
    client.models().list().send().await?;
    client.models().list().send().await?;
    assert_eq!(bearers(&server.sent()), ["Bearer t-1", "Bearer t-2", "Bearer t-2"]);
    assert_eq!(count.load(Ordering::SeqCst), 2);

    // Streams too.
    let (config, _) = counted(3600);
    let server = super::server(|sent| match sent.header("authorization") == Some("Bearer t-2") {
        true => (200, vec![("content-type", "text/event-stream".into())], "data: {}\n\ndata: [DONE]\n\n".into()),
        false => json(401, "{}"),
    });
    let client = server.client(config)?;
    let mut events = client.chat().completions().create("d", [Message::user("Hi")]).stream().await?;
    assert!(events.next().await.is_some_and(|event| event.is_ok()));
    assert_eq!(bearers(&server.sent()), ["Bearer t-1", "Bearer t-2"]);

    // One that helps no more is the error of the call.
    let (config, count) = counted(3600);
    let server = refuse("Bearer none");
    let error = server.client(config)?.models().list().send().await.expect_err("status 401");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 2));
    assert_eq!((server.sent().len(), count.load(Ordering::SeqCst)), (2, 2));

    // A fixed token and a key have nothing better to send.
    for config in [AzureConfig::new(ENDPOINT).entra_token("t"), AzureConfig::new(ENDPOINT).api_key("k")] {
        let server = refuse("Bearer none");
        let error = server.client(config.v1())?.models().list().send().await.expect_err("status 401");
        assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Authentication, 1));
    }
    Ok(())
}

#[tokio::test]
async fn a_provider_is_asked_before_each_attempt() -> openai_ext::Result<()> {
    let count = Arc::new(AtomicUsize::new(0));
    let counts = count.clone();
    let config = AzureConfig::new(ENDPOINT).v1().token_provider(move || {
        let count = counts.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok::<_, std::io::Error>(format!("t-{count}")) }
    });
    let server = server(|sent| match sent.header("x-stainless-retry-count") {
        Some("2") => json(200, "{}"),
        _ => json(500, "{}"),
    });
    server.client(config)?.models().list().send().await?;
    assert_eq!(bearers(&server.sent()), ["Bearer t-1", "Bearer t-2", "Bearer t-3"]);
    assert_eq!(count.load(Ordering::SeqCst), 3);
    Ok(())
}

#[tokio::test]
async fn a_provider_that_fails_ends_the_call() -> openai_ext::Result<()> {
    let plain = || AzureConfig::new(ENDPOINT).v1();
    let broken = || std::io::Error::other("no such identity");
    let configs = [
        plain().token_provider(move || async move { Err::<String, _>(broken()) }),
        plain().cached_token_provider(move || async move { Err(broken()) }),
    ];
    for config in configs {
        let server = super::any();
        let error = server.client(config)?.models().list().send().await.expect_err("no token");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
        assert_eq!(error.message(), "Azure: the provider of the token failed: no such identity");
        assert!(std::error::Error::source(&error).is_some() && server.sent().is_empty());
    }
    let empty = plain().token_provider(|| async { Ok::<_, std::io::Error>(" \n") });
    let error = super::any().client(empty)?.models().list().send().await.expect_err("no token");
    assert_eq!(error.message(), "Azure: the token is empty");
    let odd = plain().token_provider(|| async { Ok::<_, std::io::Error>("secret\u{1}token") });
    let error = super::any().client(odd)?.models().list().send().await.expect_err("no token");
    assert!(error.kind() == ErrorKind::Config && !format!("{error:?}").contains("secret"), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn renewals_that_fail_leave_the_old_token() -> openai_ext::Result<()> {
    let count = Arc::new(AtomicUsize::new(0));
    let counts = count.clone();
    let config = AzureConfig::new(ENDPOINT).v1().cached_token_provider(move || {
        let first = counts.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            match first {
                true => Ok(AccessToken::new("t-1", Duration::from_secs(100))),
                false => Err(std::io::Error::other("down")),
            }
        }
    });
    let server = super::any();
    let client = server.client(config.refresh_buffer(Duration::from_secs(10)))?;
    // Each time, and what there is then: renewed from 90 s on, tried again after a minute, over at 100 s.
    for (time, asked, works) in [(0, 1, true), (89, 1, true), (90, 2, true), (99, 2, true), (100, 3, false)] {
        server.set_time(time);
        assert_eq!(client.models().list().send().await.is_ok(), works, "{time}");
        assert_eq!(count.load(Ordering::SeqCst), asked, "{time}");
    }
    Ok(())
}
