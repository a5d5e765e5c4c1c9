//! A turn of a session before it begins: its tools, callbacks and limits.

use std::fmt;
use std::time::Duration;

use openai_runtime::{Call, Client, HeaderArg};

use super::approvals::{AgentApproval, AgentApprovalRequest, Approver};
use super::engine::{Job, Opening, drive};
use super::input::AgentInput;
use super::result::AgentResult;
use super::settings::AgentSettings;
use super::sink::{AgentQueue, Sink};
use super::stream::AgentEvents;
use crate::request::Operation;
use crate::resources::beta::agents::sessions::{Create, RetrieveOperation, Sessions};
use crate::support::stop::Stop;
use crate::{Error, ErrorKind, Result};

/// Runs a turn in a session: `client.beta().agents().sessions().run(…)`.
pub trait AgentSessionsExt {
    /// Sends a message to a session that is idle, and follows its turn to the end.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let sessions = client.beta().agents().sessions();
    /// let mut events = sessions.run("session_1", "Say that the sea is calm.").stream_events();
    /// while let Some(event) = events.next().await {
    ///     print!("{}", event?.text_delta().unwrap_or_default());
    /// }
    /// println!("{:?}", events.finish().await?.usage());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The session is read first (`GET /agents/sessions/{session_id}`), then its stream of events is opened
    /// (`GET …/events`), and then the message is sent (`POST …/events`) with an `Idempotency-Key` of its own. The first turn
    /// that begins then, and is not a subagent's, is the run's: a session has one writer at a time.
    ///
    /// A stream that breaks off is opened anew, and what was missed is told by the session's turns and items: no item, text,
    /// call or end is lost, and no event is told twice; see [`with_max_reconnects`](AgentRunner::with_max_reconnects). What
    /// no list has cannot be told: states of the session and its environment that came and went meanwhile, `error` events,
    /// and pieces of a command's output, which is whole in its item.
    fn run(&self, session_id: impl fmt::Display, input: impl Into<AgentInput>) -> AgentRunner;

    /// Takes up the newest turn of a session, which another run left: one that was dropped, came to its deadline without
    /// cancelling its turn, waits for an approval, or was ended with its process.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::ErrorKind;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let sessions = client.beta().agents().sessions();
    /// let result = match sessions.run("session_1", "Clean up the tickets.").run_tools(&tools).send().await {
    ///     Err(error) if error.kind() == ErrorKind::ActionRequired => {
    ///         sessions.resume("session_1").run_tools(&tools).on_approval(async |_| true).send().await?
    ///     }
    ///     result => result?,
    /// };
    /// println!("{}", result.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The turn is told from its beginning, by the session's turns and items; its calls without an output are made. A turn
    /// that has ended meanwhile gives its result. No message is sent.
    fn resume(&self, session_id: impl fmt::Display) -> AgentRunner;
}

impl AgentSessionsExt for Sessions {
    fn run(&self, session_id: impl fmt::Display, input: impl Into<AgentInput>) -> AgentRunner {
        let opening = Opening::Turn { session_id: session_id.to_string(), input: input.into() };
        AgentRunner::new(&self.client, opening)
    }

    fn resume(&self, session_id: impl fmt::Display) -> AgentRunner {
        AgentRunner::new(&self.client, Opening::Resumed { session_id: session_id.to_string() })
    }
}

/// Runs the first turn of a session that is created with an input: `sessions().create(…).input(…).run()`.
pub trait AgentSessionExt {
    /// Creates the session as a stream, and follows its first turn to the end.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::EnvironmentParam;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let sessions = client.beta().agents().sessions();
    /// let call = sessions.create(EnvironmentParam::none()).agent_id("agent_1");
    /// let result = call.input("How is the weather in Oslo?").run().run_tools(&tools).send().await?;
    /// println!("{}: {}", result.session_id, result.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Without an `input` there is no turn: the run fails with an error of kind
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) before anything is sent.
    fn run(self) -> AgentRunner;
}

impl AgentSessionExt for Create {
    fn run(self) -> AgentRunner {
        let client = self.clone().into_call().client().clone();
        AgentRunner::new(&client, Opening::Session(Box::new(self)))
    }
}

/// A turn of a session that is being made; its final methods are `send`, `stream_events` and `parse`.
///
/// Nothing is sent, and no time counts, before the run is awaited. All of it happens in the future or stream that the final
/// method gives: no task is started, and dropping it ends the requests and the local tools that are under way. The turn itself
/// then goes on at the server.
#[must_use = "nothing is sent before `send` or another final method"]
pub struct AgentRunner {
    client: Client,
    options: Call,
    pub(super) opening: Opening,
    pub(super) settings: AgentSettings,
    /// The reason for which nothing can be sent.
    pub(super) refused: Option<Error>,
}

