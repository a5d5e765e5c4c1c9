//! Bearer tokens of both clouds: fixed ones, providers, kept ones, on sockets too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openai_ext::bedrock::{AccessToken, BedrockConfig};
use openai_ext::prelude::*;
use openai_ext::vertex::VertexConfig;
use openai_ext::{ErrorKind, Provider};

use super::{Sent, any, json, server};

fn bearers(sent: &[Sent]) -> Vec<&str> {
    sent.iter().map(|sent| sent.header("authorization").unwrap_or_default()).collect()
}

/// Both clouds with a provider of tokens that are counted: asked before each attempt, or kept for an hour.
fn counted(kept: bool) -> [(Box<dyn ProviderBox>, Arc<AtomicUsize>); 2] {
    let token = |count: &Arc<AtomicUsize>| format!("t-{}", count.fetch_add(1, Ordering::SeqCst) + 1);
    let counts: [Arc<AtomicUsize>; 2] = Default::default();
    let [first, second] = counts.clone();
    let bedrock = BedrockConfig::new("us-west-2");
    let vertex = VertexConfig::new("p", "global");
    let access = move |count: &Arc<AtomicUsize>| {
        let token = AccessToken::new(token(count), Duration::from_secs(3600));
        async move { Ok::<_, openai_ext::Error>(token) }
    };
    let plain = move |count: &Arc<AtomicUsize>| {
        let token = token(count);
        async move { Ok::<_, std::io::Error>(token) }
    };
    let clouds: [Box<dyn ProviderBox>; 2] = match kept {
        true => [
            Box::new(bedrock.cached_token_provider(move || access(&first))),
            Box::new(vertex.cached_token_provider(move || access(&second))),
        ],
        false => [
            Box::new(bedrock.token_provider(move || plain(&first))),
            Box::new(vertex.token_provider(move || plain(&second))),
        ],
    };
    let [one, two] = clouds;
    let [first, second] = counts;
    [(one, first), (two, second)]
}

/// A provider that is one of several types.
trait ProviderBox {
    fn client(&self, server: &Arc<super::Server>) -> openai_ext::Result<Client>;
}

impl<P: Provider + Clone> ProviderBox for P {
    fn client(&self, server: &Arc<super::Server>) -> openai_ext::Result<Client> {
        server.client(self.clone())
    }
}

#[tokio::test]
async fn tokens_that_stay() -> openai_ext::Result<()> {
    let server = any();
    for client in [
        server.client(BedrockConfig::new("us-west-2").api_key(" key\n"))?,
        server.client(VertexConfig::new("p", "global").access_token(" key\n"))?,
    ] {
        client.responses().create("m", "Hi").send().await?;
        let sent = server.last();
        assert_eq!(sent.header("authorization"), Some("Bearer key"));
        assert!(["api-key", "x-amz-date", "x-amz-content-sha256"].iter().all(|name| sent.header(name).is_none()));
    }
    Ok(())
}

#[tokio::test]
async fn a_provider_is_asked_before_each_attempt() -> openai_ext::Result<()> {
    for (cloud, count) in counted(false) {
        let server = server(|_, count| if count < 2 { json(500, "{}") } else { json(200, "{}") });
        cloud.client(&server)?.responses().create("m", "Hi").send().await?;
        assert_eq!(bearers(&server.sent()), ["Bearer t-1", "Bearer t-2", "Bearer t-3"]);
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
    Ok(())
}

#[tokio::test]
async fn kept_tokens_are_shared_with_streams_and_sockets() -> openai_ext::Result<()> {
    for (cloud, count) in counted(true) {
        let server = server(|sent, _| match (sent.header("accept"), sent.header("upgrade")) {
            (_, Some(_)) => json(400, "{}"),
            (Some("text/event-stream"), _) => {
                let events = "data: {\"type\":\"response.completed\",\"response\":{}}\n\n";
                (200, vec![("content-type", "text/event-stream".to_owned())], events.to_owned())
            }
            _ => json(200, "{}"),
        });
        let client = cloud.client(&server)?;
        client.responses().create("m", "Hi").send().await?;
        let mut events = client.responses().create("m", "Hi").stream().await?;
        assert!(events.next().await.is_some_and(|event| event.is_ok()));
        assert!(client.responses().connect().with_max_retries(0).await.is_err());
        assert_eq!(bearers(&server.sent()), ["Bearer t-1"; 3]);
        assert_eq!(server.last().header("upgrade"), Some("websocket"));
        server.set_time(2399);
        client.responses().retrieve("r").send().await?;
        assert_eq!(count.load(Ordering::SeqCst), 1);
        server.set_time(2400);
        client.responses().retrieve("r").send().await?;
        assert_eq!((count.load(Ordering::SeqCst), server.last().header("authorization")), (2, Some("Bearer t-2")));
    }
    Ok(())
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() -> openai_ext::Result<()> {
    for (cloud, _) in counted(true) {
        let server = server(|sent, _| match sent.header("authorization") {
            Some("Bearer t-2") => json(200, "{}"),
            _ => json(401, "{}"),
        });
        cloud.client(&server)?.responses().create("m", "Hi").send().await?;
        assert_eq!(bearers(&server.sent()), ["Bearer t-1", "Bearer t-2"]);
    }
    for (cloud, _) in counted(true) {
        let server = server(|_, _| json(401, "{}"));
        let error = cloud.client(&server)?.responses().create("m", "Hi").send().await.expect_err("status 401");
        assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Authentication, 2));
    }
    Ok(())
}

