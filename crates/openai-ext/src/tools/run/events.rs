//! The events of a run as a stream.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{Error, ErrorKind, Redactor, Result};

use super::control::EventQueue;
use super::record::{ToolApi, ToolEvent, ToolRun};

/// The events of a run: a `Stream` of [`ToolEvent`]s.
///
/// The run goes on as its events are read. After an error there are no more; its
/// [`detail`](Error::detail) is the [`ToolRun`] so far. Dropping the stream ends the run.
#[must_use = "nothing is sent before it is asked for"]
pub struct ToolEvents<A: ToolApi> {
    queue: EventQueue<A>,
    state: EventsState<A>,
    /// The redactor that takes the credentials of the client out of errors about the run.
    redactor: Redactor,
}

enum EventsState<A: ToolApi> {
    Open(BoxFuture<Result<ToolRun<A>>>),
    Ended(Box<ToolRun<A>>),
    /// The error, until it was given.
    Failed(Option<Error>),
}

impl<A: ToolApi> ToolEvents<A> {
    pub(crate) fn new(queue: EventQueue<A>, run: BoxFuture<Result<ToolRun<A>>>, redactor: Redactor) -> Self {
        Self { queue, state: EventsState::Open(run), redactor }
    }

    #[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<ToolEvent<A>>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// All that the run did, once it has come to its end without an error.
    #[must_use]
    pub fn run(&self) -> Option<&ToolRun<A>> {
        match &self.state {
            EventsState::Ended(run) => Some(run),
            _ => None,
        }
    }

    /// Goes on to the end of the run, without its events, and gives all that it did.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Oslo?")]);
    /// let mut events = call.run_tools(&tools).stream_events();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         ToolEvent::Delta { event: ChatStreamEvent::ContentDelta { delta, .. }, .. } => print!("{delta}"),
    ///         ToolEvent::ToolCall { call, .. } => println!("[{} {}]", call.name, call.arguments),
    ///         _ => {}
    ///     }
    /// }
    /// println!("{:?}", events.finish().await?.usage);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the run; if it was given before, an error of kind [`Truncated`](ErrorKind::Truncated) that says so.
    pub async fn finish(mut self) -> Result<ToolRun<A>> {
        while let Some(event) = self.next().await {
            event?;
        }
        match self.state {
            EventsState::Ended(run) => Ok(*run),
            _ => Err(Error::new(ErrorKind::Truncated, "the run failed before: its error was given with the events")),
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ToolEvent<A>>>> {
        loop {
            if let Some(event) = self.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            let EventsState::Open(run) = &mut self.state else {
                return Poll::Ready(self.take_error().map(Err));
            };
            match run.as_mut().poll(context) {
                Poll::Ready(Ok(run)) => self.state = EventsState::Ended(Box::new(run)),
                Poll::Ready(Err(error)) => self.state = EventsState::Failed(Some(error)),
                Poll::Pending if self.queue.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }

    /// The error comes after the events before it, once.
    fn take_error(&mut self) -> Option<Error> {
        match &mut self.state {
            EventsState::Failed(error) => error.take(),
            _ => None,
        }
    }
}

impl<A: ToolApi> Stream for ToolEvents<A> {
    type Item = Result<ToolEvent<A>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

// Nothing in it is pinned.
impl<A: ToolApi> Unpin for ToolEvents<A> {}

impl<A: ToolApi> fmt::Debug for ToolEvents<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolEvents").field("run", &self.run()).finish_non_exhaustive()
    }
}
