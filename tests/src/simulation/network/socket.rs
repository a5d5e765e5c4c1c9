//! The server's end of a WebSocket, which the client's reads and writes drive: no task is needed for it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use openai_ext::http::{HeaderValue, Response, StatusCode};
use openai_ext::runtime::transport::{Body, TransportError};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::fate::{AnswerFate, Fate};
use crate::simulation::random::Random;
use crate::simulation::server::ServerRequest;
use crate::simulation::server::models::{events_of_response, token_of};
use crate::simulation::server::sessions::events_of_session;
use crate::simulation::world::{Open, World};

/// A silent connection is closed after this time.
const PATIENCE: Duration = Duration::from_secs(100);

/// Answers a handshake.
pub(super) fn accept(
    world: &Arc<World>,
    request: &ServerRequest,
    fate: &Fate,
    number: u64,
    open: Open,
) -> Result<Response<Body>, TransportError> {
    let failed = |kind: io::ErrorKind| Err(TransportError::connection(io::Error::from(kind)));
    let status = match fate.outcome {
        AnswerFate::Good => 101,
        AnswerFate::Refused => return failed(io::ErrorKind::ConnectionRefused),
        AnswerFate::Status(status) => status,
        AnswerFate::Lost | AnswerFate::Silence => return failed(io::ErrorKind::ConnectionReset),
        _ => 200,
    };
    let connection = SocketServer::new(world, request, number, open);
    let body = if status == 101 { Body::upgraded(connection) } else { Body::from("It does not work.") };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).map_err(TransportError::connection)?;
    let key = request.header("sec-websocket-key").unwrap_or_default();
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).map_err(TransportError::connection)?;
    response.headers_mut().insert("sec-websocket-accept", accept);
    response.headers_mut().insert("upgrade", HeaderValue::from_static("websocket"));
    Ok(response)
}

/// A session.
struct SocketServer {
    world: Arc<World>,
    random: Random,
    /// The bytes that the client sent and that make no whole frame yet.
    received: Vec<u8>,
    /// The messages to send, each after a wait.
    outbox: VecDeque<(Duration, Vec<u8>)>,
    wait: Option<Pin<Box<Sleep>>>,
    reader: Option<Waker>,
    /// Nothing more is said after what is in the outbox.
    is_closing: bool,
    /// The state of a realtime session.
    session: Option<SessionState>,
    _open: Open,
}

/// The state of a realtime session.
#[derive(Default)]
struct SessionState {
    /// The client has said how the session is to be.
    is_set: bool,
    /// The message that was sent last.
    said: String,
    responses: u64,
}

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