#[tokio::test]
async fn a_provider_that_fails_ends_the_call() -> openai_ext::Result<()> {
    let broken = || std::io::Error::other("no such role");
    let server = any();
    let bedrock = BedrockConfig::new("us-west-2");
    let vertex = VertexConfig::new("p", "global");
    for (client, text) in [
        (server.client(bedrock.clone().token_provider(move || async move { Err::<String, _>(broken()) }))?, "Bedrock"),
        (server.client(bedrock.clone().cached_token_provider(move || async move { Err(broken()) }))?, "Bedrock"),
        (server.client(bedrock.clone().credential_provider(move || async move { Err(broken()) }))?, "Bedrock"),
        (server.client(vertex.clone().token_provider(move || async move { Err::<String, _>(broken()) }))?, "Vertex"),
        (server.client(vertex.clone().cached_token_provider(move || async move { Err(broken()) }))?, "Vertex"),
    ] {
        let error = client.responses().create("m", "Hi").send().await.expect_err("no token");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, 0));
        assert!(error.message().starts_with(text) && error.message().ends_with("failed: no such role"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
    for client in [
        server.client(bedrock.token_provider(|| async { Ok::<_, std::io::Error>(" \n") }))?,
        server.client(vertex.token_provider(|| async { Ok::<_, std::io::Error>("") }))?,
    ] {
        let error = client.responses().create("m", "Hi").send().await.expect_err("no token");
        assert!(error.message().contains("the token is empty"), "{error}");
    }
    assert!(server.sent().is_empty());
    Ok(())
}

/// A function that panics when it is called, or when its future is polled, is an error of the call that asked; the next one asks
/// again.
#[tokio::test]
async fn a_kept_token_whose_provider_panics() -> openai_ext::Result<()> {
    for in_call in [true, false] {
        let asked = Arc::new(AtomicUsize::new(0));
        let trips = move |asked: &AtomicUsize, here: bool| {
            assert!(asked.load(Ordering::SeqCst) != 1 || here != in_call, "a panic of the provider");
        };
        let count = || {
            let asked = asked.clone();
            move || {
                asked.fetch_add(1, Ordering::SeqCst);
                trips(&asked, true);
                asked.clone()
            }
        };
        let token = move |count: Arc<AtomicUsize>| async move {
            trips(&count, false);
            Ok::<_, openai_ext::Error>(AccessToken::new("t", Duration::from_secs(3600)))
        };
        let keys = move |count: Arc<AtomicUsize>| async move {
            trips(&count, false);
            Ok::<_, openai_ext::Error>(openai_ext::bedrock::AwsCredentials::new("AKID", "secret"))
        };
        let server = any();
        let [one, two, three] = [count(), count(), count()];
        for client in [
            server.client(BedrockConfig::new("us-west-2").cached_token_provider(move || token(one())))?,
            server.client(VertexConfig::new("p", "global").cached_token_provider(move || token(two())))?,
            server.client(BedrockConfig::new("us-west-2").credential_provider(move || keys(three())))?,
        ] {
            asked.store(0, Ordering::SeqCst);
            let before = server.sent().len();
            let error = client.responses().create("m", "Hi").send().await.expect_err("it panics the first time");
            assert_eq!((error.kind(), server.sent().len()), (ErrorKind::Authentication, before), "{error}");
            client.responses().create("m", "Hi").send().await?;
            assert_eq!(server.sent().len(), before + 1);
        }
    }
    Ok(())
}
