//! Many calls at once through one client: all are answered, and the connections stay bounded.

use std::error::Error;
use std::time::Duration;

use openai_ext_mock::MockServer;
use openai_raw::Client;
use openai_raw::types::ChatCompletionMessageParam as Message;

type TestResult = Result<(), Box<dyn Error + Send + Sync>>;

const CALLS: usize = 1000;
/// The connections that a client keeps for the calls to come.
const IDLE: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once_are_all_answered() -> TestResult {
    let mock = MockServer::builder().event_interval(Duration::ZERO).keep_requests(2 * CALLS).start().await?;
    // One attempt each: a retry would hide a call that failed.
    let client = Client::builder().strict_decoding(true).base_url(mock.base_url()).api_key("any").max_retries(0);
    // A thousand connections at once are not made in the usual five seconds on a machine that is busy.
    let client = client.connect_timeout(Duration::from_secs(600)).build()?;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..CALLS {
        tasks.spawn(call(client.clone(), index));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    assert_eq!(mock.requests().len(), CALLS);
    let made = mock.connections();
    assert!((1..=CALLS).contains(&made), "{made} connections for {CALLS} calls");

    // What is more than the pool holds is closed; the server sees that a little later.
    let mut settled = false;
    for _ in 0..1200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if !(1..=IDLE).contains(&mock.open_connections()) {
            continue;
        }
        // A connection that was being made when its call got another one is kept too, and a busy server may accept it late:
        // so there may be new ones for a while, but not for long.
        let before = mock.connections();
        for index in 0..20 {
            call(client.clone(), index).await?;
        }
        settled = mock.connections() == before;
        if settled {
            break;
        }
    }
    assert!(settled, "the calls that follow make new connections, or {} stay open", mock.open_connections());
    assert!(mock.open_connections() <= IDLE);
    drop(client);
    for _ in 0..1500 {
        if mock.open_connections() == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} connections outlive their client", mock.open_connections());
}

/// A call of one of four kinds; each reads its whole answer as its type.
async fn call(client: Client, index: usize) -> TestResult {
    match index % 4 {
        0 => {
            let reply = client.chat().completions().create("gpt-5.5", [Message::user(format!("Hello {index}"))]);
            let reply = reply.send().await?;
            assert!(!reply.id.is_empty() && reply.choices.len() == 1);
        }
        1 => {
            let reply =
                client.embeddings().create("text-embedding-3-small", vec![format!("text {index}")]).send().await?;
            assert_eq!(reply.data.len(), 1);
        }
        2 => assert!(!client.models().list().send().await?.data.is_empty()),
        _ => {
            let call = client.chat().completions().create("gpt-5.5", [Message::user(format!("Hello {index}"))]);
            let mut stream = call.stream().await?;
            let mut pieces = 0;
            while let Some(piece) = stream.next().await {
                assert!(!piece?.id.is_empty());
                pieces += 1;
            }
            assert!(pieces > 1);
        }
    }
    Ok(())
}
