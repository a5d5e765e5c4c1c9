//! An open WebSocket: messages in, messages out, the steps of its script.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::peer::{Out, Peer};
use crate::script::{RealtimeClose, RealtimeLog, RealtimeStep};
use crate::service::{MockService, OpenConnection};
use crate::wire;

/// The connection is no more.
struct Gone;

/// The time that a client may take to answer a close, and to read it.
const FAREWELL: Duration = Duration::from_secs(2);

/// A connection whose handshake was answered.
pub(super) struct OpenedSocket {
    pub(super) service: Arc<MockService>,
    /// Counts the connection as open for as long as it lives.
    pub(super) _open: Arc<OpenConnection>,
    /// Its number in the log.
    pub(super) id: usize,
}

/// Plays the connection from its upgrade to its end.
pub(super) async fn run(
    upgrade: OnUpgrade,
    opened: OpenedSocket,
    mut peer: Box<dyn Peer>,
    script: Option<Vec<RealtimeStep>>,
) {
    let Ok(upgraded) = upgrade.await else {
        // The client left before it had the answer to its handshake.
        return opened.service.realtime().closed(opened.id, RealtimeClose::new(1006, "", true));
    };
    let limit = Some(opened.service.settings().body_limit);
    let config = WebSocketConfig::default().max_message_size(limit).max_frame_size(limit);
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
    let mut socket = Socket { stream, opened };
    let played = match script {
        Some(steps) => socket.play(&mut *peer, steps).await,
        None => socket.send_all(peer.greet()).await,
    };
    if played.is_ok() {
        while socket.serve(&mut *peer).await.is_ok() {}
    }
    // Whoever broke off without a close, nobody says one.
    socket.closed(1006, "", true);
}

struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    opened: OpenedSocket,
}

enum Arrived {
    Text(String),
    TooLarge,
}

impl Socket {
    async fn play(&mut self, peer: &mut dyn Peer, steps: Vec<RealtimeStep>) -> Result<(), Gone> {
        for step in steps {
            match step {
                RealtimeStep::Greet if !peer.waits_for_start() => self.send_all(peer.greet()).await?,
                RealtimeStep::Greet | RealtimeStep::Answer => {
                    let text = self.text().await?;
                    self.send_all(peer.answer(&text)).await?;
                    self.drain(peer).await?;
                }
                RealtimeStep::Send(event) => self.send(&event).await?,
                RealtimeStep::SendText(text) => self.write(Message::text(text)).await?,
                RealtimeStep::SendBinary(bytes) => self.write(Message::binary(bytes)).await?,
                RealtimeStep::EndSession(reason) => {
                    self.send_all(peer.end(&reason)).await?;
                    return self.close(1000, "").await;
                }
                RealtimeStep::Expect(kind) => self.expect(&kind).await?,
                RealtimeStep::Ping => self.write(Message::Ping(Bytes::new())).await?,
                RealtimeStep::Stall(time) => sleep(time).await,
                RealtimeStep::Close { code: 1006 | 1015, .. } | RealtimeStep::Disconnect => {
                    return self.disconnect();
                }
                RealtimeStep::Close { code, reason } => return self.close(code, &reason).await,
            }
        }
        Ok(())
    }

    /// Takes the client's next message, or says the next thing that waits to be said, whichever is first.
    async fn serve(&mut self, peer: &mut dyn Peer) -> Result<(), Gone> {
        let arrived = match peer.is_busy() {
            true => timeout(self.opened.service.settings().event_interval, self.arrived()).await.ok(),
            false => Some(self.arrived().await),
        };
        match arrived {
            Some(arrived) => {
                let text = self.within_limit(arrived?).await?;
                self.send_all(peer.answer(&text)).await
            }
            None => self.say_next(peer).await,
        }
    }

    async fn drain(&mut self, peer: &mut dyn Peer) -> Result<(), Gone> {
        while peer.is_busy() {
            sleep(self.opened.service.settings().event_interval).await;
            self.say_next(peer).await?;
        }
        Ok(())
    }

