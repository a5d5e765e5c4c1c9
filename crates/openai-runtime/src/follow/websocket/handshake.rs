//! The handshake of a WebSocket, which is a call as any other.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::call::Call;
use crate::error::{Error, ErrorKind, Result, in_tokio};
use crate::exchange::channel::Channel;
use crate::exchange::execution::within;
use crate::exchange::prepared::{Mode, PreparedCall};
use crate::exchange::retries::Tries;
use crate::exchange::spans::{Traced, instrument};
use crate::request::headers::Change;
use crate::request::inputs::CallInputs;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;
use crate::trace::Trace;

/// Sends the call until the server switches protocols, or no attempt is left.
#[inline]
pub(super) fn shake_hands(call: Call) -> impl Future<Output = Result<Reply>> + Send + 'static {
    let switched =
        instrument(call.client.channel().clone(), call.inputs, |channel, inputs| in_tokio(run(channel, inputs)));
    async move { switched.await.map(|switched| switched.0) }
}

/// A response that switched protocols.
struct Switched(Reply);

impl Traced for Switched {
    #[inline]
    fn response(&self) -> Option<(&ResponseHead, &[u8])> {
        Some((&self.0.head, &[]))
    }
}

#[inline]
async fn run(channel: Arc<Channel>, inputs: Box<CallInputs>) -> Result<Switched> {
    let call = PreparedCall::new(channel, *inputs, Mode::Upgrade)?;
    within(call.inputs.total, || attempts(&call)).await
}

#[inline]
async fn attempts(call: &PreparedCall) -> Result<Switched> {
    let (mut sent, mut tries) = (0, Tries::default());
    loop {
        Trace::attempt(sent);
        let key = generate_key();
        match call.attempt(sent, &handshake(&key)?).await {
            Ok(reply) => return check(&reply.head, &key).map(|()| Switched(reply)),
            Err(failed) => call.again(&mut tries, failed).await?,
        }
        sent += 1;
    }
}

/// The headers of a handshake.
#[inline]
fn handshake(key: &str) -> Result<[Change; 4]> {
    let key = HeaderValue::from_str(key).map_err(|error| Error::invalid("no key").with_source(error))?;
    Ok([
        (CONNECTION, Some(HeaderValue::from_static("Upgrade"))),
        (UPGRADE, Some(HeaderValue::from_static("websocket"))),
        (SEC_WEBSOCKET_VERSION, Some(HeaderValue::from_static("13"))),
        (SEC_WEBSOCKET_KEY, Some(key)),
    ])
}

/// Checks that the server took the handshake as one.
#[inline]
fn check(head: &ResponseHead, key: &str) -> Result<()> {
    let accepted = head.header(SEC_WEBSOCKET_ACCEPT.as_str()) == Some(&derive_accept_key(key.as_bytes()));
    let switched = head.header(UPGRADE.as_str()).is_some_and(|name| name.eq_ignore_ascii_case("websocket"));
    if accepted && switched {
        return Ok(());
    }
    let message = "the server switched protocols, but not to the WebSocket that was asked for";
    Err(head.error(ErrorKind::Decode, message, Bytes::new()))
}
