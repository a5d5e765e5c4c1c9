//! How connections end.

use std::error::Error as _;

use openai_ext::ErrorKind;
use openai_ext::realtime::RealtimeClosed;

use super::*;

#[tokio::test]
async fn each_code_of_the_server_arrives_as_it_is() -> TestResult {
    let (client, server) = mock().await?;
    for code in [1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1015, 3000, 4000, 4999] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "because")]);
        let mut connection = connect(&client).await?;
        event(&mut connection).await?;
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("a close");
        let kind = match code {
            1001 | 1005 | 1006 | 1011 | 1012 | 1013 | 1015 => ErrorKind::Connection,
            _ => ErrorKind::Stream,
        };
        assert_eq!((error.kind(), error.is_retryable()), (kind, kind == ErrorKind::Connection), "{code}");
        let seen = match code {
            1005 => (1005, ""),
            // No close can say 1015: TLS is what failed.
            1006 | 1015 => (1006, ""),
            code => (code, "because"),
        };
        let closed = error.source().and_then(|source| source.downcast_ref::<RealtimeClosed>()).ok_or("no close")?;
        assert_eq!((closed.code(), closed.reason()), seen, "{code}");
        assert_eq!(connection.closed().as_ref(), Some(closed));
        assert!(soon(connection.next()).await?.is_none());
        let unsent = soon(connection.clear_audio()).await?.expect_err("closed");
        assert_eq!(serde_json::to_value(unsent.event())?["type"], "input_audio_buffer.clear");
        assert_eq!(unsent.error().kind(), kind);
    }
    Ok(())
}

#[tokio::test]
async fn a_normal_close_is_the_end() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(1000, "that was all")]);
    let mut connection = connect(&client).await?;
    event(&mut connection).await?;
    assert!(soon(connection.next()).await?.is_none());
    assert_eq!(connection.closed(), Some(RealtimeClosed::new(1000, "that was all")));
    let error = soon(connection.next_response()).await?.expect_err("no response");
    assert_eq!(error.kind(), ErrorKind::Truncated);
    Ok(())
}

#[tokio::test]
async fn the_client_says_goodbye() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = connect(&client).await?;
    connection.clear_audio().await?;
    let closed = soon(connection.close(3001, "done")).await??;
    assert_eq!((closed.code(), closed.reason()), (3001, "done"));
    assert_eq!(server_side(&server, 0).await?, (3001, "done".to_owned(), true));
    assert_eq!(got(&server, 0), ["input_audio_buffer.clear"]);
    assert!(soon(connection.next()).await?.is_none());
    // Once more has no effect.
    assert_eq!(soon(connection.close(1000, "")).await??.code(), 3001);
    for code in [999, 1001, 1005, 1006, 2999, 5000] {
        let error = soon(connection.close(code, "")).await?.expect_err("not for programs");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn a_long_reason_is_cut_where_a_character_ends() -> TestResult {
    let (client, server) = mock().await?;
    let connection = connect(&client).await?;
    soon(connection.close(1000, &"é".repeat(100))).await??;
    assert_eq!(server_side(&server, 0).await?.1, "é".repeat(61));
    Ok(())
}

#[tokio::test]
async fn a_goodbye_by_one_half_ends_the_other() -> TestResult {
    let (client, server) = mock().await?;
    let (sender, mut receiver) = connect(&client).await?.split();
    let reading = tokio::spawn(async move {
        while let Some(event) = receiver.next().await {
            event?;
        }
        Ok::<(), openai_ext::Error>(())
    });
    soon(sender.close(1000, "bye")).await??;
    soon(reading).await???;
    assert_eq!(server_side(&server, 0).await?, (1000, "bye".to_owned(), true));
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_answer_a_goodbye_is_left() -> TestResult {
    let (_, server) = mock().await?;
    server.on_realtime([RealtimeStep::Stall(Duration::MAX)]);
    // All waits are over at once, also that for the answer.
    let clock = Arc::new(Instant);
    let client = Client::builder().base_url(server.base_url()).api_key("sk-test").clock(clock).build()?;
    let connection = connect(&client).await?;
    let closed = soon(connection.close(1000, "")).await??;
    assert_eq!(closed.code(), 1006);
    Ok(())
}

struct Instant;

impl Clock for Instant {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn who_only_sends_learns_of_the_close() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::close(4001, "enough")]);
    let connection = connect(&client).await?;
    server_side(&server, 0).await?;
    let error = soon(async {
        loop {
            if let Err(error) = connection.append_audio(vec![0; 256 * 1024]).await {
                return error;
            }
        }
    })
    .await?;
    // By what it reads when nothing can be written any more; a reset may have thrown that away.
    let closed = connection.closed().ok_or("not closed")?;
    assert!(matches!(closed.code(), 4001 | 1006), "{closed}");
    assert_eq!(serde_json::to_value(error.event())?["type"], "input_audio_buffer.append");
    Ok(())
}
