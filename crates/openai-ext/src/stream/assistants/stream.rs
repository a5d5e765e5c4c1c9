//! The stream of a run over a connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::HeaderMap;
use openai_runtime::{Error, ErrorKind, EventStream, Result};

use super::{AssistantAccumulator, AssistantEvent};
use crate::resources::beta::threads::CreateAndRun;
use crate::resources::beta::threads::runs::{Create, SubmitToolOutputs};
use crate::types::{AssistantStreamEvent, Run, RunStep, RunStepToolCall, Thread, ThreadMessage};

/// The events of a run as they come, and what they come to.
///
/// After an error there are no more events; what was there before is still in the snapshots. Dropping the stream closes
/// it, which does not end the run.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct AssistantStream {
    events: EventStream<AssistantStreamEvent>,
    accumulator: AssistantAccumulator,
    queue: VecDeque<AssistantEvent>,
    over: bool,
}

impl AssistantStream {
    /// What the events of a stream mean.
    pub fn new(events: EventStream<AssistantStreamEvent>) -> Self {
        Self { events, accumulator: AssistantAccumulator::default(), queue: VecDeque::new(), over: false }
    }

    /// What the events of a stream mean that goes on with a run: `accumulator` has what was there before, as from
    /// [`Self::into_accumulator`] of the stream that ended with [`AssistantEvent::RequiresAction`].
    pub fn resume(accumulator: AssistantAccumulator, events: EventStream<AssistantStreamEvent>) -> Self {
        Self { accumulator, ..Self::new(events) }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<AssistantEvent>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// The header `x-request-id`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.events.request_id()
    }

    /// The headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.events.headers()
    }

    /// Ends the stream now: there are no more events, and the connection is closed. The run goes on.
    pub fn close(&mut self) {
        self.events.close();
        self.queue.clear();
        self.over = true;
    }

    /// The thread, if it was created with the run.
    #[must_use]
    pub fn thread(&self) -> Option<&Thread> {
        self.accumulator.thread()
    }

    /// The run as the last event had it.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.accumulator.run()
    }

    /// The messages so far, in the order they began.
    #[must_use]
    pub fn messages(&self) -> &[ThreadMessage] {
        self.accumulator.messages()
    }

    /// The steps so far, in the order they began.
    #[must_use]
    pub fn run_steps(&self) -> &[RunStep] {
        self.accumulator.run_steps()
    }

    /// The message that is being written.
    #[must_use]
    pub fn current_message(&self) -> Option<&ThreadMessage> {
        self.accumulator.current_message()
    }

    /// The step that is under way.
    #[must_use]
    pub fn current_run_step(&self) -> Option<&RunStep> {
        self.accumulator.current_run_step()
    }

    /// The tool call that is being written.
    #[must_use]
    pub fn current_tool_call(&self) -> Option<&RunStepToolCall> {
        self.accumulator.current_tool_call()
    }

    /// What the events came to so far.
    #[must_use]
    pub fn accumulator(&self) -> &AssistantAccumulator {
        &self.accumulator
    }

    /// What the events came to so far, owned; the stream is closed.
    #[must_use]
    pub fn into_accumulator(self) -> AssistantAccumulator {
        self.accumulator
    }

    /// Reads to the end, and gives the run as it is then: over, or in need of tool outputs.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.beta().threads().runs().create("thread_1", "asst_1");
    /// let run = call.stream_events().await?.final_run().await?;
    /// println!("{}", run.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stream, and that it had no run. A run that failed is no error: its status says so.
    pub async fn final_run(self) -> Result<Run> {
        let missing = || Error::new(ErrorKind::Truncated, "the stream ended without a run");
        self.read_to_end().await?.run.ok_or_else(missing)
    }

    /// Reads to the end, and gives the messages.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn final_messages(self) -> Result<Vec<ThreadMessage>> {
        Ok(self.read_to_end().await?.messages)
    }

    /// Reads to the end, and gives the steps.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn final_run_steps(self) -> Result<Vec<RunStep>> {
        Ok(self.read_to_end().await?.run_steps)
    }

    /// The text of the messages as it comes, and nothing else.
    pub fn text_stream(self) -> AssistantTextStream {
        AssistantTextStream(self)
    }

    async fn read_to_end(mut self) -> Result<AssistantAccumulator> {
        while let Some(event) = self.next().await {
            event?;
        }
        Ok(self.accumulator)
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<AssistantEvent>>> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.over {
                return Poll::Ready(None);
            }
            let pushed = match ready!(Pin::new(&mut self.events).poll_next(context)) {
                Some(Ok(event)) => self.accumulator.push_into(&event, &mut self.queue),
                Some(Err(error)) => Err(error),
                None => {
                    self.over = true;
                    self.accumulator.finish_into(&mut self.queue);
                    Ok(())
                }
            };
            if let Err(error) = pushed {
                self.close();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl Stream for AssistantStream {
    type Item = Result<AssistantEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

/// The text of a run's messages as it comes: a `Stream` of what is new of it.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct AssistantTextStream(AssistantStream);

impl AssistantTextStream {
    /// What is new of the text, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<String>> {
        poll_fn(|context| self.poll_text(context)).await
    }

    /// The stream itself, with what it came to so far.
    pub fn get_ref(&self) -> &AssistantStream {
        &self.0
    }

    /// The stream itself, owned.
    pub fn into_inner(self) -> AssistantStream {
        self.0
    }

    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        loop {
            match ready!(self.0.poll_event(context)) {
                Some(Ok(AssistantEvent::TextDelta { delta, .. })) if !delta.is_empty() => {
                    return Poll::Ready(Some(Ok(delta)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for AssistantTextStream {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_text(context)
    }
}

/// Runs of assistants as events: `client.beta().threads().runs().create(…)`, `client.beta().threads().create_and_run(…)`
/// and `client.beta().threads().runs().submit_tool_outputs(…)`.
pub trait AssistantStreamExt {
    /// Sends the call and gives what the events of the run mean; asks for a stream itself.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.beta().threads().runs().create("thread_1", "asst_1");
    /// let mut text = call.stream_events().await?.text_stream();
    /// while let Some(delta) = text.next().await {
    ///     print!("{}", delta?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn stream_events(self) -> impl Future<Output = Result<AssistantStream>> + Send;
}

/// Of one operation each, so that no other operation's word of the same name is in the way.
macro_rules! streams {
    ($($request:ty)*) => {$(
        impl AssistantStreamExt for $request {
            fn stream_events(self) -> impl Future<Output = Result<AssistantStream>> + Send {
                let events = self.stream();
                async move { Ok(AssistantStream::new(events.await?)) }
            }
        }
    )*};
}

streams! { Create CreateAndRun SubmitToolOutputs }
