//! A run of tools turn by turn.

use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll, ready};

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Error, ErrorKind, Result, in_tokio};

use super::control::EventSink;
use super::dialogue::Dialogue;
use super::engine::{Session, Stepped};
use super::record::{RunPhase, StopReason, ToolApi, ToolRun};
use super::runner::ToolRunner;
use crate::ResponseHead;
use crate::support::spans::HelperSpan;
use crate::tools::outcome::{ToolCall, ToolOutcome};
use crate::tools::output::ToolOutput;
use crate::tools::toolbox::Toolbox;

/// A turn of a run: an answer of the model, and what came of its calls.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolTurn<A: ToolApi> {
    /// The number of the answer, from 1; answers of runs that this one goes on from count.
    pub number: u32,
    /// The answer.
    pub reply: A::Reply,
    /// The head of the response that it came in. A stored run has none of its answers.
    pub head: Option<ResponseHead>,
    /// The calls that were made, in the order in which the model asked for them, with what came of them.
    pub calls: Vec<ToolOutcome>,
    /// Calls that wait for the caller's output: of tools that are not in the toolbox, or of
    /// [`with_supplied_tools`](ToolRunner::with_supplied_tools).
    pub pending: Vec<ToolCall>,
    /// The tokens of this answer, if the server said so.
    pub usage: Option<A::Usage>,
    /// Why the run ends with this turn, if it does.
    pub stop: Option<StopReason>,
}

impl<A: ToolApi> ToolTurn<A> {
    /// Returns whether the run ends with this turn, unless the caller adds something.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.stop.is_some()
    }
}

/// A run that stops after each turn: an answer of the model, and the outcomes of its calls.
/// [`ToolRunner::turns`](ToolRunner) makes it.
///
/// Between two turns the caller can give outputs to calls that wait for it, add messages, change the tools, and stop.
///
/// ```no_run
/// use openai_ext::prelude::*;
///
/// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
/// let call = client.chat().completions().create("gpt-5.5", [Message::user("Book a table for two")]);
/// let mut turns = call.run_tools(&tools).with_supplied_tools(["ask_user"]).turns();
/// while let Some(turn) = turns.next_turn().await? {
///     println!("turn {}: {} calls", turn.number, turn.calls.len());
///     for call in &turn.pending {
///         turns.supply_output(&call.id, "At eight, outside.")?;
///     }
/// }
/// turns.push(Message::user("And a taxi, please."))?;
/// let run = turns.finish().await?;
/// println!("{}", run.text());
/// # Ok(())
/// # }
/// ```
///
/// The future of [`next_turn`](Self::next_turn) can be dropped: the turn stays under way, and the next `next_turn()` goes on
/// with it. After an error the next `next_turn()` tries again what failed and keeps what was done. Dropping the run ends
/// requests and tools that are under way.
#[must_use = "nothing is sent before `next_turn`"]
pub struct ToolTurns<A: ToolApi>(TurnsState<A>);

enum TurnsState<A: ToolApi> {
    Idle(BoxedSession<A>),
    UnderWay(BoxFuture<Result<SteppedSession<A>>>),
    /// The session could not begin: the error, until it was given.
    Failed(Option<Error>),
}

/// A session without the private trait of its API.
type BoxedSession<A> = Box<dyn Stepping<A>>;

/// A session after a step, and the result of the step.
type SteppedSession<A> = (BoxedSession<A>, Result<Stepped>);

/// A session as its turns see it.
pub(crate) trait Stepping<A: ToolApi>: Send {
    fn step(self: Box<Self>) -> BoxFuture<Result<SteppedSession<A>>>;
    fn record(&self) -> &ToolRun<A>;
    fn snapshot(&self) -> ToolRun<A>;
    fn usage(&self, reply: &A::Reply) -> Option<A::Usage>;
    fn supply(&mut self, call_id: &str, output: ToolOutput) -> bool;
    fn push(&mut self, item: A::Item);
    fn set_tools(&mut self, toolbox: &Toolbox) -> Result<()>;
    fn api_mut(&mut self) -> &mut A;
    fn into_run(self: Box<Self>) -> ToolRun<A>;
}

impl<D: Dialogue> Stepping<D> for Session<D> {
    fn step(mut self: Box<Self>) -> BoxFuture<Result<SteppedSession<D>>> {
        let span = HelperSpan::tool_run(self.client());
        let own = span.clone();
        let step = async move {
            let stepped = Session::step(&mut self).await;
            if let Err(error) = &stepped {
                own.failed(&format!("{:?}", error.kind()));
            }
            let session: BoxedSession<D> = self;
            Ok((session, stepped))
        };
        Box::pin(in_tokio(span.enclose(Box::pin(step))))
    }

    fn record(&self) -> &ToolRun<D> {
        self.record()
    }

    fn snapshot(&self) -> ToolRun<D> {
        self.snapshot(RunPhase::Boundary)
    }

    fn usage(&self, reply: &D::Reply) -> Option<D::Usage> {
        D::usage(reply)
    }

    fn supply(&mut self, call_id: &str, output: ToolOutput) -> bool {
        self.supply(call_id, output)
    }

    fn push(&mut self, item: D::Item) {
        self.push(item);
    }

    fn set_tools(&mut self, toolbox: &Toolbox) -> Result<()> {
        self.set_tools(toolbox)
    }

    fn api_mut(&mut self) -> &mut D {
        self.dialogue_mut()
    }

    fn into_run(self: Box<Self>) -> ToolRun<D> {
        self.into_run_so_far()
    }
}

impl<A: ToolApi> ToolTurns<A> {
    pub(crate) fn new(runner: ToolRunner<A>) -> Self
    where
        A: Dialogue,
    {
        Self(match Session::start(runner, EventSink::nowhere()) {
            Ok(session) => TurnsState::Idle(Box::new(session)),
            Err(error) => TurnsState::Failed(Some(error)),
        })
    }

