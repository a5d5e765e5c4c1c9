//! Handshakes that get a WebSocket, and the refusals of others.

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as WsError;

use super::client::{Client, MODEL, host, request};
use crate::MockServer;
use crate::tests::harness::{self, TestResult, fast};

/// The status and the error of a handshake that is refused.
async fn refusal(server: &MockServer, path: &str, headers: &[(&'static str, &str)]) -> TestResult<(u16, Value)> {
    let tcp = TcpStream::connect(host(server)).await?;
    match tokio_tungstenite::client_async(request(server, path, headers)?, tcp).await {
        Err(WsError::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            Ok((response.status().as_u16(), serde_json::from_slice(body).unwrap_or(Value::Null)))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("the handshake was accepted".into()),
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused() -> TestResult {
    let server = fast().require_key("sk-right").start().await?;
    for path in [MODEL, "/responses"] {
        for headers in [&[][..], &[("authorization", "Bearer sk-wrong")]] {
            let (status, body) = refusal(&server, path, headers).await?;
            assert_eq!((status, &body["error"]["code"]), (401, &json!("invalid_api_key")), "{path} {headers:?}");
        }
    }
    let wrong = [("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-wrong")];
    assert_eq!(refusal(&server, MODEL, &wrong).await?.0, 401);
    assert!(server.realtime_connections().is_empty());
    Ok(())
}

#[tokio::test]
async fn the_key_may_be_a_header_or_a_subprotocol() -> TestResult {
    let server = fast().require_key("sk-right").start().await?;
    let (_, chosen) = Client::connect_with(&server, MODEL, &[("authorization", "Bearer sk-right")]).await?;
    assert_eq!(chosen, None);
    let protocols = [("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-right")];
    let (mut client, chosen) = Client::connect_with(&server, MODEL, &protocols).await?;
    assert_eq!(chosen.as_deref(), Some("realtime"));
    client.expect("session.created").await?;
    Ok(())
}

#[tokio::test]
async fn a_session_names_its_partner() -> TestResult {
    let server = fast().start().await?;
    for path in ["/realtime", "/realtime?model=", "/realtime?intent=other"] {
        let (status, body) = refusal(&server, path, &[]).await?;
        assert_eq!((status, &body["error"]["param"]), (400, &json!("model")), "{path}");
        assert_eq!(body["error"]["type"], "invalid_request_error");
    }
    for path in [MODEL, "/realtime?call_id=rtc_1", "/realtime?intent=transcription"] {
        let created = Client::connect(&server, path).await?.expect("session.created").await?;
        let kind = if path.contains("intent") { "transcription" } else { "realtime" };
        assert_eq!(created["session"]["type"], kind);
    }
    Ok(())
}

#[tokio::test]
async fn azure_has_paths_of_its_own() -> TestResult {
    let server = fast().require_key("right").start().await?;
    let key = [("api-key", "right")];
    let versioned = "/openai/realtime?api-version=1&deployment=my-realtime";
    for path in [versioned, "/openai/v1/realtime?model=my-realtime"] {
        let (mut client, _) = Client::connect_with(&server, path, &key).await?;
        assert_eq!(client.expect("session.created").await?["session"]["model"], "my-realtime", "{path}");
    }
    let code = |(status, body): (u16, Value)| (status, body["error"]["code"].clone());
    assert_eq!(code(refusal(&server, "/openai/realtime?deployment=d", &key).await?), (404, json!("404")));
    assert_eq!(code(refusal(&server, versioned, &[("api-key", "wrong")]).await?), (401, json!("401")));
    // OpenAI knows no such header.
    assert_eq!(refusal(&server, MODEL, &key).await?.0, 401);
    Ok(())
}

#[tokio::test]
async fn what_is_no_handshake_is_told_so() -> TestResult {
    let server = fast().start().await?;
    let answer = harness::send(&server, "GET", MODEL, "application/json", "").await?;
    assert_eq!(
        (answer.status.as_u16(), answer.json()?["error"]["type"].clone()),
        (400, json!("invalid_request_error"))
    );
    let (status, _) = refusal(&server, MODEL, &[("sec-websocket-version", "12")]).await?;
    assert_eq!(status, 400);
    // Other paths have no WebSocket, and a GET of responses without one is what it was.
    assert_eq!(refusal(&server, "/models", &[]).await?.0, 200);
    assert_eq!(harness::send(&server, "GET", "/responses", "application/json", "").await?.status, 405);
    Ok(())
}

#[tokio::test]
async fn a_script_may_refuse_the_handshake() -> TestResult {
    let server = fast().start().await?;
    server.on_request(|request| {
        let status = http::StatusCode::SERVICE_UNAVAILABLE;
        request.path().ends_with("/realtime").then(|| crate::Reply::error(status, "server_error", None, "Later."))
    });
    let (status, body) = refusal(&server, MODEL, &[]).await?;
    assert_eq!((status, &body["error"]["message"]), (503, &json!("Later.")));
    Ok(())
}
