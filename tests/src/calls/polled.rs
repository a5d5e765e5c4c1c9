//! A long operation that is followed through its public builder.

use std::time::Duration;

use openai_raw::openai_runtime::json::{Value, to_value};
use openai_raw::openai_runtime::{Error, Poller, Polling};
use openai_raw::request::{Polls, Request};
use openai_raw::{Client, openai_runtime::transport::BoxFuture};
use tokio_util::sync::CancellationToken;

use super::entry::Input;

/// An operation that begins, changes or fetches what takes a while.
#[derive(Clone, Copy, Debug)]
pub struct Polled {
    /// The operation's id.
    pub id: &'static str,
    /// The way to follow it.
    pub polling: &'static Polling,
    /// Makes the call and follows it.
    pub run: fn(&Client, &Input, &Options) -> Result<Following, String>,
}

/// A long operation that is followed to its end.
pub type Following = BoxFuture<Followed>;

/// Options of a poller, and headers of the call.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Between two looks.
    pub interval: Option<Duration>,
    /// For all of it.
    pub deadline: Option<Duration>,
    /// To end it.
    pub cancellation: Option<CancellationToken>,
    /// Headers of the call.
    pub headers: Vec<(&'static str, String)>,
    /// True if only the last state is awaited.
    pub awaits: bool,
}

/// The states that were seen.
#[derive(Debug, Default)]
pub struct Followed {
    /// The states, as their types write them.
    pub states: Vec<Value>,
    /// The error that ended it, if one did.
    pub error: Option<Error>,
    /// The state that the error has.
    pub last: Option<Value>,
}

impl Options {
    /// Makes a call and follows what it begins to the end.
    pub fn follow<O: Polls>(&self, mut request: Request<O>) -> Following {
        for (name, value) in &self.headers {
            request = request.with_header(name, value);
        }
        let mut poller: Poller<O::State> = request.send_and_poll();
        if let Some(interval) = self.interval {
            poller = poller.with_poll_interval(interval);
        }
        if let Some(deadline) = self.deadline {
            poller = poller.with_deadline(deadline);
        }
        if let Some(token) = &self.cancellation {
            poller = poller.with_cancellation(token.clone().cancelled_owned());
        }
        let awaits = self.awaits;
        Box::pin(async move {
            let mut followed = Followed::default();
            if awaits {
                followed.note(poller.await);
                return followed;
            }
            while let Some(state) = poller.next().await {
                followed.note(state);
            }
            followed
        })
    }
}

impl Followed {
    fn note<T: openai_raw::openai_runtime::json::Json + 'static>(&mut self, state: Result<T, Error>) {
        match state {
            Ok(state) => self.states.push(to_value(&state)),
            Err(error) => {
                self.last = error.detail::<T>().map(|state| to_value(state));
                self.error = Some(error);
            }
        }
    }
}