    /// Does the next turn: asks the model and runs what it calls. Returns `None` when the run has ended:
    /// [`run`](Self::run) tells why. That is so after a turn without calls, and if a call waits for an output that was not
    /// supplied.
    ///
    /// # Errors
    /// Those of `ToolRunner::send`; the [`detail`](Error::detail) is the [`ToolRun`] so far.
    pub async fn next_turn(&mut self) -> Result<Option<ToolTurn<A>>> {
        let stepped = poll_fn(|context| self.poll_step(context)).await?;
        let session = self.session()?;
        let record = session.record();
        match stepped {
            Stepped::Ended(_) => Ok(None),
            Stepped::Turn { calls_from, stop } => {
                let reply = record.last_reply().cloned().unwrap_or_default();
                Ok(Some(ToolTurn {
                    number: u32::try_from(record.replies.len()).unwrap_or(u32::MAX),
                    usage: session.usage(&reply),
                    reply,
                    head: record.last_head().cloned(),
                    calls: record.calls.get(calls_from..).unwrap_or_default().to_vec(),
                    pending: record.pending.clone(),
                    stop,
                }))
            }
        }
    }

    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<Result<Stepped>> {
        loop {
            match &mut self.0 {
                TurnsState::Failed(error) => {
                    let again =
                        || Error::new(ErrorKind::InvalidRequest, "the run could not begin: its error was given before");
                    return Poll::Ready(Err(error.take().unwrap_or_else(again)));
                }
                TurnsState::UnderWay(step) => {
                    let (state, stepped) = match ready!(step.as_mut().poll(context)) {
                        Ok((session, stepped)) => (TurnsState::Idle(session), stepped),
                        Err(error) => (TurnsState::Failed(None), Err(error)),
                    };
                    self.0 = state;
                    return Poll::Ready(stepped);
                }
                TurnsState::Idle(_) => {
                    if let TurnsState::Idle(session) = mem::replace(&mut self.0, TurnsState::Failed(None)) {
                        self.0 = TurnsState::UnderWay(session.step());
                    }
                }
            }
        }
    }

    /// Gives a call that waits for the caller its output.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): no call with this id waits, or a turn is under way.
    pub fn supply_output(&mut self, call_id: &str, output: impl Into<ToolOutput>) -> Result<()> {
        if self.session_mut()?.supply(call_id, output.into()) {
            return Ok(());
        }
        let message = format!("no call with the id {call_id:?} waits for an output: see `pending` of the last turn");
        Err(Error::new(ErrorKind::InvalidRequest, message))
    }

    /// Adds an item to the conversation, as a message of the user. A run that has ended goes on with it.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): a turn is under way.
    pub fn push(&mut self, item: impl Into<A::Item>) -> Result<()> {
        self.session_mut()?.push(item.into());
        Ok(())
    }

    /// Replaces the tools from the next request on. Tools that the call has itself stay.
    ///
    /// # Errors
    /// Those of [`Toolbox::check`]; of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if a turn is under way.
    pub fn set_tools(&mut self, toolbox: &Toolbox) -> Result<()> {
        self.session_mut()?.set_tools(toolbox)
    }

    /// Goes on to the end without stopping and returns all that the run did.
    ///
    /// # Errors
    /// Those of [`next_turn`](Self::next_turn).
    pub async fn finish(mut self) -> Result<ToolRun<A>> {
        while !matches!(poll_fn(|context| self.poll_step(context)).await?, Stepped::Ended(_)) {}
        match self.0 {
            TurnsState::Idle(session) => Ok(session.into_run()),
            TurnsState::UnderWay(_) | TurnsState::Failed(_) => Err(busy()),
        }
    }

    /// Returns a copy of all that the run did so far: with `stop` if it has ended, else
    /// [`InProgress`](StopReason::InProgress). It can be stored, and resumed by
    /// [`resume_tools`](ToolRunner::resume_tools).
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): a turn is under way, or the run could not begin.
    pub fn run(&self) -> Result<ToolRun<A>> {
        self.session().map(|session| session.snapshot())
    }

    /// Stops and returns all that the run did, which can be resumed.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): a turn is under way, or the run could not begin.
    pub fn into_run(self) -> Result<ToolRun<A>> {
        match self.0 {
            TurnsState::Idle(session) => Ok(session.into_run()),
            TurnsState::UnderWay(_) | TurnsState::Failed(_) => Err(busy()),
        }
    }

    fn session(&self) -> Result<&dyn Stepping<A>> {
        match &self.0 {
            TurnsState::Idle(session) => Ok(&**session),
            TurnsState::UnderWay(_) | TurnsState::Failed(_) => Err(busy()),
        }
    }

    fn session_mut(&mut self) -> Result<&mut (dyn Stepping<A> + 'static)> {
        match &mut self.0 {
            TurnsState::Idle(session) => Ok(&mut **session),
            TurnsState::UnderWay(_) | TurnsState::Failed(_) => Err(busy()),
        }
    }

    /// The API's side of the run, between two turns.
    #[cfg_attr(not(any(feature = "chat", feature = "responses")), allow(dead_code))]
    pub(crate) fn api_mut(&mut self) -> Result<&mut A> {
        Ok(self.session_mut()?.api_mut())
    }
}

fn busy() -> Error {
    let message = "a turn is under way, or the run could not begin: await `next_turn()` to its end first";
    Error::new(ErrorKind::InvalidRequest, message)
}

impl<A: ToolApi> fmt::Debug for ToolTurns<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turns = self.session().map(|session| session.record().replies.len()).ok();
        f.debug_struct("ToolTurns").field("turns", &turns).finish_non_exhaustive()
    }
}
