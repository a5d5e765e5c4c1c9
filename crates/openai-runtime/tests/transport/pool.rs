//! Connections between calls.

use std::time::Duration;

use super::certificates::Authority;
use super::origin::Origin;
use super::{builder, eventually, send, stream};

#[tokio::test]
async fn connections_are_used_again() {
    let authority = Authority::new("ours");
    for (origin, host) in [(Origin::plain().await, "127.0.0.1"), (Origin::tls(authority.acceptor()).await, "localhost")]
    {
        let builder = builder(&origin.url(host)).no_proxy().root_certificate(authority.pem());
        let client = builder.http2(false).build().unwrap();
        for _ in 0..5 {
            send(&client).await.unwrap();
            assert_eq!(stream(&client).await.unwrap().len(), 3);
        }
        // Clients made of this one share its connections.
        send(&client.with_options(|options| options.timeout(Duration::from_secs(9))).unwrap()).await.unwrap();
        assert_eq!((origin.connections(), origin.heads().len()), (1, 11));
    }
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let origin = Origin::plain().await;
    let client = |limit| builder(&origin.url("127.0.0.1")).no_proxy().pool_idle(limit).build().unwrap();
    let short = client(Duration::from_millis(100));
    send(&short).await.unwrap();
    assert!(eventually(|| origin.open() == 0).await);
    send(&short).await.unwrap();
    assert_eq!(origin.connections(), 2);
    // None is kept.
    let none = client(Duration::ZERO);
    send(&none).await.unwrap();
    assert!(eventually(|| origin.open() == 0).await);
    // Longer than there are numbers for.
    let long = client(Duration::MAX);
    send(&long).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    send(&long).await.unwrap();
    assert_eq!((origin.connections(), origin.open()), (4, 1));
    drop(long);
    assert!(eventually(|| origin.open() == 0).await);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_does_not_cost_the_call() {
    let authority = Authority::new("ours");
    for acceptor in [None, Some(authority.acceptor())] {
        let origin = Origin::start("127.0.0.1:0", acceptor, 1).await;
        let client = builder(&origin.url("127.0.0.1")).no_proxy().root_certificate(authority.pem()).build().unwrap();
        for count in 1..=5 {
            send(&client).await.unwrap();
            assert!(eventually(|| origin.open() == 0).await);
            assert_eq!(origin.connections(), count);
        }
    }
}

/// Blocking waits have a runtime of their own: a connection of another one, which may stand still, is not used there.
#[cfg(feature = "blocking")]
#[test]
fn blocking_waits_share_no_connection_with_a_runtime_that_stands_still() {
    use openai_runtime::json::Value;
    use openai_runtime::{AzureImds, Client, WorkloadIdentity};

    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let origin = servers.block_on(Origin::plain());
    // Its token is wanted again for each call, since the answer holds none.
    let provider = AzureImds::new().base_url(format!("http://{}", origin.address));
    let identity = WorkloadIdentity::new("idp", "sa", provider);
    let client = Client::builder().base_url(origin.url("127.0.0.1")).no_proxy().max_retries(0);
    let client = client.workload_identity(identity).build().unwrap();
    let still = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    still.block_on(send(&client)).unwrap_err();
    // Not driven from now on.
    let error = super::call(&client).send::<Value>().wait().unwrap_err();
    assert!(error.message().contains("metadata service") && !error.message().contains("no answer"), "{error}");
    assert_eq!(origin.connections(), 2);
    drop(still);
}