impl AgentRunner {
    fn new(client: &Client, opening: Opening) -> Self {
        let options = Call::new(client, RetrieveOperation::ENDPOINT);
        Self { client: client.clone(), options, opening, settings: AgentSettings::default(), refused: None }
    }

    /// Runs the tools of this toolbox when the agent or a subagent calls them. The agent knows them by
    /// [`Toolbox::agent_tools`](crate::tools::Toolbox::agent_tools).
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let agents = client.beta().agents();
    /// let mut events = agents.sessions().run("session_1", "How is the weather?").run_tools(&tools).stream_events();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         AgentEvent::ToolCall { call, .. } => println!("[{} {}]", call.name, call.arguments),
    ///         event => print!("{}", event.text_delta().unwrap_or_default()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A tool begins when the event of its call was told, once for each call, and runs while further events are read. Its
    /// output is sent with an `Idempotency-Key` of its own; a result that comes before the server has registered its call is
    /// sent again after 0.1, 0.3 and 0.6 s. A mistake of the model (arguments that do not fit) is told to it; any other
    /// failure follows the tool's policy, [`OnFailure`](crate::tools::OnFailure), unless [`on_tool_error`](Self::on_tool_error) says otherwise.
    ///
    /// Functions that are not in the toolbox are the caller's: a reader of [`stream_events`](Self::stream_events) sees
    /// their calls and can answer them by `sessions().events().create(…)`; [`send`](Self::send) ends with an error of kind
    /// [`ActionRequired`](ErrorKind::ActionRequired).
    #[cfg(feature = "tools")]
    pub fn run_tools(mut self, toolbox: &crate::tools::Toolbox) -> Self {
        self.settings.tools.toolbox = toolbox.clone();
        self
    }

    /// Decides what the failure of a local tool means: end the run, or tell the model. Without it the tool's own policy counts.
    /// Errors of requests do not come here.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::tools::OnFailure;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let run = client.beta().agents().sessions().run("session_1", "Book a table.").run_tools(&tools);
    /// let run = run.on_tool_error(|failure| {
    ///     eprintln!("{} in {}: {:?}", failure.outcome.call.name, failure.turn_id, failure.outcome.result);
    ///     OnFailure::TellModel
    /// });
    /// println!("{}", run.send().await?.text());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tools")]
    pub fn on_tool_error(
        mut self,
        decide: impl Fn(&super::AgentToolFailure) -> crate::tools::OnFailure + Send + Sync + 'static,
    ) -> Self {
        self.settings.tools.on_error = Some(std::sync::Arc::new(decide));
        self
    }

    /// Limits the number of local tools that run at once, 32 by default. The others wait. 0 is taken as 1.
    #[cfg(feature = "tools")]
    pub fn with_concurrency(mut self, limit: usize) -> Self {
        self.settings.tools.concurrency = limit;
        self
    }

    /// Answers requests for approvals: of tools of MCP servers, of origins for the agent's browser, and of sign-ins. The
    /// function is async, returns an [`AgentApproval`] or a `bool`, and runs while further events are read.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let run = client.beta().agents().sessions().run("session_1", "Clean up the tickets.");
    /// let run = run.on_approval(|request| async move {
    ///     println!("{:?} {:?}", request.name(), request.arguments());
    ///     request.server_label() == Some("tickets") // of the browser's requests none
    /// });
    /// println!("{}", run.send().await?.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Without it a request ends the run with an error of kind [`ActionRequired`](ErrorKind::ActionRequired), whose detail
    /// has the request in [`pending`](AgentResult::pending). The session goes on waiting.
    pub fn on_approval<F, O>(mut self, answer: F) -> Self
    where
        F: Fn(AgentApprovalRequest) -> O + Send + Sync + 'static,
        O: Future<Output: Into<AgentApproval>> + Send + 'static,
    {
        self.settings.approver = Some(Approver::new(answer));
        self
    }

