//! The stream of a run over a connection.

use std::collections::VecDeque;

use openai_runtime::{Error, ErrorKind, EventStream, Result};

use super::accumulator::AssistantAccumulator;
use super::event::AssistantEvent;
use crate::resources::beta::threads::CreateAndRun;
use crate::resources::beta::threads::runs::{Create, SubmitToolOutputs};
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, connection, text_stream};
use crate::types::{AssistantStreamEvent, Run, RunStep, RunStepToolCall, Thread, ThreadMessage};

/// The events of a run as they come, and what they come to.
///
/// After an error there are no more events; what was there before is still in the snapshots. Dropping the stream closes
/// it, which does not end the run.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct AssistantStream {
    connection: EventConnection<AssistantStreamEvent, AssistantAccumulator>,
}

connection!([] AssistantStream => AssistantEvent, "The next event");

impl AssistantStream {
    /// Makes one of a stream of events.
    #[inline]
    pub fn new(events: EventStream<AssistantStreamEvent>) -> Self {
        Self::resume(AssistantAccumulator::default(), events)
    }

    /// Makes one of the events that continue a run: `accumulator` has the state before, as from
    /// [`Self::into_accumulator`] of the stream that ended with [`AssistantEvent::RequiresAction`].
    #[inline]
    pub fn resume(accumulator: AssistantAccumulator, events: EventStream<AssistantStreamEvent>) -> Self {
        Self { connection: EventConnection::new(events, accumulator) }
    }

    /// The thread, if it was created with the run.
    #[must_use]
    #[inline]
    pub fn thread(&self) -> Option<&Thread> {
        self.connection.accumulator.thread()
    }

    /// The run as the last event had it.
    #[must_use]
    #[inline]
    pub fn run(&self) -> Option<&Run> {
        self.connection.accumulator.run()
    }

    /// The messages so far, in the order they began.
    #[must_use]
    #[inline]
    pub fn messages(&self) -> &[ThreadMessage] {
        self.connection.accumulator.messages()
    }

    /// The steps so far, in the order they began.
    #[must_use]
    #[inline]
    pub fn run_steps(&self) -> &[RunStep] {
        self.connection.accumulator.run_steps()
    }

    /// The message that is being written.
    #[must_use]
    #[inline]
    pub fn current_message(&self) -> Option<&ThreadMessage> {
        self.connection.accumulator.current_message()
    }

    /// The step that is under way.
    #[must_use]
    #[inline]
    pub fn current_run_step(&self) -> Option<&RunStep> {
        self.connection.accumulator.current_run_step()
    }

    /// The tool call that is being written.
    #[must_use]
    #[inline]
    pub fn current_tool_call(&self) -> Option<&RunStepToolCall> {
        self.connection.accumulator.current_tool_call()
    }

    /// Returns the accumulator with the events so far.
    #[must_use]
    #[inline]
    pub fn accumulator(&self) -> &AssistantAccumulator {
        &self.connection.accumulator
    }

    /// Returns the accumulator with the events so far, owned; the stream is closed.
    #[must_use]
    #[inline]
    pub fn into_accumulator(self) -> AssistantAccumulator {
        self.connection.accumulator
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
    #[inline]
    pub async fn final_run(self) -> Result<Run> {
        let missing = || Error::new(ErrorKind::Truncated, "the stream ended without a run");
        self.connection.complete(|accumulator| accumulator.run.ok_or_else(missing)).await
    }

    /// Reads to the end, and gives the messages.
    ///
    /// # Errors
    /// Those of the stream.
    #[inline]
    pub async fn final_messages(self) -> Result<Vec<ThreadMessage>> {
        self.connection.complete(|accumulator| Ok(accumulator.messages)).await
    }

    /// Reads to the end, and gives the steps.
    ///
    /// # Errors
    /// Those of the stream.
    #[inline]
    pub async fn final_run_steps(self) -> Result<Vec<RunStep>> {
        self.connection.complete(|accumulator| Ok(accumulator.run_steps)).await
    }

    /// The text of the messages as it comes, and nothing else.
    #[inline]
    pub fn text_stream(self) -> AssistantTextStream {
        AssistantTextStream(self)
    }
}

impl Accumulate<AssistantStreamEvent> for AssistantAccumulator {
    type Event = AssistantEvent;

    #[inline]
    fn take(&mut self, event: AssistantStreamEvent, _: Wanted, said: &mut VecDeque<AssistantEvent>) -> Result<()> {
        self.push_into(&event, said)
    }

    #[inline]
    fn end(&mut self, said: &mut VecDeque<AssistantEvent>) {
        self.finish_into(said);
    }

    #[inline]
    fn text(event: AssistantEvent) -> Option<String> {
        match event {
            AssistantEvent::TextDelta { delta, .. } if !delta.is_empty() => Some(delta),
            _ => None,
        }
    }

    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        self.with_state(error)
    }

    #[inline]
    fn is_complete(&self) -> bool {
        self.ended
    }
}

text_stream! {
    /// The text of a run's messages as it comes: a `Stream` of what is new of it.
    AssistantTextStream of AssistantStream
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
            #[inline]
            fn stream_events(self) -> impl Future<Output = Result<AssistantStream>> + Send {
                let events = self.stream();
                async move { Ok(AssistantStream::new(events.await?)) }
            }
        }
    )*};
}

streams! { Create CreateAndRun SubmitToolOutputs }
