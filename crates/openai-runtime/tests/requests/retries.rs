//! Which failures are tried again, and after which wait.

use crate::support::bodies::FileForm;
use std::time::Duration;

use crate::support::{ENDPOINT, Reply, builder, client, now, server};
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Endpoint, ErrorKind, InputFile};

static CREATE: Endpoint = ENDPOINT;
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

fn ok() -> Reply {
    Reply::json(200, "{}")
}

fn fail(status: u16) -> Reply {
    Reply::json(status, "{}")
}

/// The waits in milliseconds before the call that gets these replies was answered, or the error's kind.
async fn waits(replies: Vec<Reply>) -> (Result<(), ErrorKind>, Vec<u64>) {
    let sent = replies.len();
    let (client, server) = client(replies);
    let result = Call::new(&client, &CREATE).send::<Value>().await;
    let requests = server.requests();
    if let Err(error) = &result {
        assert_eq!(error.attempts() as usize, requests.len());
    }
    let counts: Vec<_> = requests.iter().map(|request| request.header("x-stainless-retry-count").unwrap()).collect();
    assert_eq!(counts, ["0", "1", "2", "3"][..counts.len()]);
    let waits = server.waits().iter().map(|wait| wait.as_millis() as u64).collect::<Vec<_>>();
    assert_eq!(waits.len() + 1, requests.len());
    assert!(requests.len() <= sent);
    (result.map(drop).map_err(|error| error.kind()), waits)
}

#[tokio::test]
async fn statuses() {
    for status in 300..600_u16 {
        let retried = matches!(status, 408 | 409 | 429 | 500..);
        let redirect = matches!(status, 301..=303 | 307 | 308);
        let reply = Reply::json(status, "{}");
        let (result, waited) = waits(vec![reply, ok()]).await;
        assert_eq!(waited.len(), usize::from(retried), "{status}");
        assert_eq!(result.is_ok(), retried, "{status}");
        assert_eq!(result == Err(ErrorKind::Redirect), redirect, "{status}");
    }
}

#[tokio::test]
async fn waits_grow_and_shrink_by_chance() {
    let fail = || Reply::json(500, "{}");
    assert_eq!(waits(vec![fail(), fail(), ok()]).await, (Ok(()), vec![500, 1000]));
    assert_eq!(waits(vec![fail(), fail(), fail()]).await, (Err(ErrorKind::InternalServer), vec![500, 1000]));
    assert_eq!(waits(vec![Reply::broken(), fail(), ok()]).await, (Ok(()), vec![500, 1000]));

    for (random, expected) in [(0.0, [500, 1000, 2000, 4000, 8000, 8000]), (1.0, [375, 750, 1500, 3000, 6000, 6000])] {
        let server = server((0..6).map(|_| fail()).chain([ok()]));
        server.set_random(random);
        let client = builder(&server).max_retries(6).build().unwrap();
        Call::new(&client, &CREATE).send::<Value>().await.unwrap();
        let waits: Vec<_> = server.waits().iter().map(Duration::as_millis).collect();
        assert_eq!(waits, expected);
    }
}

#[tokio::test]
async fn the_nth_wait() {
    const MANY: usize = 2000;
    for (random, share) in [(0.0, 1.0), (0.5, 0.875), (0.999, 0.75025)] {
        let server = server((0..MANY).map(|_| fail(503)));
        server.set_random(random);
        let client = builder(&server).max_retries(MANY as u32 - 1).build().unwrap();
        let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts() as usize), (ErrorKind::InternalServer, MANY));
        let waits = server.waits();
        assert_eq!(waits.len(), MANY - 1);
        for (index, wait) in waits.iter().enumerate() {
            let full = [0.5, 1.0, 2.0, 4.0].get(index).copied().unwrap_or(8.0);
            assert!((wait.as_secs_f64() - full * share).abs() < 1e-6, "{index}: {wait:?}");
        }
        let counts: Vec<_> = server
            .requests()
            .iter()
            .map(|sent| sent.header("x-stainless-retry-count").unwrap().parse::<usize>().unwrap())
            .collect();
        assert_eq!(counts, (0..MANY).collect::<Vec<_>>());
    }
}

