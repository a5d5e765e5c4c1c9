//! One token for many calls: one exchange at a time, whoever began it.

use std::time::Duration;

use crate::stub::{Answer, call, calls, client, granted, identity, is_exchange, issuing, refused, stub};
use crate::support::ENDPOINT;
use openai_runtime::{Call, Endpoint};

static CREATE: Endpoint = ENDPOINT;

#[tokio::test(start_paused = true)]
async fn a_hundred_calls_share_one_exchange() {
    for life in [3600, 0] {
        let stub = stub(move |request, count| {
            if is_exchange(request) {
                granted(&format!("access-token-{count}"), life).late(300)
            } else {
                Answer::new(200, "{}")
            }
        });
        let client = client(&stub);
        assert!(calls(&client, 100).await.iter().all(Result::is_ok));
        assert_eq!((stub.exchanges(), stub.calls().len()), (1, 100));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_share_one_exchange_on_threads() {
    let stub =
        stub(|request, _| if is_exchange(request) { granted("a", 3600).late(20) } else { Answer::new(200, "{}") });
    let client = client(&stub);
    assert!(calls(&client, 100).await.iter().all(Result::is_ok));
    assert_eq!((stub.exchanges(), stub.calls().len()), (1, 100));
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_is_dropped_holds_nobody_up() {
    let stub =
        stub(|request, _| if is_exchange(request) { granted("a", 3600).late(2000) } else { Answer::new(200, "{}") });
    let client = client(&stub);
    let start = tokio::time::Instant::now();
    let leader = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let others = tokio::spawn({
        let client = client.clone();
        async move { calls(&client, 10).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    leader.abort();
    assert!(others.await.unwrap().iter().all(Result::is_ok));
    // The others went on with the exchange that the leader had begun.
    assert_eq!((start.elapsed().as_millis(), stub.exchanges(), stub.calls().len()), (2000, 1, 10));
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_all_have_left_is_taken_up_or_begun_anew() {
    for (later, exchanges) in [(3.0, 1), (11.0, 2)] {
        let stub = stub(
            |request, _| {
                if is_exchange(request) { granted("a", 3600).late(2000) } else { Answer::new(200, "{}") }
            },
        );
        let client = client(&stub);
        for _ in 0..2 {
            let limited = tokio::time::timeout(Duration::from_millis(500), call(&client));
            assert!(limited.await.is_err());
        }
        stub.set_time(later);
        call(&client).await.unwrap();
        assert_eq!((stub.exchanges(), stub.calls().len()), (exchanges, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_short_limit_gets_its_token_in_the_end() {
    let stub =
        stub(|request, _| if is_exchange(request) { granted("a", 3600).late(1000) } else { Answer::new(200, "{}") });
    let client = client(&stub);
    let mut limited = Call::new(&client, &CREATE);
    limited.with_timeout(Duration::from_millis(400));
    limited.send_unit().await.unwrap();
    assert_eq!((stub.exchanges(), stub.calls().len(), stub.waits().len()), (1, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn while_one_call_renews_the_others_use_the_old_token() {
    let stub = stub(|request, count| match (is_exchange(request), count) {
        (true, 0) => granted("old", 3600),
        (true, _) => granted("new", 3600).late(1000),
        _ => Answer::new(200, "{}"),
    });
    let client = client(&stub);
    call(&client).await.unwrap();
    stub.set_time(3000.0);
    let renewing = tokio::spawn({
        let client = client.clone();
        async move { call(&client).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(calls(&client, 3).await.iter().all(Result::is_ok));
    assert_eq!(stub.bearers(), ["old"; 4]);
    renewing.await.unwrap().unwrap();
    call(&client).await.unwrap();
    assert_eq!(stub.bearers()[4..], ["new", "new"]);
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_refusals_make_one_exchange() {
    // The server gives the same text again: what is dropped is told by its exchange.
    for same in [false, true] {
        let stub = stub(move |request, count| {
            if is_exchange(request) {
                let token = if same { "access-token".to_owned() } else { format!("access-token-{count}") };
                return granted(&token, 3600).late(50);
            }
            // The first hundred are refused, each a little later than the one before.
            if count < 100 { refused().late(10 * count as u64) } else { Answer::new(200, "{}") }
        });
        let client = client(&stub);
        assert!(calls(&client, 100).await.iter().all(Result::is_ok));
        assert_eq!((stub.exchanges(), stub.calls().len()), (2, 200));
    }
}

#[tokio::test]
async fn clients_made_of_one_another_share_the_token() {
    let stub = issuing(|_| true);
    let first = client(&stub);
    let second = first.with_options(|options| options.max_retries(7).project("p")).unwrap();
    call(&second).await.unwrap();
    call(&first).await.unwrap();
    call(&first.clone()).await.unwrap();
    assert_eq!(stub.exchanges(), 1);
    let other = first.with_options(|options| options.workload_identity(identity())).unwrap();
    call(&other).await.unwrap();
    assert_eq!(stub.bearers(), ["access-token-0", "access-token-0", "access-token-0", "access-token-1"]);
}

/// Timers and connections of a runtime that is gone, or that nobody drives, stand still.
#[test]
fn an_exchange_is_not_taken_up_on_another_runtime() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let started = || {
        // The first one takes longer than any machine.
        let stub = stub(|request, count| match is_exchange(request) {
            true => granted("a", 3600).late(if count == 0 { 600_000 } else { 20 }),
            false => Answer::new(200, "{}"),
        });
        let client = client(&stub);
        (stub, client)
    };
    for gone in [true, false] {
        let (stub, client) = started();
        let first = runtime();
        let left = first.block_on(async { tokio::time::timeout(Duration::from_millis(5), call(&client)).await });
        assert!(left.is_err());
        let kept = (!gone).then_some(first);
        runtime().block_on(call(&client)).unwrap();
        assert_eq!((stub.exchanges(), stub.calls().len()), (2, 1));
        drop(kept);
    }

    // The same with a call that waits already when the first one is dropped.
    let (stub, client) = started();
    let first = runtime();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let has_begun = std::sync::Mutex::new(has_begun);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            has_begun.lock().unwrap().recv().unwrap();
            runtime().block_on(call(&client))
        });
        first.block_on(async {
            let leader = tokio::time::timeout(Duration::from_millis(30), call(&client));
            let signal = async {
                tokio::time::sleep(Duration::from_millis(5)).await;
                begun.send(()).unwrap();
            };
            assert!(tokio::join!(leader, signal).0.is_err());
        });
        waiting.join().unwrap().unwrap();
    });
    assert_eq!((stub.exchanges(), stub.calls().len()), (2, 1));
}

#[cfg(feature = "blocking")]
#[test]
fn blocking_calls_share_a_token_too() {
    let stub =
        stub(|request, _| if is_exchange(request) { granted("a", 3600).late(20) } else { Answer::new(200, "{}") });
    let client = client(&stub);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                Call::new(&client, &CREATE).send::<openai_runtime::json::Value>().wait().unwrap();
            });
        }
    });
    assert_eq!((stub.exchanges(), stub.calls().len()), (1, 8));
}
