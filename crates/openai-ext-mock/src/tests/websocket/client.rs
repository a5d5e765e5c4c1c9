//! A client of WebSockets that checks each event of the server against the document.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::Request;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::document;
use crate::schema::validate;
use crate::server::MockServer;
use crate::tests::harness::{TestResult, eventually};

pub(super) const MODEL: &str = "/realtime?model=gpt-realtime";

pub(super) struct Client {
    pub(super) stream: WebSocketStream<TcpStream>,
    /// The document's name for what the server says.
    pub(super) component: &'static str,
}

impl Client {
    pub(super) async fn connect(server: &MockServer, path: &str) -> TestResult<Self> {
        Self::connect_with(server, path, &[]).await.map(|(client, _)| client)
    }

    /// A client, and the subprotocol that the server chose.
    pub(super) async fn connect_with(
        server: &MockServer,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> TestResult<(Self, Option<String>)> {
        let request = request(server, path, headers)?;
        let tcp = TcpStream::connect(host(server)).await?;
        let config = WebSocketConfig::default().max_frame_size(None);
        let (stream, response) = tokio_tungstenite::client_async_with_config(request, tcp, Some(config)).await?;
        let chosen = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().map(str::to_owned));
        let component = match path {
            path if path.contains("/realtime/translations") => "RealtimeTranslationServerEvent",
            path if path.contains("/realtime") => "RealtimeServerEvent",
            path if path.contains("/attach") => "LiveSidebandServerEvent",
            path if path.contains("/live/") => "LiveServerEvent",
            _ => "ResponsesServerEvent",
        };
        Ok((Self { stream, component }, chosen.transpose()?))
    }

    /// A session that has begun.
    pub(super) async fn session(server: &MockServer) -> TestResult<Self> {
        let mut client = Self::connect(server, MODEL).await?;
        client.expect("session.created").await?;
        Ok(client)
    }

    pub(super) async fn send(&mut self, event: Value) -> TestResult {
        self.send_text(&event.to_string()).await
    }

    pub(super) async fn send_text(&mut self, text: &str) -> TestResult {
        Ok(self.stream.send(Message::text(text)).await?)
    }

    pub(super) async fn message(&mut self) -> TestResult<Message> {
        let message = tokio::time::timeout(Duration::from_secs(120), self.stream.next()).await?;
        Ok(message.ok_or("the connection ended")??)
    }

    /// The next event, as the document wants it.
    pub(super) async fn event(&mut self) -> TestResult<Value> {
        let event: Value = serde_json::from_str(self.message().await?.to_text()?)?;
        let schema = document::component(self.component).ok_or("no component")?;
        validate::check(document::root(), schema, &event).map_err(|violation| format!("{event}: {violation}"))?;
        Ok(event)
    }

    pub(super) async fn expect(&mut self, kind: &str) -> TestResult<Value> {
        let event = self.event().await?;
        if event["type"] == kind { Ok(event) } else { Err(format!("expected {kind}, not {event}").into()) }
    }

    /// The events up to the first one of this type.
    pub(super) async fn until(&mut self, kind: &str) -> TestResult<Vec<Value>> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await?);
            if events.last().is_some_and(|event| event["type"] == kind) {
                return Ok(events);
            }
        }
    }

    /// The event's problem: its code and its field.
    pub(super) async fn refused(&mut self, event_id: Option<&str>) -> TestResult<(String, String)> {
        let event = self.expect("error").await?;
        assert_eq!(event["error"]["type"], "invalid_request_error");
        assert_eq!(event["error"]["event_id"], json!(event_id));
        let text = |name: &str| event["error"][name].as_str().unwrap_or_default().to_owned();
        assert!(!text("message").is_empty());
        Ok((text("code"), text("param")))
    }

    /// The code and the reason of the server's close; 1006 if there is none.
    pub(super) async fn closed(&mut self) -> TestResult<(u16, String)> {
        loop {
            match self.message().await {
                Ok(Message::Close(Some(frame))) => return Ok((frame.code.into(), frame.reason.as_str().to_owned())),
                Ok(Message::Close(None)) => return Ok((1005, String::new())),
                Ok(_) => {}
                Err(_) => return Ok((1006, String::new())),
            }
        }
    }
}

pub(super) fn host(server: &MockServer) -> &str {
    server.base_url().trim_start_matches("http://").trim_end_matches("/v1")
}

pub(super) fn request(server: &MockServer, path: &str, headers: &[(&'static str, &str)]) -> TestResult<Request<()>> {
    let below = if path.starts_with("/openai/") { "" } else { "/v1" };
    let mut request = format!("ws://{}{below}{path}", host(server)).into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse()?);
    }
    Ok(request)
}

/// The types of events, without their repetitions.
pub(super) fn kinds(events: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    kinds.dedup();
    kinds
}

/// The deltas of a type, put together.
pub(super) fn deltas(events: &[Value], kind: &str) -> String {
    events.iter().filter(|event| event["type"] == kind).filter_map(|event| event["delta"].as_str()).collect()
}

pub(super) fn user(text: &str) -> Value {
    let item = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]});
    json!({"type": "conversation.item.create", "item": item})
}

/// Waits until the server has seen the end of its connection.
pub(super) async fn server_side_close(server: &MockServer, index: usize) -> TestResult<(u16, String, bool)> {
    let close = || server.realtime_connections().get(index).and_then(|connection| connection.close().cloned());
    eventually(|| close().is_some()).await;
    let close = close().ok_or("the server did not see the end")?;
    Ok((close.code(), close.reason().to_owned(), close.by_client()))
}