impl SocketServer {
    fn new(world: &Arc<World>, request: &ServerRequest, number: u64, open: Open) -> Self {
        let session = (request.path == "/realtime").then(SessionState::default);
        let mut this = Self {
            world: world.clone(),
            random: world.random_of(number + (1 << 33)),
            received: Vec::new(),
            outbox: VecDeque::new(),
            wait: None,
            reader: None,
            is_closing: false,
            session,
            _open: open,
        };
        if this.session.is_some() {
            this.say(TEXT, br#"{"type":"session.created","event_id":"e","session":{"type":"realtime"}}"#);
        }
        let closes = world.state().weather.closes_sockets;
        if closes {
            this.say(TEXT, br#"{"type":"keepalive"}"#);
            this.close(1012);
        } else if this.random.chance(300) {
            this.say(PING, b"?");
        }
        this
    }

    fn say(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![0x80 | kind];
        match payload.len() {
            length @ 0..126 => frame.push(length as u8),
            length @ 126..65536 => {
                frame.push(126);
                frame.extend((length as u16).to_be_bytes());
            }
            length => {
                frame.push(127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        let wait = Duration::from_millis(self.random.below(400));
        self.outbox.push_back((wait, frame));
    }

    fn close(&mut self, code: u16) {
        if !std::mem::replace(&mut self.is_closing, true) {
            let reason = self.complaint();
            self.say(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat());
        }
    }

    /// Returns the server's message about something that is wrong; it may repeat a secret that the client sent.
    fn complaint(&mut self) -> String {
        let echoes = self.world.state().weather.echoes;
        let [key, _, sent] = self.world.secrets();
        let is_sent = self.session.as_ref().is_some_and(|session| session.is_set);
        match self.random.chance(echoes) {
            true => format!("It does not work with {}.", if is_sent { sent } else { key }),
            false => "It does not work.".to_owned(),
        }
    }

    /// Takes the whole frames out of what was received.
    fn read_frames(&mut self) {
        while let Some((kind, payload, length)) = frame(&self.received) {
            self.received.drain(..length);
            match kind {
                PING => self.say(PONG, &payload),
                CLOSE => self.close(1000),
                PONG => {}
                _ => self.answer(&payload),
            }
        }
    }

    fn answer(&mut self, event: &[u8]) {
        let events = match &mut self.session {
            None => {
                let token = token_of(event);
                self.world.note(&format!("socket asked for {token}"));
                if self.is_closing { Vec::new() } else { events_of_response(&token, &mut self.random) }
            }
            Some(session) => answer_session(session, &self.world, &mut self.random, event),
        };
        if !self.is_closing {
            self.say_events(&events);
        }
    }

    /// Says events, to their end unless something goes wrong.
    fn say_events(&mut self, events: &[Value]) {
        let faults = self.world.state().weather.faults;
        let said = if self.random.chance(faults) { self.random.place(events.len()) } else { events.len() };
        for event in &events[..said] {
            self.say(TEXT, event.to_string().as_bytes());
        }
        if said < events.len() {
            match self.random.below(4) {
                0 => {
                    let complaint = self.complaint();
                    let error = json!({"type": "server_error", "code": complaint, "message": complaint});
                    let event = json!({"type": "error", "event_id": "e", "error": error});
                    self.say(TEXT, event.to_string().as_bytes());
                }
                1 => self.close(1012),
                2 => self.close(4000),
                _ => self.is_closing = true,
            }
        }
    }
}

/// Takes an event of a session, and gives those that answer it.
fn answer_session(session: &mut SessionState, world: &World, random: &mut Random, event: &[u8]) -> Vec<Value> {
    let kind = serde_json::from_slice::<Value>(event).unwrap_or_default()["type"].clone();
    if !session.is_set && kind != "session.update" {
        world.problem(format!("a session that was made anew is not set up first | {kind}"));
    }
    match kind.as_str().unwrap_or_default() {
        "session.update" => {
            session.is_set = true;
            vec![json!({"type": "session.updated", "event_id": "e", "session": {"type": "realtime"}})]
        }
        "conversation.item.create" => {
            session.said = token_of(event);
            Vec::new()
        }
        "response.create" => {
            world.note(&format!("session asked for {}", session.said));
            world.state().server.note_asked(&session.said);
            session.responses += 1;
            events_of_session(&session.said, session.responses, random)
        }
        _ => Vec::new(),
    }
}

/// The first frame of a client, unmasked, with its kind and its length with all.
fn frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let (kind, short) = (bytes.first()? & 0x0f, usize::from(bytes.get(1)? & 0x7f));
    let (length, head) = match short {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (short, 2),
    };
    let mask = bytes.get(head..head + 4)?;
    let payload = bytes.get(head + 4..head + 4 + length)?;
    let payload = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((kind, payload, head + 4 + length))
}

impl AsyncRead for SocketServer {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.reader = Some(context.waker().clone());
        let wait = match this.outbox.front() {
            Some((wait, _)) => *wait,
            None if this.is_closing => Duration::from_millis(1),
            None => PATIENCE,
        };
        let sleep = this.wait.get_or_insert_with(|| Box::pin(sleep(wait)));
        ready!(sleep.as_mut().poll(context));
        this.wait = None;
        let Some((_, frame)) = this.outbox.front_mut() else {
            // The connection breaks, or ends.
            this.is_closing = true;
            return match this.random.chance(500) {
                true => Poll::Ready(Ok(())),
                false => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            };
        };
        let most = 1 + this.random.place(frame.len());
        let rest = frame.split_off(most.min(buffer.remaining()));
        buffer.put_slice(frame);
        this.outbox.pop_front();
        if !rest.is_empty() {
            this.outbox.push_front((Duration::ZERO, rest));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SocketServer {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_closing && self.outbox.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let taken = 1 + self.random.place(bytes.len());
        self.received.extend_from_slice(&bytes[..taken.min(bytes.len())]);
        let had = self.outbox.is_empty();
        self.read_frames();
        if had && !self.outbox.is_empty() {
            // Whoever reads waits for nothing until now.
            self.wait = None;
            self.reader.take().into_iter().for_each(Waker::wake);
        }
        Poll::Ready(Ok(taken.min(bytes.len())))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
