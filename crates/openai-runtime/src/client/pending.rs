//! A call under way.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::call::Call;
use crate::error::Result;
use crate::execute::{self, Mode};
use crate::reply::Reply;
use crate::transport::BoxFuture;

/// A call under way: a future of its result. Dropping it ends the call.
#[must_use = "a call is sent once it is awaited"]
pub struct Pending<T>(State<T>);

enum State<T> {
    /// The response, then what makes a `T` of it: all of the sending is compiled once, not for each type.
    Reply(BoxFuture<Result<Reply>>, fn(Reply) -> Result<T>),
    Direct(BoxFuture<Result<T>>),
}

impl<T> Pending<T> {
    pub(crate) fn reply(call: Call, mode: Mode, finish: fn(Reply) -> Result<T>) -> Self {
        Self(State::Reply(execute::start(call, mode), finish))
    }

    pub(crate) fn direct(future: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self::boxed(Box::pin(future))
    }

    pub(crate) fn boxed(future: BoxFuture<Result<T>>) -> Self {
        Self(State::Direct(future))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        match &mut self.0 {
            State::Reply(reply, finish) => Poll::Ready(ready!(reply.as_mut().poll(context)).and_then(*finish)),
            State::Direct(future) => future.as_mut().poll(context),
        }
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}
