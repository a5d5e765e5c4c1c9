//! A call under way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::call::Call;
use crate::error::{Result, in_tokio};
use crate::exchange::execution::prepare;
use crate::exchange::prepared::Mode;
use crate::io::transport::BoxFuture;
use crate::json::Json;
use crate::response::raw_response::RawResponse;
use crate::response::reply::Reply;
use crate::response::with_head::WithHead;

/// A call under way: a future of its result. Dropping it ends the call.
#[must_use = "a call is sent once it is awaited"]
pub struct Pending<T>(Sending<T>);

enum Sending<T> {
    /// The response, then what makes a `T` of it: all of the sending is compiled once, not for each type.
    Reply(BoxFuture<Result<Reply>>, fn(Reply) -> Result<T>),
    Direct(BoxFuture<Result<T>>),
}

impl<T> Pending<T> {
    pub(crate) fn reply(call: Call, mode: Mode, finish: fn(Reply) -> Result<T>) -> Self {
        Self(Sending::Reply(call.start(mode), finish))
    }

    pub(crate) fn direct(future: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self::boxed(Box::pin(future))
    }

    pub(crate) fn boxed(future: BoxFuture<Result<T>>) -> Self {
        Self(Sending::Direct(future))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        match &mut self.0 {
            Sending::Reply(reply, finish) => Poll::Ready(ready!(reply.as_mut().poll(context)).and_then(*finish)),
            Sending::Direct(future) => future.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

impl Call {
    /// Sends the call and reads the response's JSON.
    pub fn send<T: Json + Default + 'static>(self) -> Pending<T> {
        Pending::reply(self, Mode::Buffered, |reply| reply.parse())
    }

    /// Sends the call; what the response's body says does not matter.
    pub fn send_unit(self) -> Pending<()> {
        Pending::reply(self, Mode::Buffered, |reply| reply.check_report())
    }

    /// Sends the call and gives the response with its status and headers, to be read later.
    pub fn send_raw<T: ResponseValue>(self) -> Pending<RawResponse<T>> {
        Pending::reply(self, Mode::Buffered, |reply| Ok(RawResponse::new(reply, T::read_response)))
    }

    /// Sends the call and returns the response's value with its status and headers.
    pub fn send_with_head<T: ResponseValue>(self) -> Pending<WithHead<T>> {
        Pending::reply(self, Mode::Buffered, |reply| {
            let response = RawResponse::new(reply, T::read_response);
            let value = response.parse()?;
            Ok(WithHead::from_parts(response.reply.head, value))
        })
    }

    /// Sends the call and gives the response's body.
    pub fn send_bytes(self) -> Pending<Bytes> {
        Pending::reply(self, Mode::Buffered, |reply| reply.whole_bytes())
    }

    /// The head of the request that the call's first attempt would send, without sending it, for protocols that begin
    /// with a request and are not the client's own: the method, the URL with its query, and all headers with the
    /// credential, whose provider is asked.
    ///
    /// ```no_run
    /// # async fn example(call: openai_runtime::Call) -> openai_runtime::Result<()> {
    /// let head = call.prepare().await?;
    /// println!("{} {}", head.method(), head.uri().path());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Inputs that can't be sent, and a credential that can't be had.
    pub fn prepare(self) -> Pending<http::Request<()>> {
        Pending::direct(in_tokio(prepare(self.client.channel().clone(), self.inputs)))
    }
}

/// A type that the response to a call can be read as: JSON of a type, bytes, or nothing of interest.
pub trait ResponseValue: Sized + 'static {
    /// Sends the call and reads the response as this.
    fn send_call(call: Call) -> Pending<Self>;

    /// Reads a response as this.
    ///
    /// # Errors
    /// The body does not fit, or reports an error.
    fn read_response(response: &RawResponse<Self>) -> Result<Self>;
}

impl<T: Json + Default + 'static> ResponseValue for T {
    fn send_call(call: Call) -> Pending<Self> {
        call.send()
    }

    fn read_response(response: &RawResponse<Self>) -> Result<Self> {
        response.reply.parse()
    }
}

impl ResponseValue for () {
    fn send_call(call: Call) -> Pending<Self> {
        call.send_unit()
    }

    fn read_response(response: &RawResponse<Self>) -> Result<Self> {
        response.reply.check_report()
    }
}

impl ResponseValue for Bytes {
    fn send_call(call: Call) -> Pending<Self> {
        call.send_bytes()
    }

    fn read_response(response: &RawResponse<Self>) -> Result<Self> {
        response.reply.whole_bytes()
    }
}
