//! Faults of the mock, at the client: each kind of fault, from each place that a test can give it, over each API.
#![cfg(all(feature = "audio", feature = "beta", feature = "completions", feature = "files", feature = "images"))]

mod calls;
mod headers;
mod misfits;
mod streams;
mod wholes;

use std::time::Duration;

use openai_ext::{Client, Error, ErrorKind};
use openai_ext_mock::{Fault, MockServer};
use tokio::task::{JoinSet, LocalSet};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Long enough for a busy machine to send what comes before a silence.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server, and a client that tries once and waits as long as it takes.
fn mocked() -> TestResult<(Client, MockServer)> {
    let mock = MockServer::builder().event_interval(Duration::ZERO).start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

/// A client that gives up soon on a server that is to say nothing.
fn client_for(fault: Fault, mock: &MockServer) -> TestResult<Client> {
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0);
    Ok(match fault {
        Fault::Silence | Fault::StallEvents(_) => client.timeout(PATIENCE).idle_timeout(PATIENCE).build()?,
        _ => client.build()?,
    })
}

/// Runs all cases at once, since many of them wait.
async fn at_once(cases: Vec<impl Future<Output = TestResult> + 'static>) -> TestResult {
    let local = LocalSet::new();
    let mut running = JoinSet::new();
    for case in cases {
        running.spawn_local_on(async move { case.await.map_err(|error| error.to_string()) }, &local);
    }
    let join = async {
        while let Some(outcome) = running.join_next().await {
            outcome??;
        }
        TestResult::Ok(())
    };
    local.run_until(join).await
}

/// Checks that an error is the one that the fault has to make at the client.
fn check(fault: Fault, error: &Error, place: &str) {
    let kinds: &[ErrorKind] = match fault {
        Fault::Disconnect => &[ErrorKind::Connection],
        Fault::Silence | Fault::StallEvents(_) => &[ErrorKind::Timeout],
        // A body that ends before its length or its last chunk.
        _ => &[ErrorKind::Truncated],
    };
    assert!(kinds.contains(&error.kind()), "{place}: {error:?}");
    let had_head = !matches!(fault, Fault::Disconnect | Fault::Silence);
    let status = error.status().map(|status| status.as_u16());
    assert_eq!(status, had_head.then_some(200), "{place}: {error:?}");
    assert_eq!(error.request_id().is_some(), had_head, "{place}: {error:?}");
}
