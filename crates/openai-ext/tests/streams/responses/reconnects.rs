//! Streams that a server cuts off again and again.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::json;

use super::Result;

/// A clock whose waits are over at once, and written down.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<(Vec<f64>, Duration)>>);

impl Clock for Waits {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.lock().expect("a list").0.push(duration.as_secs_f64());
        Box::pin(std::future::ready(()))
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().expect("a time").1
    }

    fn random(&self) -> f64 {
        0.0
    }
}

/// A server whose streams say one event each, and then break off.
async fn greeting(clock: &Waits) -> Result<(Client, MockServer)> {
    let mock = MockServer::start().await?;
    mock.on_request(|_| {
        let response = json!({"id": "resp_1", "status": "in_progress", "output": []});
        let event = json!({"type": "response.created", "sequence_number": 0, "response": response});
        Some(Reply::events([Event::named("response.created", &event)]))
    });
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0);
    Ok((client.clock(Arc::new(clock.clone())).build()?, mock))
}

/// Does as the documentation tells users to; the time that each connection lives is `lives`.
async fn follow(most: Option<u32>, lives: u64, cuts: usize) -> Result<(Option<openai_ext::Error>, usize, Vec<f64>)> {
    let clock = Waits::default();
    let (client, mock) = greeting(&clock).await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").background(true).stream_events().await?;
    if let Some(most) = most {
        stream = stream.with_max_reconnects(most);
    }
    let mut error = None;
    for _ in 0..cuts {
        while let Some(Ok(_)) = stream.next().await {}
        clock.0.lock().expect("a time").1 += Duration::from_secs(lives);
        if let Err(failed) = stream.reconnect().await {
            error = Some(failed);
            break;
        }
    }
    let waits = clock.0.lock().expect("a list").0.clone();
    Ok((error, mock.requests().len(), waits))
}

#[tokio::test]
async fn a_server_that_greets_and_closes_is_given_up() -> Result {
    let (error, requests, waits) = follow(None, 29, 50).await?;
    let error = error.ok_or("no error")?;
    assert_eq!((error.kind(), error.is_retryable(), requests), (ErrorKind::Limit, false, 6));
    assert!(error.message().contains("6 times") && error.message().contains("`with_max_reconnects`"), "{error}");
    assert_eq!(waits, [0.5, 1.0, 2.0, 4.0]);
    let (error, requests, waits) = follow(Some(8), 0, 50).await?;
    assert_eq!((error.map(|error| error.kind()), requests), (Some(ErrorKind::Limit), 9));
    assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]);
    assert_eq!(follow(Some(0), 0, 50).await?.1, 1);
    Ok(())
}

#[tokio::test]
async fn a_connection_that_lives_for_30_s_is_no_failure() -> Result {
    let (error, requests, waits) = follow(None, 30, 20).await?;
    assert!(error.is_none() && waits.is_empty());
    assert_eq!(requests, 21);
    Ok(())
}
