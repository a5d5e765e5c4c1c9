//! The network between the clients and the server: it delays, drops, duplicates, cuts, reorders and answers late.

mod body;
mod bomb;
mod fate;
mod pending;
mod socket;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use openai_ext::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use tokio::time::{sleep, sleep_until};

use self::body::{AnswerBody, BodyKind};
use self::fate::{AnswerFate, BodyFate, Carried, Fate};
use self::pending::Ticket;
use super::limits;
use super::server::{Answer, CALL, ServerRequest};
use super::world::{Open, World};

/// The end of the path of the file that is downloaded with a limit.
const FIRST_FILE: &str = "/file-1/content";

/// The transport of a client.
pub(super) struct Network(pub(super) Arc<World>);

impl Transport for Network {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let world = self.0.clone();
        Box::pin(async move {
            let open = world.open();
            exchange(&world, request, open).await
        })
    }
}

async fn exchange(world: &Arc<World>, request: Request<Body>, open: Open) -> Result<Response<Body>, TransportError> {
    let mut request = read(request).await?;
    request.sent = world.now();
    let number = world.next_request(request.header(CALL));
    if world.is_overrun() {
        world.problem("requests are sent without end");
        return Err(TransportError::request("requests are sent without end"));
    }
    let is_retry = request.header("x-stainless-retry-count").is_some_and(|count| count != "0");
    if let Some(call) = request.header(CALL) {
        world.check_pause(call.to_owned(), is_retry);
    } else if request.is_poll() {
        world.check_pause(request.path.clone(), true);
    }
    let fate = world.fate(number, &request);
    world.note(&format!("{number} {} {} {fate}", request.method, request.path));
    let list = request.is_list().then(|| request.path == "/files");
    if request.is_list() && (fate.outcome != AnswerFate::Good || fate.body != BodyFate::Whole) {
        // Until the client gives up on it.
        world.state().server.note_unreadable(world.now() + Duration::from_secs(100));
    }
    if request.header("upgrade").is_some() {
        sleep(fate.there + fate.back).await;
        return socket::accept(world, &request, &fate, number, open);
    }
    let key = ["authorization", "api-key"].map(|name| request.header(name).unwrap_or_default()).join(" ");
    let (path, unpacks) = (request.path.clone(), request.header("accept-encoding") == Some("gzip"));
    let wants_events = request.header("accept") == Some("text/event-stream");
    let ticket = send(world, &fate, request);
    match fate.outcome {
        AnswerFate::Refused => {
            sleep(fate.there).await;
            return Err(TransportError::connection(io::Error::from(io::ErrorKind::ConnectionRefused)));
        }
        AnswerFate::Lost => {
            sleep(fate.there + fate.back).await;
            return Err(TransportError::connection(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        AnswerFate::Silence => sleep(Duration::from_secs(400 * 86_400)).await,
        _ => {}
    }
    let answer = match (&ticket, fate.outcome) {
        (Some(ticket), AnswerFate::Good) => {
            sleep_until(tokio::time::Instant::now() + ticket.due().saturating_sub(world.now())).await;
            world.serve_due();
            if let Some(is_files) = list.filter(|_| fate.body == BodyFate::Whole) {
                world.state().server.note_listed(ticket.due(), is_files);
            }
            ticket.answer()
        }
        _ => {
            sleep(fate.there).await;
            fate.bad_answer(&key)
        }
    };
    sleep(fate.back).await;
    let Some(answer) = answer else {
        return Err(TransportError::connection(io::Error::from(io::ErrorKind::UnexpectedEof)));
    };
    let kind = BodyKind {
        limit: limit(&path, &answer, wants_events),
        // What has a length can't end early without notice; a text of rows would be taken for the whole.
        ends_early: answer.is_stream || answer.kind == "application/json",
        is_packed: unpacks && answer.status < 400 && !answer.is_stream && fate.body == BodyFate::Bomb,
    };
    respond(world, answer, &fate, number, &key, (kind, open))
}

/// Returns how much a client may read of a body without an end.
fn limit(path: &str, answer: &Answer, wants_events: bool) -> Option<usize> {
    match answer {
        Answer { status: 400.., .. } => Some(limits::ERROR),
        Answer { is_stream: true, .. } => Some(limits::EVENT),
        // What comes in place of events is the body of an error.
        _ if wants_events => Some(limits::ERROR),
        Answer { kind: "application/octet-stream", .. } => path.ends_with(FIRST_FILE).then_some(limits::DOWNLOAD),
        _ => Some(limits::RESPONSE),
    }
}

/// Puts a request on its way, as the fate says. One that the network holds on to arrives although the client is gone.
fn send(world: &Arc<World>, fate: &Fate, request: ServerRequest) -> Option<Ticket> {
    let times = match fate.carried {
        Carried::Not => return None,
        Carried::Once | Carried::Late(_) => 1,
        Carried::Twice => 2,
    };
    let late = if let Carried::Late(late) = fate.carried { late } else { Duration::ZERO };
    Some(Ticket::new(world, world.now() + fate.there + late, request, times, fate.is_held || !late.is_zero()))
}

async fn read(request: Request<Body>) -> Result<ServerRequest, TransportError> {
    let (parts, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
        bytes.extend_from_slice(&chunk.map_err(TransportError::request)?);
    }
    Ok(ServerRequest {
        sent: Duration::ZERO,
        method: parts.method.to_string(),
        path: parts.uri.path().trim_start_matches("/v1").to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: bytes,
    })
}

fn respond(
    world: &Arc<World>,
    answer: Answer,
    fate: &Fate,
    number: u64,
    key: &str,
    (kind, open): (BodyKind, Open),
) -> Result<Response<Body>, TransportError> {
    let status = StatusCode::from_u16(answer.status).map_err(TransportError::connection)?;
    let mut headers = vec![("content-type", answer.kind.to_owned())];
    headers.extend(answer.headers.iter().cloned());
    headers.push(("x-request-id", if fate.echoes { format!("req_{key}") } else { format!("req_{number}") }));
    if fate.echoes {
        headers.push(("x-echo", key.to_owned()));
    }
    if kind.is_packed {
        headers.push(("content-encoding", "gzip".to_owned()));
    }
    let body = AnswerBody::new(world, answer, fate.body, number, &kind, open);
    let mut response = Response::new(Body::from_stream(body, None));
    *response.status_mut() = status;
    for (name, value) in headers {
        let value = HeaderValue::try_from(value).map_err(TransportError::connection)?;
        response.headers_mut().append(HeaderName::from_static(name), value);
    }
    Ok(response)
}