#[test]
fn the_clocks_own_chance_is_spread_over_its_range() {
    struct Real;
    impl openai_runtime::Clock for Real {
        fn sleep(&self, _: Duration) -> openai_runtime::transport::BoxFuture<()> {
            Box::pin(std::future::ready(()))
        }
    }
    let mut quarters = [0; 4];
    for _ in 0..1000 {
        let random = openai_runtime::Clock::random(&Real);
        assert!((0.0..1.0).contains(&random));
        quarters[(random * 4.0) as usize] += 1;
    }
    assert!(quarters.iter().all(|count| *count > 150), "{quarters:?}");
}

#[tokio::test]
async fn the_last_failure_is_the_one_to_report() {
    let replies = [fail(429), Reply::broken(), fail(404), ok()];
    let (client, server) = client(replies);
    let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.waits().len()), (ErrorKind::NotFound, 3, 2));
}

#[tokio::test]
async fn what_the_server_asks_for() {
    let date = |seconds: u64| httpdate::fmt_http_date(now() + Duration::from_secs(seconds));
    let past = httpdate::fmt_http_date(now() - Duration::from_secs(5));
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let cases: Vec<(Headers<'_>, Option<u64>)> = vec![
        (&[], Some(500)),
        (&[("retry-after-ms", "250")], Some(250)),
        (&[("retry-after-ms", " 250 ")], Some(250)),
        (&[("retry-after-ms", "1.5"), ("retry-after", "9")], Some(50)),
        (&[("retry-after-ms", "1e3")], Some(1000)),
        (&[("retry-after-ms", "soon"), ("retry-after", "9")], Some(9000)),
        (&[("retry-after-ms", ""), ("retry-after", "9")], Some(9000)),
        (&[("retry-after-ms", "NaN"), ("retry-after", "9")], Some(9000)),
        (&[("retry-after-ms", "\u{e9}"), ("retry-after", "9")], Some(9000)),
        (&[("retry-after-ms", "soon"), ("retry-after", "later")], Some(500)),
        // One that is read counts, although it asks for no wait.
        (&[("retry-after-ms", "0"), ("retry-after", "9")], Some(500)),
        (&[("retry-after-ms", "-5"), ("retry-after", "9")], Some(500)),
        (&[("retry-after-ms", "120000")], Some(120_000)),
        (&[("retry-after-ms", "120001")], None),
        (&[("retry-after-ms", "inf")], None),
        (&[("retry-after-ms", "-inf")], Some(500)),
        (&[("retry-after-ms", "1e400")], None),
        (&[("retry-after", "7")], Some(7000)),
        (&[("retry-after", " 7 ")], Some(7000)),
        (&[("retry-after", "0.25")], Some(250)),
        (&[("retry-after", "119.999")], Some(119_999)),
        (&[("retry-after", "120")], Some(120_000)),
        (&[("retry-after", "120.1")], None),
        (&[("retry-after", "120.5")], None),
        (&[("retry-after", "99999999999999999999")], None),
        (&[("retry-after", "inf")], None),
        (&[("retry-after", "0")], Some(500)),
        (&[("retry-after", "-0.0")], Some(500)),
        (&[("retry-after", "-3")], Some(500)),
        (&[("retry-after", "-inf")], Some(500)),
        (&[("retry-after", "NaN")], Some(500)),
        (&[("retry-after", "")], Some(500)),
        (&[("retry-after", "5 seconds")], Some(500)),
        (&[("retry-after", "5, 6")], Some(500)),
        (&[("retry-after", "Mon, 99 Foo 2026")], Some(500)),
        // The three forms of a date; the clock of the test stands at 2026-01-01T00:00:00Z.
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT")], Some(20_000)),
        (&[("retry-after", "Thursday, 01-Jan-26 00:00:20 GMT")], Some(20_000)),
        (&[("retry-after", "Thu Jan  1 00:00:20 2026")], Some(20_000)),
        (&[("retry-after", "Thu, 01 Jan 2026 00:02:00 GMT")], Some(120_000)),
        (&[("retry-after", "Thursday, 01-Jan-26 00:02:01 GMT")], None),
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT")], Some(500)),
        (&[("retry-after", "Wed, 31 Dec 2025 23:59:59 GMT")], Some(500)),
        (&[("retry-after", "Thu Jan  1 00:00:20 1970")], Some(500)),
        (&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], None),
        (&[("retry-after-ms", "60"), ("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT")], Some(60)),
        (&[("retry-after-ms", "x"), ("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT")], Some(20_000)),
        // The server's own clock counts for its dates, however wrong it is.
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT"), ("date", "Thu, 01 Jan 2026 00:00:13 GMT")], Some(7_000)),
        (&[("retry-after", "Fri, 01 Jan 2038 00:00:20 GMT"), ("date", "Fri, 01 Jan 2038 00:00:00 GMT")], Some(20_000)),
        (&[("retry-after", "Thu, 01 Jan 1970 00:00:09 GMT"), ("date", "Thu, 01 Jan 1970 00:00:00 GMT")], Some(9_000)),
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT"), ("date", "Thu, 01 Jan 2026 00:00:21 GMT")], Some(500)),
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT"), ("date", "yesterday")], Some(20_000)),
        (&[("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT"), ("date", "")], Some(20_000)),
        (&[("retry-after", "20"), ("date", "Thu, 01 Jan 1970 00:00:00 GMT")], Some(20_000)),
    ];
    let dates = [(date(30), Some(30_000)), (date(120), Some(120_000)), (date(121), None), (past, Some(500))];
    let dates: Vec<_> = dates.iter().map(|(text, wait)| ([("retry-after", text.as_str())], *wait)).collect();
    let cases = cases.into_iter().chain(dates.iter().map(|(headers, wait)| (&headers[..], *wait)));
    for (headers, expected) in cases {
        let reply = headers.iter().fold(Reply::json(503, "{}"), |reply, (name, value)| reply.header(name, value));
        let (result, waited) = waits(vec![reply, ok()]).await;
        assert_eq!(waited.first().copied(), expected, "{headers:?}");
        assert_eq!(result.is_ok(), expected.is_some());
    }
}

