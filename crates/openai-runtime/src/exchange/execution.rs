//! The execution of a call: attempts, one after the other, until one succeeds or no more is to be made.

use std::sync::Arc;
use std::time::Duration;

use super::channel::Channel;
use super::prepared::{Mode, PreparedCall};
use super::retries::{Failed, Tries};
use super::spans;
use crate::error::{Error, ErrorKind, Result, in_tokio};
use crate::io::time::{Instant, after, timeout_at};
use crate::io::transport::BoxFuture;
use crate::request::headers::Change;
use crate::request::inputs::CallInputs;
use crate::request::url::uri;
use crate::response::reply::Reply;
use crate::trace::Trace;

/// Starts a call.
pub(crate) fn start(channel: Arc<Channel>, inputs: Box<CallInputs>, mode: Mode) -> BoxFuture<Result<Reply>> {
    Box::pin(spans::instrument(channel, inputs, move |channel, inputs| in_tokio(run(channel, inputs, mode))))
}

/// Makes the head of a call's first attempt, and sends nothing.
pub(crate) async fn prepare(channel: Arc<Channel>, inputs: Box<CallInputs>) -> Result<http::Request<()>> {
    let call = PreparedCall::new(channel, *inputs, Mode::Streamed)?;
    let deadline = after(Instant::now(), call.timeout);
    let head =
        within(call.inputs.total, async || Ok(call.head(0, &[], deadline).await)).await?.map_err(
            |failed| match failed {
                Failed::Credential(error) | Failed::Refused(error) | Failed::Attempt(error) => error,
            },
        )?;
    let mut request = http::Request::new(());
    *request.method_mut() = call.method.clone();
    *request.uri_mut() = uri(&head.url)?;
    *request.headers_mut() = head.headers;
    Ok(request)
}

/// Makes attempts until one succeeds, no more is to be made, or the call has taken too long.
async fn run(channel: Arc<Channel>, inputs: Box<CallInputs>, mode: Mode) -> Result<Reply> {
    let total = inputs.total;
    let call = PreparedCall::new(channel, *inputs, mode)?;
    #[cfg(feature = "tower")]
    return within(total, || layered(call)).await;
    #[cfg(not(feature = "tower"))]
    within(total, || attempts(&call, &[])).await
}

/// Carries out a call through the layers around it.
#[cfg(feature = "tower")]
async fn layered(call: PreparedCall) -> Result<Reply> {
    let layers = call.channel.layers.clone();
    layers.carry_out(call, |call, changes| Box::pin(attempts(call, changes))).await
}

/// Runs all attempts of a call within the limit of the whole call, if it has one.
pub(crate) async fn within<T, F: Future<Output = Result<T>>>(
    total: Option<Duration>,
    attempts: impl FnOnce() -> F,
) -> Result<T> {
    let Some(total) = total else { return attempts().await };
    // In a box, so that the future of all calls has no second place for the attempts.
    match Box::pin(timeout_at(after(Instant::now(), total), attempts())).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(ErrorKind::Timeout, format!("the call was not complete within {total:?}"))),
    }
}

/// Makes attempts with these headers besides.
async fn attempts(call: &PreparedCall, changes: &[Change]) -> Result<Reply> {
    // How many times the call was sent.
    let mut sent = 0;
    let mut tries = Tries::default();
    loop {
        Trace::attempt(sent);
        match call.attempt(sent, changes).await {
            Ok(reply) => return Ok(reply),
            Err(failed) => call.again(&mut tries, failed).await?,
        }
        sent += 1;
    }
}