    /// Limits the time of the whole run. When it is over, the run fails with an error of kind
    /// [`Timeout`](ErrorKind::Timeout). There is no limit by default.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.settings.deadline = Some(limit);
        self
    }

    /// Ends the run when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). Any future will do,
    /// as the receiver of a `oneshot`.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.settings.stop = Stop::new(stop);
        self
    }

    /// Sets whether the turn is cancelled at the server when the run ends early by its deadline, its cancellation or a local
    /// tool that failed; true by default, because nobody would answer the turn's calls any more. The request may take up to
    /// 5 s. Dropping a run sends nothing: [`AgentEvents::cancel`] ends the turn before.
    pub fn with_turn_cancellation(mut self, cancels: bool) -> Self {
        self.settings.cancels_turn = cancels;
        self
    }

    /// Limits the number of streams that are opened anew in a row after one broke off, 5 by default. The wait before each is
    /// 0.5 s, and twice as long each time, up to 8 s, of which up to a quarter is left out by chance. News of a turn resets
    /// the number, and so does a stream that was open for 30 s.
    pub fn with_max_reconnects(mut self, count: u32) -> Self {
        self.settings.max_reconnects = count;
        self
    }

    /// Sets `include_obfuscation` of the stream: the server pads events against those who can see their sizes unless it is
    /// false.
    pub fn include_obfuscation(mut self, include: bool) -> Self {
        self.settings.include_obfuscation = Some(include);
        self
    }

    /// Limits the time of each attempt of each request. Of a stream it is the time to the response's headers.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.options.with_timeout(limit);
        self
    }

    /// Limits the number of retries of each request.
    pub fn with_max_retries(mut self, count: u32) -> Self {
        self.options.with_max_retries(count);
        self
    }

    /// Sets the `Idempotency-Key` of the turn's message, of 1 to 256 characters; a random UUID by default. The server takes a
    /// message with the same key once, so that a program that does not know if it was sent may send it again.
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.settings.idempotency_key = Some(key.into());
        self
    }

    /// Sets a header of each request, or removes it if the value is `None`.
    pub fn with_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
        self.options.with_header(name, value);
        self
    }

    /// Runs the turn to its end, and returns what came of it.
    ///
    /// # Errors
    /// - Those of the requests, and of the stream when it broke off too often.
    /// - Of kind [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent: the session is not idle.
    /// - Of a turn that failed, by its code: [`RateLimit`](ErrorKind::RateLimit), [`InternalServer`](ErrorKind::InternalServer),
    ///   [`BadRequest`](ErrorKind::BadRequest) and others, or [`Status`](ErrorKind::Status); of a session that failed
    ///   [`Status`](ErrorKind::Status).
    /// - [`Cancelled`](ErrorKind::Cancelled): the turn was cancelled, or the run by its option.
    /// - [`Limit`](ErrorKind::Limit): the session's budget is reached. [`Timeout`](ErrorKind::Timeout): the deadline.
    /// - [`ActionRequired`](ErrorKind::ActionRequired): the session waits for what the run cannot give.
    /// - [`Callback`](ErrorKind::Callback): a local tool failed, with its own error as the source.
    ///
    /// The [`detail`](Error::detail) of each is the [`AgentResult`] so far.
    ///
    /// A session that waits for the connection of an environment of the program's own (`environment_connection`) is waited
    /// for: [`with_deadline`](Self::with_deadline) limits the time.
    pub fn send(self) -> impl Future<Output = Result<AgentResult>> + Send + 'static {
        Box::pin(openai_runtime::in_tokio(self.start(Sink::default())))
    }

    /// Runs the turn, and gives the session's events as they come, and those of local tools and approvals.
    ///
    /// The run goes on as its events are read. Its end and its error come after the last event.
    pub fn stream_events(self) -> AgentEvents {
        let (queue, client, options) = (AgentQueue::default(), self.client.clone(), self.options.clone());
        let run = openai_runtime::in_tokio(self.start(Sink::to(&queue)));
        AgentEvents::new(queue, Box::pin(run), client, options)
    }

    async fn start(self, sink: Sink) -> Result<AgentResult> {
        let Self { client, options, opening, settings, refused } = self;
        if let Some(error) = refused {
            return Err(error);
        }
        if let Opening::Session(create) = &opening
            && create.body().input.is_none()
        {
            let message =
                "the session is created without an input, so that no turn begins: set `input(…)` before `run()`";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        #[cfg(feature = "tools")]
        let span = crate::support::spans::HelperSpan::tool_run(&client);
        let run = drive(Job { client, options, opening, settings }, sink);
        #[cfg(feature = "tools")]
        let run = span.enclose(Box::pin(run));
        run.await
    }
}

impl fmt::Debug for AgentRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("AgentRunner");
        if let Opening::Turn { session_id, .. } | Opening::Resumed { session_id } = &self.opening {
            out.field("session_id", session_id);
        }
        #[cfg(feature = "tools")]
        out.field("toolbox", &self.settings.tools.toolbox);
        out.field("deadline", &self.settings.deadline).finish_non_exhaustive()
    }
}
