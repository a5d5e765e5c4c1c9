//! The loop of a run.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream as _;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Client, EventStream};

use super::ending::AgentHalt;
use super::known::Known;
use super::limits::{ReconnectCount, RunBounds};
use super::requests::{Reopened, SessionRequests, TurnHint, is_cut, uuid};
use super::seen::{Admitted, SessionProgress};
use super::work::{Task, TaskEnd, TurnWork};
use crate::agents::approvals::guarded;
use crate::agents::event::AgentEvent;
use crate::agents::input::AgentInput;
use crate::agents::result::AgentResult;
use crate::agents::settings::AgentSettings;
use crate::agents::sink::Sink;
use crate::resources::beta::agents::sessions::Create;
use crate::types::{SessionEvent, SessionStatusResource};
use crate::{Error, ErrorKind, Result};

/// A run before it starts.
pub(in crate::agents) struct Job {
    pub(in crate::agents) client: Client,
    /// The options of each call.
    pub(in crate::agents) options: Call,
    pub(in crate::agents) opening: Opening,
    pub(in crate::agents) settings: AgentSettings,
}

/// The beginning of a turn.
pub(in crate::agents) enum Opening {
    /// A message to a session that is idle.
    Turn { session_id: String, input: AgentInput },
    /// A session that is created with a message.
    Session(Box<Create>),
    /// The newest turn of a session, which another run left.
    Resumed { session_id: String },
}

/// A run that is under way.
pub(super) struct Drive {
    pub(super) requests: SessionRequests,
    pub(super) settings: AgentSettings,
    pub(super) sink: Sink,
    pub(super) work: TurnWork,
    pub(super) result: AgentResult,
    pub(super) seen: SessionProgress,
    pub(super) known: Known,
    /// The end of the run, by the clock.
    #[cfg_attr(not(feature = "tools"), allow(dead_code, reason = "only tools ask for it"))]
    pub(super) deadline: Option<Duration>,
    bounds: RunBounds,
    connection: SessionConnection,
    reconnects: ReconnectCount,
    /// The turn's message, and when the session was last active before it.
    hint: (Option<AgentInput>, i64),
    /// The turn was begun, or may have been.
    is_begun: bool,
}

enum SessionConnection {
    Open(Box<EventStream<SessionEvent>>),
    Opening(BoxFuture<Result<Reopened>>),
    None,
}

/// The next step of a run.
enum NextStep {
    Work(TaskEnd),
    Event(Box<SessionEvent>),
    Cut(Error),
    Reopened(Box<Reopened>),
}

/// Runs a turn to its end.
pub(in crate::agents) async fn drive(job: Job, sink: Sink) -> Result<AgentResult> {
    let Job { client, options, opening, mut settings } = job;
    let clock = client.clock().clone();
    let started = clock.elapsed();
    let session_id = match &opening {
        Opening::Turn { session_id, .. } | Opening::Resumed { session_id } => session_id.clone(),
        Opening::Session(_) => String::new(),
    };
    let requests = SessionRequests::new(client.clone(), options, session_id.clone(), settings.include_obfuscation);
    let bounds = RunBounds::new(&clock, std::mem::take(&mut settings.stop), settings.deadline);
    if !session_id.is_empty() {
        sink.know_session(&session_id);
    }
    let mut run = Drive {
        requests,
        sink,
        work: TurnWork::default(),
        result: AgentResult { session_id, ..AgentResult::default() },
        seen: SessionProgress::default(),
        known: Known::default(),
        deadline: settings.deadline.map(|limit| started.saturating_add(limit)),
        bounds,
        connection: SessionConnection::None,
        reconnects: ReconnectCount::new(settings.max_reconnects),
        hint: (None, 0),
        is_begun: false,
        settings,
    };
    // A future of the caller's that panics must not take with it what was done.
    let ended = guarded(run.run(opening)).await.unwrap_or_else(|panic| Err(AgentHalt::Panicked(panic)));
    run.finish(ended, clock.elapsed().saturating_sub(started)).await
}