#[tokio::test]
async fn the_server_may_forbid_and_demand() {
    let quota = |status| Reply::json(status, r#"{"error":{"code":"insufficient_quota"}}"#);
    let should = |status, text| Reply::json(status, "{}").header("x-should-retry", text);
    for (reply, retried) in [
        (should(500, "false"), false),
        (should(429, "false"), false),
        (should(400, "true"), true),
        (should(404, "true"), true),
        // Only the two words count, as in the official SDKs.
        (should(404, "TRUE"), false),
        (should(404, "1"), false),
        (should(404, " yes"), false),
        (should(404, ""), false),
        (should(503, "False"), true),
        (should(503, "0"), true),
        (should(503, ""), true),
        (should(408, "false"), false),
        (should(409, "false"), false),
        (should(418, "true"), true),
        // It also overrides what is known of quotas; a wait that is too long it does not.
        (quota(429).header("x-should-retry", "true"), true),
        (should(503, "true").header("retry-after", "121"), false),
        (quota(500), true),
        (should(500, "perhaps"), true),
        (Reply::json(429, r#"{"error":{"code":"insufficient_quota"}}"#), false),
        (Reply::json(429, r#"{"error":{"type":"insufficient_quota","code":null}}"#), false),
        (Reply::json(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#), true),
        (Reply::new(429, "slow down"), true),
        (Reply::new(429, ""), true),
    ] {
        let text = format!("{reply:?}");
        let (result, waited) = waits(vec![reply, ok()]).await;
        assert_eq!((result.is_ok(), waited.len()), (retried, usize::from(retried)), "{text}");
    }
}

#[tokio::test]
async fn only_what_can_be_sent_again_is() {
    let path = std::env::temp_dir().join(format!("openai-runtime-{}.txt", std::process::id()));
    std::fs::write(&path, "hello").unwrap();
    for (file, retried) in [
        (InputFile::from_path(&path), true),
        (InputFile::from_bytes("hello"), true),
        (InputFile::from_reader(&b"hello"[..]), false),
        (std::fs::File::open(&path).unwrap().into(), false),
    ] {
        let (client, server) = client([Reply::json(500, "{}"), ok()]);
        let mut call = Call::new(&client, &UPLOAD);
        call.body(&FileForm(file.clone()));
        let again = call.clone();
        let result = call.send::<Value>().await;
        assert_eq!(result.is_ok(), retried, "{file:?}");
        let requests = server.requests();
        assert!(requests.iter().all(|request| request.text().contains("\r\n\r\nhello\r\n")));
        if !retried {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InternalServer, 1));
            // A clone shares the reader, which is empty now.
            let error = again.send::<Value>().await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        }
    }
    std::fs::remove_file(&path).unwrap();
    let (client, _) = client([]);
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&FileForm(InputFile::from_path(&path)));
    let error = call.send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Io, 0));
}

#[tokio::test]
async fn a_body_that_breaks_is_tried_again_but_not_of_a_stream() {
    let broken = || Reply::json(200, r#"{"a":"#).then_broken();
    let (result, waited) = waits(vec![broken(), ok()]).await;
    assert_eq!((result, waited.len()), (Ok(()), 1));
    let (client, server) = client([broken()]);
    let mut stream = Call::new(&client, &CREATE).bytes_stream().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), "{\"a\":");
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::Connection, Some("req_1")));
    assert!(stream.next().await.is_none());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn options_of_the_call_win() {
    let fail = || Reply::json(500, "{}");
    let (client, server) = client([fail(), fail()]);
    let mut call = Call::new(&client, &CREATE);
    call.with_max_retries(0);
    call.with_idempotency_key("k");
    assert!(call.send::<Value>().await.is_err());
    assert!(
        client
            .with_options(|options| options.max_retries(0))
            .unwrap()
            .request(http::Method::GET, "x")
            .send()
            .await
            .is_err()
    );
    assert!(server.waits().is_empty());
    assert_eq!(server.requests()[0].header("idempotency-key"), Some("k"));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_a_limit_of_time() {
    let silent = || Reply::json(200, r#"{"a":"#).then_silent();
    let (client, server) = client([silent(), silent(), silent()]);
    let mut call = Call::new(&client, &CREATE);
    call.with_timeout(Duration::from_secs(3));
    let start = tokio::time::Instant::now();
    let error = call.send::<Value>().await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 9);
    assert_eq!((error.kind(), error.attempts(), error.status().unwrap().as_u16()), (ErrorKind::Timeout, 3, 200));
    assert_eq!(error.body().unwrap(), r#"{"a":"#);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_has_a_limit_of_time() {
    let (client, _) = client([Reply::events("data: 1\n\n").then_silent()]);
    let mut stream = Call::new(&client, &CREATE).stream::<Value>().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    let start = tokio::time::Instant::now();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((start.elapsed().as_secs(), error.kind(), error.attempts()), (600, ErrorKind::Timeout, 1));
    assert!(stream.next().await.is_none());
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_does_not_open_has_a_limit_of_time() {
    let path = std::env::temp_dir().join(format!("openai-runtime-{}.pipe", std::process::id()));
    if !std::process::Command::new("mkfifo").arg(&path).status().is_ok_and(|status| status.success()) {
        return;
    }
    let (client, server) = client([]);
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&FileForm(InputFile::from_path(&path)));
    call.with_timeout(Duration::from_millis(50));
    call.with_max_retries(0);
    let result = call.send::<Value>().await;
    // A writer lets the thread go that still opens the pipe, before anything can fail.
    drop(std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.requests().len()), (ErrorKind::Timeout, 0, 0));
}
