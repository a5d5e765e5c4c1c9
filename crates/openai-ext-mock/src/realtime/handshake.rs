//! The handshake of a WebSocket; `connection` plays the messages that follow.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::connection::{self, OpenedSocket};
use super::peer::Peer;
use super::responses::ResponseSocket;
use super::session::Session;
use super::voice::{LiveKind, LiveSession, TranslationSession};
use crate::schema::Rng;
use crate::script::Scripted;
use crate::service::{MockService, OpenConnection};
use crate::wire::{MockBody, ReceivedRequest, Reply, azure_path, read_query};

/// The speaker at the other end of a connection, by the path below the base URL, of OpenAI's or of Azure's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Partner {
    Realtime,
    Translation,
    Live(LiveKind),
    Responses,
}

/// The subprotocol that a browser sends instead of a header, which it cannot set.
const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

impl Partner {
    fn at(path: &str) -> Option<Self> {
        let below = azure_path::below(path)?;
        Some(match below {
            "/realtime" => Self::Realtime,
            "/realtime/translations" => Self::Translation,
            "/responses" => Self::Responses,
            "/live/sessions" => Self::Live(LiveKind::Primary),
            _ => match below.strip_prefix("/live/sessions/")?.split_once('/')? {
                (_, "attach") => Self::Live(LiveKind::Sideband),
                (_, "fork") => Self::Live(LiveKind::Fork),
                _ => return None,
            },
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Realtime => "realtime",
            Self::Translation => "translations",
            Self::Live(_) => "live",
            Self::Responses => "responses over WebSocket",
        }
    }
}

/// True if a request asks for a WebSocket. Nothing else is at the paths of the Realtime API.
pub(crate) fn is_meant(request: &Request<Incoming>) -> bool {
    let upgrade = request.headers().get(UPGRADE);
    request.method() == Method::GET
        && match Partner::at(request.uri().path()) {
            Some(Partner::Realtime | Partner::Translation) => true,
            Some(Partner::Live(_) | Partner::Responses) => upgrade.is_some(),
            None => false,
        }
}

/// Answers the handshake, and lets the connection go on as a WebSocket.
pub(crate) async fn accept(
    service: Arc<MockService>,
    open: Arc<OpenConnection>,
    mut request: Request<Incoming>,
) -> io::Result<Response<MockBody>> {
    let upgrade = hyper::upgrade::on(&mut request);
    let received = received(request);
    service.record(&received);
    let partner = Partner::at(&received.path).unwrap_or(Partner::Responses);
    let mut rng = service.rng_of(partner.label());
    let refusal = match service.before(&received, key(&received)) {
        Scripted { reply: Some(reply), fault } => Some(service.scripts().finish(reply, fault, &received)),
        Scripted { reply: None, .. } => refuse(&received, partner),
    };
    if let Some(refusal) = refusal {
        return service.deliver(refusal, &mut rng).await;
    }
    let answer = switch(&received);
    let peer = peer(&service, partner, received.clone(), rng.child(0));
    let script = service.realtime().next_script();
    let id = service.realtime().opened(&received);
    tokio::spawn(connection::run(
        upgrade,
        OpenedSocket { service: Arc::clone(&service), _open: open, id },
        peer,
        script,
    ));
    service.deliver(answer, &mut rng).await
}

fn received(request: Request<Incoming>) -> ReceivedRequest {
    let (parts, _body) = request.into_parts();
    ReceivedRequest {
        path: parts.uri.path().to_owned(),
        method: parts.method,
        query: read_query(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body: Bytes::new(),
        operation: None,
        parameters: Vec::new(),
    }
}

/// The key in the header, or among the subprotocols.
fn key(received: &ReceivedRequest) -> Option<&str> {
    received.key().or_else(|| protocols(received).find_map(|protocol| protocol.strip_prefix(KEY_PROTOCOL)))
}

fn protocols(received: &ReceivedRequest) -> impl Iterator<Item = &str> {
    let headers = received.headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    headers.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim)
}

/// Status 400 for what is no handshake, and for one that does not say what to talk to.
fn refuse(received: &ReceivedRequest, partner: Partner) -> Option<Reply> {
    let says = |name: &str, word: &str| received.header(name).is_some_and(|value| has_word(value, word));
    let is_handshake = says(UPGRADE.as_str(), "websocket")
        && says(CONNECTION.as_str(), "upgrade")
        && says(SEC_WEBSOCKET_VERSION.as_str(), "13")
        && received.header(SEC_WEBSOCKET_KEY.as_str()).is_some();
    let (param, message) = if !is_handshake {
        (None, "This endpoint speaks WebSocket, and the request is not a handshake of its version 13.")
    } else if partner == Partner::Realtime && !names_a_partner(received) {
        (Some("model"), "You must provide a model parameter, a call_id, or intent=transcription.")
    } else if partner == Partner::Translation && !names_a_model(received) {
        (Some("model"), "You must provide a model parameter.")
    } else {
        return None;
    };
    let code = param.map(|_| "missing_required_parameter");
    Some(Reply::error_at(StatusCode::BAD_REQUEST, "invalid_request_error", param, code, message))
}

fn has_word(list: &str, word: &str) -> bool {
    list.split(',').any(|item| item.trim().eq_ignore_ascii_case(word))
}

fn names_a_partner(received: &ReceivedRequest) -> bool {
    received.query.iter().any(|(name, value)| match name.as_str() {
        "model" | "call_id" | "deployment" => !value.is_empty(),
        "intent" => value == "transcription",
        _ => false,
    })
}

fn names_a_model(received: &ReceivedRequest) -> bool {
    received.query.iter().any(|(name, value)| name == "model" && !value.is_empty())
}

fn switch(received: &ReceivedRequest) -> Reply {
    let key = received.header(SEC_WEBSOCKET_KEY.as_str()).unwrap_or_default();
    let reply = Reply::empty(StatusCode::SWITCHING_PROTOCOLS)
        .header(UPGRADE.as_str(), "websocket")
        .header(CONNECTION.as_str(), "Upgrade")
        .header(SEC_WEBSOCKET_ACCEPT.as_str(), &derive_accept_key(key.as_bytes()));
    // The other protocols are for keys, which are not to be said back.
    match protocols(received).any(|protocol| protocol == "realtime") {
        true => reply.header(SEC_WEBSOCKET_PROTOCOL.as_str(), "realtime"),
        false => reply,
    }
}

fn peer(service: &Arc<MockService>, partner: Partner, received: ReceivedRequest, rng: Rng) -> Box<dyn Peer> {
    let service = Arc::clone(service);
    match partner {
        Partner::Realtime => Box::new(Session::new(service, &received, rng)),
        Partner::Translation => Box::new(TranslationSession::new(service, &received, rng)),
        Partner::Live(kind) => Box::new(LiveSession::new(service, kind, &received, rng)),
        Partner::Responses => Box::new(ResponseSocket::new(service, received)),
    }
}