impl Drive {
    async fn run(&mut self, opening: Opening) -> Result<(), AgentHalt> {
        self.check()?;
        match opening {
            Opening::Turn { input, .. } => self.open_turn(input).await?,
            Opening::Resumed { .. } => {
                if self.take_up().await? {
                    return self.rest_of_work().await;
                }
            }
            Opening::Session(create) => {
                let mut call = (*create).into_call();
                call.with_options_of(&self.requests.options);
                self.is_begun = true;
                let events = self.bounds.race(call.stream()).await??;
                self.connection = SessionConnection::Open(Box::new(events));
            }
        }
        self.follow().await
    }

    /// Takes up the newest turn of the session, which is told from its beginning. Returns true if it has ended.
    async fn take_up(&mut self) -> Result<bool, AgentHalt> {
        self.is_begun = true;
        let hint = TurnHint { id: None, after: i64::MIN, input: None };
        let reopened = self.requests.clone().reopen(Box::pin(std::future::ready(())), hint);
        let reopened = self.bounds.race(reopened).await??;
        let is_over = self.resume(reopened)?;
        if self.seen.root().is_none() {
            let message = format!("session {:?} has no turn: begin one by `run(…)`", self.requests.session_id);
            return Err(Error::new(ErrorKind::InvalidRequest, message).into());
        }
        Ok(is_over)
    }

    /// Follows the turn to its end.
    async fn follow(&mut self) -> Result<(), AgentHalt> {
        loop {
            self.begin_tools();
            if self.known.is_blocked() && self.work.is_over() {
                return Err(AgentHalt::ActionRequired);
            }
            let Self { bounds, work, connection, sink, .. } = self;
            let step = bounds.race(poll_fn(|context| next_step(work, connection, sink, context))).await?;
            let is_over = match step {
                NextStep::Work(done) => self.finish_task(done).map(|()| false)?,
                NextStep::Event(event) => {
                    let admitted = self.seen.admit(*event);
                    self.seen.check()?;
                    self.deliver_all(admitted, false)?
                }
                NextStep::Cut(error) => self.reconnect(error).map(|()| false)?,
                NextStep::Reopened(reopened) => {
                    self.result.reconnects += 1;
                    self.sink.say(|| AgentEvent::Reconnected);
                    self.resume(*reopened)?
                }
            };
            if is_over {
                return self.rest_of_work().await;
            }
        }
    }

    /// Awaits what is under way at the end of the turn: the responses to what was sent, and tools that the agent did not wait
    /// for.
    async fn rest_of_work(&mut self) -> Result<(), AgentHalt> {
        self.connection = SessionConnection::None;
        self.known.is_resting = true;
        loop {
            self.begin_tools();
            if self.work.is_over() {
                return Ok(());
            }
            let Self { bounds, work, .. } = self;
            match bounds.race(poll_fn(|context| work.poll(context))).await {
                Ok(done) => self.finish_task(done)?,
                // The turn is completed all the same.
                Err(_) => return Ok(()),
            }
        }
    }

    /// Looks for what could not work, before anything is sent.
    fn check(&self) -> Result<(), AgentHalt> {
        #[cfg(feature = "tools")]
        {
            let toolbox = &self.settings.tools.toolbox;
            crate::tools::panics::caught(|| toolbox.agent_tools().map(drop)).map_err(AgentHalt::Panicked)??;
        }
        Ok(())
    }

    /// Opens the stream before the message is sent, because a stream has no past.
    async fn open_turn(&mut self, input: AgentInput) -> Result<(), AgentHalt> {
        let session = self.bounds.race(self.requests.session()).await??;
        if !matches!(session.status, SessionStatusResource::Idle) {
            let message = format!(
                "session {:?} is {}, and a turn begins in an idle one: wait for its end by `sessions().poll(…)`, or cancel \
                 its turn",
                session.id, session.status
            );
            self.result.session = Some(session);
            return Err(Error::new(ErrorKind::InvalidRequest, message).into());
        }
        self.hint = (Some(input.clone()), session.last_active_at);
        self.result.session = Some(session);
        let events = self.bounds.race(self.requests.events()).await??;
        self.connection = SessionConnection::Open(Box::new(events));
        self.is_begun = true;
        let key = self.settings.idempotency_key.take().unwrap_or_else(uuid);
        let future = self.requests.submit_as(input.event(), &key);
        self.work.add(Task::Post { turn_id: None, future });
        Ok(())
    }