    async fn say_next(&mut self, peer: &mut dyn Peer) -> Result<(), Gone> {
        match peer.next() {
            Some(Out::Event(event)) => self.send(&event).await,
            Some(Out::Wait(time)) => {
                sleep(time).await;
                Ok(())
            }
            Some(Out::Disconnect) => self.disconnect(),
            Some(Out::Close) => self.close(1000, "").await,
            None => Ok(()),
        }
    }

    async fn expect(&mut self, kind: &str) -> Result<(), Gone> {
        let text = self.text().await?;
        let event: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let found = event["type"].as_str().unwrap_or("no event");
        if found == kind {
            return Ok(());
        }
        self.close(1008, &format!("The script expected {kind}, and {found} came.")).await
    }

    async fn text(&mut self) -> Result<String, Gone> {
        let arrived = self.arrived().await?;
        self.within_limit(arrived).await
    }

    async fn within_limit(&mut self, arrived: Arrived) -> Result<String, Gone> {
        match arrived {
            Arrived::Text(text) => Ok(text),
            Arrived::TooLarge => {
                let limit = self.opened.service.settings().body_limit;
                self.close(1009, &format!("The message is larger than the limit of {limit} bytes.")).await?;
                Err(Gone)
            }
        }
    }

    /// The client's next message, written down. Nothing is lost if this is dropped before its end.
    async fn arrived(&mut self) -> Result<Arrived, Gone> {
        loop {
            let text = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
                Some(Ok(Message::Binary(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
                Some(Ok(Message::Ping(_))) => {
                    self.log().ping(self.opened.id);
                    continue;
                }
                Some(Ok(Message::Pong(_))) => {
                    self.log().pong(self.opened.id);
                    continue;
                }
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame.map_or((1005, String::new()), |frame| {
                        (u16::from(frame.code), frame.reason.as_str().to_owned())
                    });
                    self.closed(code, &reason, true);
                    continue;
                }
                Some(Ok(Message::Frame(_))) => continue,
                Some(Err(Error::Capacity(_))) => return Ok(Arrived::TooLarge),
                Some(Err(_)) | None => return Err(Gone),
            };
            let event = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.as_str()));
            self.log().event(self.opened.id, event);
            return Ok(Arrived::Text(text));
        }
    }

    async fn send_all(&mut self, events: Vec<Value>) -> Result<(), Gone> {
        for event in events {
            self.send(&event).await?;
        }
        Ok(())
    }

    async fn send(&mut self, event: &Value) -> Result<(), Gone> {
        self.write(Message::text(wire::to_text(event))).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Gone> {
        self.stream.send(message).await.map_err(|_| Gone)
    }

    fn disconnect(&mut self) -> Result<(), Gone> {
        self.closed(1006, "", false);
        Err(Gone)
    }

    /// Says goodbye, and waits a little until the client has read it: what it sends meanwhile would reset the connection.
    async fn close(&mut self, code: u16, reason: &str) -> Result<(), Gone> {
        let reason = short(reason);
        self.closed(code, reason, false);
        let frame = (code != 1005).then(|| CloseFrame { code: code.into(), reason: reason.into() });
        if self.stream.close(frame).await.is_ok() {
            let io = self.stream.get_mut();
            drop(io.shutdown().await);
            let mut rest = vec![0; 16 * 1024];
            let read_on = async { while matches!(io.read(&mut rest).await, Ok(1..)) {} };
            drop(timeout(FAREWELL, read_on).await);
        }
        Err(Gone)
    }

    fn closed(&self, code: u16, reason: &str, by_client: bool) {
        self.log().closed(self.opened.id, RealtimeClose::new(code, reason, by_client));
    }

    fn log(&self) -> &RealtimeLog {
        self.opened.service.realtime()
    }
}

/// The part of a reason that a close has room for.
fn short(reason: &str) -> &str {
    let end = (0..=reason.len().min(123)).rev().find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or(0)]
}
