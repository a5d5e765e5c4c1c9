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
use crate::schema::Rng;
use crate::script::Scripted;
use crate::service::{MockService, OpenConnection};
use crate::wire::{MockBody, ReceivedRequest, Reply, azure_path, read_query};

/// Below the base URL, of OpenAI's or of Azure's.
const REALTIME: &str = "/realtime";
const RESPONSES: &str = "/responses";
/// The subprotocol that a browser sends instead of a header, which it cannot set.
const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// True if a request asks for a WebSocket. Nothing else is at the path of the Realtime API.
pub(crate) fn is_meant(request: &Request<Incoming>) -> bool {
    let path = azure_path::below(request.uri().path());
    let upgrade = request.headers().get(UPGRADE);
    request.method() == Method::GET && (path == Some(REALTIME) || path == Some(RESPONSES) && upgrade.is_some())
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
    let mut rng = service.rng_of(if is_realtime(&received) { "realtime" } else { "responses over WebSocket" });
    let refusal = match service.before(&received, key(&received)) {
        Scripted { reply: Some(reply), fault } => Some(service.scripts().finish(reply, fault, &received)),
        Scripted { reply: None, .. } => refuse(&received),
    };
    if let Some(refusal) = refusal {
        return service.deliver(refusal, &mut rng).await;
    }
    let answer = switch(&received);
    let peer = peer(&service, received.clone(), rng.child(0));
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

fn is_realtime(received: &ReceivedRequest) -> bool {
    azure_path::below(&received.path) == Some(REALTIME)
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
fn refuse(received: &ReceivedRequest) -> Option<Reply> {
    let says = |name: &str, word: &str| received.header(name).is_some_and(|value| has_word(value, word));
    let is_handshake = says(UPGRADE.as_str(), "websocket")
        && says(CONNECTION.as_str(), "upgrade")
        && says(SEC_WEBSOCKET_VERSION.as_str(), "13")
        && received.header(SEC_WEBSOCKET_KEY.as_str()).is_some();
    let (param, message) = if !is_handshake {
        (None, "This endpoint speaks WebSocket, and the request is not a handshake of its version 13.")
    } else if is_realtime(received) && !names_a_partner(received) {
        (Some("model"), "You must provide a model parameter, a call_id, or intent=transcription.")
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

fn peer(service: &Arc<MockService>, received: ReceivedRequest, rng: Rng) -> Box<dyn Peer> {
    if is_realtime(&received) {
        Box::new(Session::new(Arc::clone(service), &received, rng))
    } else {
        Box::new(ResponseSocket::new(Arc::clone(service), received))
    }
}
