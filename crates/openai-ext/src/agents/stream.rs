//! The events of a run as a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Client};

use super::engine::SessionRequests;
use super::event::AgentEvent;
use super::result::AgentResult;
use super::sink::AgentQueue;
use crate::{Error, ErrorKind, Result};

/// The events of a run: a `Stream` of [`AgentEvent`]s.
///
/// The run goes on as its events are read. After an error there are no more; its [`detail`](Error::detail) is the
/// [`AgentResult`] so far. Dropping the stream ends the run here, and the turn goes on at the server.
#[must_use = "nothing is sent before it is asked for"]
pub struct AgentEvents {
    queue: AgentQueue,
    state: AgentPhase,
    client: Client,
    options: Call,
}

enum AgentPhase {
    Open(BoxFuture<Result<AgentResult>>),
    Ended(Box<AgentResult>),
    /// The error, until it was given.
    Failed(Option<Error>),
}

impl AgentEvents {
    pub(super) fn new(queue: AgentQueue, run: BoxFuture<Result<AgentResult>>, client: Client, options: Call) -> Self {
        Self { queue, state: AgentPhase::Open(run), client, options }
    }

    /// Returns the next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<AgentEvent>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Returns the next event, or `Ok(None)` at the end.
    ///
    /// # Errors
    /// That of [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<AgentEvent>> {
        self.next().await.transpose()
    }

    /// Returns the result, once the run has ended without an error.
    #[must_use]
    pub fn result(&self) -> Option<&AgentResult> {
        match &self.state {
            AgentPhase::Ended(result) => Some(result),
            _ => None,
        }
    }

    /// Goes on to the end of the run, without its events, and returns the result.
    ///
    /// # Errors
    /// That of the run; if it was given before, an error of kind [`Truncated`](ErrorKind::Truncated) that says so.
    pub async fn finish(mut self) -> Result<AgentResult> {
        while let Some(event) = self.next().await {
            event?;
        }
        match self.state {
            AgentPhase::Ended(result) => Ok(*result),
            _ => Err(Error::new(ErrorKind::Truncated, "the run failed before: its error was given with the events")),
        }
    }

    /// Cancels the turn at the server (`agent.session.input.cancel`). The stream goes on: the server tells of the end of the
    /// turn, and the run ends with an error of kind [`Cancelled`](ErrorKind::Cancelled).
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut events = client.beta().agents().sessions().run("session_1", "Read every page.").stream_events();
    /// while let Some(event) = events.next().await {
    ///     if event?.text_delta().is_some_and(|text| text.contains("enough")) {
    ///         events.cancel().await?;
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the request; of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if the session has no id yet.
    pub async fn cancel(&self) -> Result<()> {
        let Some(session_id) = self.queue.session_id() else {
            let message = "the session is not known yet: read its first event before the turn is cancelled";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        };
        SessionRequests::new(self.client.clone(), self.options.clone(), session_id, None).cancel().await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<AgentEvent>>> {
        loop {
            if let Some(event) = self.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            let run = match &mut self.state {
                AgentPhase::Open(run) => run,
                AgentPhase::Ended(_) => return Poll::Ready(None),
                AgentPhase::Failed(error) => return Poll::Ready(error.take().map(Err)),
            };
            match run.as_mut().poll(context) {
                Poll::Ready(Ok(result)) => self.state = AgentPhase::Ended(Box::new(result)),
                Poll::Ready(Err(error)) => self.state = AgentPhase::Failed(Some(error)),
                Poll::Pending if self.queue.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }
}

impl Stream for AgentEvents {
    type Item = Result<AgentEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl fmt::Debug for AgentEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentEvents").field("result", &self.result()).finish_non_exhaustive()
    }
}
