//! Connections that a test wrote down.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::client::{Client, MODEL, server_side_close};
use crate::RealtimeStep;
use crate::tests::harness::{TestResult, eventually, strict};

#[tokio::test]
async fn every_close_arrives_with_its_code() -> TestResult {
    let server = strict().start().await?;
    let codes =
        [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 3000, 4000, 4999];
    for (index, code) in codes.into_iter().enumerate() {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "because")]);
        let mut client = Client::session(&server).await?;
        let expected = match code {
            1005 => (1005, ""),
            1006 | 1015 => (1006, ""),
            // The client's library does not know this one, and takes it for a broken protocol.
            1014 => (1002, "Protocol violation"),
            code => (code, "because"),
        };
        let (found, reason) = client.closed().await?;
        assert_eq!((found, reason.as_str()), expected, "{code}");
        let (seen, _, by_client) = server_side_close(&server, index).await?;
        assert_eq!((seen, by_client), (if code == 1015 { 1006 } else { code }, false), "{code}");
    }
    // The scripts are used up.
    Client::session(&server).await?;
    Ok(())
}

#[tokio::test]
async fn steps_are_played_in_their_order() -> TestResult {
    let server = strict().start().await?;
    let unknown = json!({"type": "session.danced", "event_id": "event_1", "steps": 3});
    server.on_realtime([
        RealtimeStep::send(unknown.clone()),
        RealtimeStep::SendText("{broken".to_owned()),
        RealtimeStep::SendBinary(vec![1, 2]),
        RealtimeStep::expect("session.update"),
        RealtimeStep::Greet,
        RealtimeStep::Answer,
        RealtimeStep::Stall(Duration::from_millis(50)),
        RealtimeStep::Disconnect,
    ]);
    let mut client = Client::connect(&server, MODEL).await?;
    assert_eq!(serde_json::from_str::<Value>(client.message().await?.to_text()?)?, unknown);
    assert_eq!(client.message().await?.to_text()?, "{broken");
    assert_eq!(client.message().await?, Message::binary(vec![1, 2]));
    client.send(json!({"type": "session.update", "session": {"type": "realtime"}})).await?;
    client.expect("session.created").await?;
    client.send(json!({"type": "response.create"})).await?;
    client.until("response.done").await?;
    assert_eq!(client.closed().await?.0, 1006);
    assert_eq!(server_side_close(&server, 0).await?, (1006, String::new(), false));
    Ok(())
}

#[tokio::test]
async fn an_event_that_was_not_expected_ends_the_connection() -> TestResult {
    let server = strict().start().await?;
    server.on_realtime([RealtimeStep::expect("session.update")]);
    let mut client = Client::connect(&server, MODEL).await?;
    client.send(json!({"type": "response.create"})).await?;
    let (code, reason) = client.closed().await?;
    assert_eq!((code, reason.as_str()), (1008, "The script expected session.update, and response.create came."));
    Ok(())
}

#[tokio::test]
async fn after_its_script_the_server_goes_on_by_itself() -> TestResult {
    let server = strict().start().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::expect("session.update")]);
    let mut client = Client::session(&server).await?;
    client.send(json!({"type": "session.update", "session": {"type": "realtime"}})).await?;
    client.send(json!({"type": "response.create"})).await?;
    client.expect("response.created").await?;
    client.until("response.done").await?;
    Ok(())
}

#[tokio::test]
async fn pings_are_answered_on_both_sides() -> TestResult {
    let server = strict().start().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Ping]);
    let mut client = Client::session(&server).await?;
    assert!(client.message().await?.is_ping());
    client.stream.send(Message::Ping("hello".into())).await?;
    assert_eq!(client.message().await?, Message::Pong("hello".into()));
    // The client's pong may leave after its ping.
    eventually(|| server.realtime_connections().last().is_some_and(|connection| connection.pongs() > 0)).await;
    let connection = server.realtime_connections().pop().ok_or("no connection")?;
    assert_eq!((connection.pings(), connection.pongs()), (1, 1));
    assert_eq!(connection.request().query(), [("model".to_owned(), "gpt-realtime".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn the_closes_of_clients_are_written_down() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::session(&server).await?;
    assert_eq!(server.open_connections(), 1);
    client.stream.close(Some(CloseFrame { code: 3001.into(), reason: "done".into() })).await?;
    assert_eq!(client.closed().await?, (3001, "done".to_owned()));
    assert_eq!(server_side_close(&server, 0).await?, (3001, "done".to_owned(), true));
    let mut client = Client::session(&server).await?;
    client.stream.close(None).await?;
    assert_eq!(server_side_close(&server, 1).await?, (1005, String::new(), true));
    drop(Client::session(&server).await?);
    assert_eq!(server_side_close(&server, 2).await?, (1006, String::new(), true));
    drop(client);
    assert!(eventually(|| server.open_connections() == 0).await, "a connection is still open");
    Ok(())
}