    /// Tells events and does what they ask for. Returns true at the end of the turn.
    fn deliver_all(&mut self, events: Vec<Admitted>, is_recovered: bool) -> Result<bool, AgentHalt> {
        for event in events {
            if self.deliver(event, is_recovered)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens another stream after a wait, if there were not too many.
    pub(super) fn reconnect(&mut self, error: Error) -> Result<(), AgentHalt> {
        if !is_cut(&error) || self.requests.session_id.is_empty() {
            return Err(error.into());
        }
        let clock = self.requests.client.clock().clone();
        let Some((tries, wait)) = self.reconnects.next(&*clock) else {
            let most = self.reconnects.most;
            let why = format!("the events of the session broke off, and {most} more streams did not help");
            return Err(error.prefixed(&why).into());
        };
        self.sink.say(|| AgentEvent::Reconnecting { tries, reason: error.to_string() });
        let (input, after) = self.hint.clone();
        let hint = TurnHint { id: self.seen.root().map(str::to_owned), after, input };
        self.connection = SessionConnection::Opening(Box::pin(self.requests.clone().reopen(clock.sleep(wait), hint)));
        Ok(())
    }

    fn resume(&mut self, reopened: Reopened) -> Result<bool, AgentHalt> {
        let Reopened { events, snapshot } = reopened;
        self.connection = SessionConnection::Open(Box::new(events));
        self.reconnects.open(&**self.requests.client.clock());
        self.known.answer_calls(snapshot.answered_calls());
        let missed = self.seen.recover(&snapshot);
        self.seen.check()?;
        let is_over = self.deliver_all(missed, true)?;
        // It may have been told to be idle before, and the lists may lag behind it: no event would follow.
        let is_idle = matches!(snapshot.session.status, SessionStatusResource::Idle);
        let is_open = matches!(self.connection, SessionConnection::Open(_));
        if !is_over && is_idle && is_open { self.rest() } else { Ok(is_over) }
    }

    /// Notes that the stream tells something new.
    pub(super) fn settle(&mut self) {
        self.reconnects.settle();
    }

    async fn finish(mut self, ended: Result<(), AgentHalt>, duration: Duration) -> Result<AgentResult> {
        self.connection = SessionConnection::None;
        self.end_work();
        self.result.duration = duration;
        self.result.messages.extend(self.seen.unfinished_messages());
        let Err(halt) = ended else { return Ok(self.result) };
        self.result.stop = halt.stop();
        let is_left =
            halt.leaves_turn() && self.is_begun && !self.known.is_resting && !self.requests.session_id.is_empty();
        if is_left && self.settings.cancels_turn {
            self.requests.cancel_soon().await;
        }
        let error = self.requests.client.redactor().error(halt.into_error(&self.result));
        Err(error.with_detail(self.result))
    }
}

/// Drives the work, and then the stream: a slow reader of the events holds up the stream, and no tool.
fn next_step(
    work: &mut TurnWork,
    connection: &mut SessionConnection,
    sink: &Sink,
    context: &mut Context<'_>,
) -> Poll<NextStep> {
    if let Poll::Ready(done) = work.poll(context) {
        return Poll::Ready(NextStep::Work(done));
    }
    if !sink.is_read() {
        return Poll::Pending;
    }
    match connection {
        SessionConnection::Open(events) => Pin::new(&mut **events).poll_next(context).map(|event| match event {
            Some(Ok(event)) => NextStep::Event(Box::new(event)),
            Some(Err(error)) => NextStep::Cut(error),
            None => {
                let message = "the session's stream ended before the turn did";
                NextStep::Cut(events.describe(Error::new(ErrorKind::Truncated, message)))
            }
        }),
        SessionConnection::Opening(opening) => opening.as_mut().poll(context).map(|reopened| match reopened {
            Ok(reopened) => NextStep::Reopened(Box::new(reopened)),
            Err(error) => NextStep::Cut(error),
        }),
        SessionConnection::None => Poll::Pending,
    }
}
