//! A run of tools before it starts: its toolbox and its limits.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::Call;

use super::calls::early::EarlyExecution;
use super::context::{Compaction, ContextBudget, Shorten};
use super::record::{ToolApi, ToolRun};
use super::stored::checkpoint::StoreFn;
use crate::request::{Operation, Request};
use crate::support::stop::Stop;
use crate::tools::outcome::ToolCall;
use crate::tools::output::{BoxError, ToolOutput};
use crate::tools::toolbox::Toolbox;

/// The number of turns unless the caller sets another one, as in the official SDKs.
const MAX_TURNS: u32 = 10;
/// The number of tools that may run at once if nobody says otherwise: a model may call thousands in one answer.
pub(crate) const CONCURRENCY: usize = 32;

/// A run of tools that is being made; its last words are `send`, `events` and `stream_events`.
///
/// Nothing is sent, and no time counts, before the run is awaited. All of it happens in the future or stream that the last
/// word gives: no task is started, and dropping it ends the request and the tools that are under way.
#[must_use = "nothing is sent before `send` or another final method"]
pub struct ToolRunner<A: ToolApi> {
    pub(crate) dialogue: A,
    pub(crate) toolbox: Toolbox,
    pub(crate) limits: RunLimits,
    pub(crate) options: RunOptions<A>,
    /// The run that this one goes on from.
    pub(crate) resumed: Option<Box<ToolRun<A>>>,
    /// The run was to bring its tools, and has none.
    pub(crate) lacks_tools: bool,
}

/// The limits of a run.
pub(crate) struct RunLimits {
    pub(crate) max_turns: u32,
    pub(crate) deadline: Option<Duration>,
    pub(crate) stop: Stop,
    pub(crate) concurrency: usize,
}

/// The other options of a run.
pub(crate) struct RunOptions<A: ToolApi> {
    pub(crate) early: EarlyExecution,
    pub(crate) budget: Option<ContextBudget>,
    pub(crate) shorten: Option<Shorten<A>>,
    pub(crate) store: Option<StoreFn<A>>,
    pub(crate) decide: Option<Decide>,
    /// Names of tools whose outputs the caller supplies.
    pub(crate) supplied: Vec<String>,
}

/// The program's function that decides about a call whose outcome is unknown.
pub(crate) type Decide = Arc<dyn Fn(&ToolCall) -> UncertainCall + Send + Sync>;

/// The treatment of a call that had begun when a run was stored, and whose outcome is therefore unknown.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum UncertainCall {
    /// The run does not go on; its error says which call it was.
    #[default]
    Fail,
    /// The tool is called again, because it does no harm twice.
    Rerun,
    /// This is the output, as the program found out.
    Output(ToolOutput),
}

impl UncertainCall {
    /// The output of the call, as the program found out.
    pub fn output(output: impl Into<ToolOutput>) -> Self {
        Self::Output(output.into())
    }
}

impl<A: ToolApi> Default for RunOptions<A> {
    fn default() -> Self {
        Self {
            early: EarlyExecution::default(),
            budget: None,
            shorten: None,
            store: None,
            decide: None,
            supplied: Vec::new(),
        }
    }
}

impl<A: ToolApi> ToolRunner<A> {
    pub(crate) fn new(dialogue: A, toolbox: &Toolbox) -> Self {
        let limits =
            RunLimits { max_turns: MAX_TURNS, deadline: None, stop: Stop::default(), concurrency: CONCURRENCY };
        let options = RunOptions::default();
        Self { dialogue, toolbox: toolbox.clone(), limits, options, resumed: None, lacks_tools: false }
    }

    /// Sets the number of times that the model may be asked, 10 by default. If it calls tools in the last answer
    /// still, they are run, and then the run fails with an error of kind [`Limit`](crate::ErrorKind::Limit).
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.limits.max_turns = turns;
        self
    }

    /// Limits the time of the whole run. When it is over, the run fails with an error of kind
    /// [`Timeout`](crate::ErrorKind::Timeout), and tools that are under way are dropped. There is no limit by default.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.limits.deadline = Some(limit);
        self
    }

    /// Ends the run when this future is ready, with an error of kind [`Cancelled`](crate::ErrorKind::Cancelled). Requests
    /// and tools that are under way are dropped. Any future will do: the receiver of a `oneshot`, a signal, tokio-util's
    /// `CancellationToken::cancelled_owned`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use tokio::sync::oneshot;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Look at every file")]);
    /// let run = call.run_tools(&tools).with_cancellation(async { stopped.await.unwrap_or_default() }).send();
    /// // Elsewhere: stop.send(());
    /// # drop(stop);
    /// # let _ = run.await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.limits.stop = Stop::new(stop);
        self
    }

    /// Limits how many tools run at once, 32 by default. The others wait their turn. With 1 they run one after the other, and
    /// 0 is 1.
    pub fn with_concurrency(mut self, limit: usize) -> Self {
        self.limits.concurrency = limit;
        self
    }

    /// Leaves the outputs of these tools to the caller. The model knows them by their schemas in the toolbox, but the run does
    /// not call them: their calls are `pending`, for [`ToolTurns::supply_output`](crate::tools::ToolTurns::supply_output)
    /// between two turns, or else the run ends with [`ActionRequired`](crate::tools::StopReason::ActionRequired).
    ///
    /// A name that the toolbox does not have is an error of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before
    /// any request.
    pub fn with_supplied_tools<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.options.supplied = names.into_iter().map(Into::into).collect();
        self
    }

    /// Begins calls as soon as they are whole, while the rest of the answer is streamed; `true` allows it for all tools,
    /// [`EarlyExecution`] for some. Each answer is streamed then, also by `send()`. Off by default.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "Compare the weather in Oslo and in Bergen");
    /// let run = call.run_tools(&tools).with_early_execution(true).send().await?;
    /// println!("{}", run.output_text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Outputs and their order are as without it. A call that the server may still change waits: one without an id, and with
    /// chat completions the last one until the answer is finished. With `parallel_tool_calls` false none overtakes another. A
    /// forced tool waits for the whole answer, and so do all tools in runs of assistants. [`ToolContext`](crate::tools::ToolContext)
    /// has the conversation without the answer under way, and events of the calls come before that of the answer.
    ///
    /// A stream can fail after a call ran. The error says so, and the outcome is in [`early`](ToolRun::early). When the run goes
    /// on and the model makes the same call, with one id or with the same name and arguments, that outcome is its output: the
    /// tool does not run twice.
    pub fn with_early_execution(mut self, early: impl Into<EarlyExecution>) -> Self {
        self.options.early = early.into();
        self
    }

    /// Limits the size of the requests. When the next one is over it, the conversation that is sent is made smaller, while
    /// [`items`](ToolRun::items) keeps all of it: the oldest outputs of tools are replaced by a note, and then the oldest turns
    /// are left out, calls and outputs together. The last turn, messages of the user and instructions always stay. There is
    /// no limit by default.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::tools::ContextBudget;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "Look at every file");
    /// let run = call.run_tools(&tools).with_max_turns(200).with_context_budget(ContextBudget::tokens(200_000));
    /// println!("{}", run.send().await?.output_text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Where the server keeps the context, as by `previous_response_id`, all of it counts, and a request with a shorter
    /// conversation begins anew. [`ContextBudget::with_server_compaction`] has the server shorten it, and
    /// [`with_compaction`](Self::with_compaction) a function of the program.
    ///
    /// A conversation that cannot be made small enough is an error of kind [`Limit`](crate::ErrorKind::Limit) with the run as
    /// its detail. A call with a `conversation`, a `previous_response_id` of its own, `truncation` `auto` or
    /// `context_management`, and the run of an assistant, are errors of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest)
    /// before any request, since their size is not known here.
    pub fn with_context_budget(mut self, budget: impl Into<ContextBudget>) -> Self {
        self.options.budget = Some(budget.into());
        self
    }

    /// Makes the conversation shorter by a function of the program, as by a summary, when a request is over the
    /// [budget](Self::with_context_budget). It gets the conversation and returns the one to send in its place. The items from
    /// [`keep_from`](Compaction::keep_from) on have to stay, and a call needs its output.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::chat::ChatTools;
    /// use openai_ext::tools::{Compaction, ContextBudget};
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Look at every file")]);
    /// let shorten = |mut all: Compaction<ChatTools>| async move {
    ///     let mut items = vec![Message::user("Look at every file. The first hundred are fine.")];
    ///     items.extend(all.items.drain(all.keep_from..));
    ///     Ok::<_, std::io::Error>(items)
    /// };
    /// let budget = ContextBudget::bytes(1_000_000);
    /// let run = call.run_tools(&tools).with_context_budget(budget).with_compaction(shorten).send().await?;
    /// println!("{}", run.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Its failure ends the run with an error of kind [`Callback`](crate::ErrorKind::Callback).
    pub fn with_compaction<F, R, E>(mut self, shorten: F) -> Self
    where
        F: Fn(Compaction<A>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Vec<A::Item>, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.options.shorten = Some(Arc::new(move |request| {
            let shorter = shorten(request);
            Box::pin(async move { shorter.await.map_err(Into::into) })
        }));
        self
    }

    /// Keeps a record of the run after each phase, so that another process can go on with it: before each request, before each
    /// tool begins and after it has ended, when an answer is whole whose calls run already, at the end of each turn and of the run. Records are kept one after the other, and what
    /// they announce does not happen before the future is ready; tools that run already go on meanwhile.
    ///
    /// ```no_run
    /// use openai_ext::chat::ChatToolRun;
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> Result<(), Box<dyn std::error::Error>> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Look at every file")]);
    /// let store = |run: ChatToolRun| async move { tokio::fs::write("run.json", serde_json::to_vec(&run)?).await };
    /// let mut runner = call.run_tools(&tools).with_store(store);
    /// if let Ok(json) = tokio::fs::read("run.json").await {
    ///     runner = runner.resume_tools(serde_json::from_slice::<ChatToolRun>(&json)?);
    /// }
    /// println!("{}", runner.send().await?.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A process can end while it writes: to be safe from half a record, write a file beside the old one and rename it.
    ///
    /// A record holds the conversation, calls and outputs, and no credential, header or tool. A call that it says was
    /// [`attempted`](ToolRun::attempted) may have run or not: see [`with_uncertain_calls`](Self::with_uncertain_calls).
    ///
    /// A store that fails or panics ends the run with an error of kind [`Callback`](crate::ErrorKind::Callback), before what the
    /// record was about; if it was the last one, the [`detail`](crate::Error::detail) is the run that has ended. A run that fails or is cancelled waits for the
    /// record that is being kept and for its last one, for 5 seconds together.
    pub fn with_store<F, R, E>(mut self, store: F) -> Self
    where
        F: Fn(ToolRun<A>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.options.store = Some(Arc::new(move |run| {
            let stored = store(run);
            Box::pin(async move { stored.await.map_err(Into::into) })
        }));
        self
    }

    /// Decides about calls that had begun when the run was stored that this one goes on from, and whose outcome nobody knows.
    /// Without it, and without [`answer`](ToolRun::answer) or [`rerun`](ToolRun::rerun), such a call is an error of kind
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent, since a tool must not run twice unasked.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::chat::ChatToolRun;
    /// use openai_ext::tools::UncertainCall;
    ///
    /// # async fn run(client: Client, tools: Toolbox, run: ChatToolRun) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Pay the bill")]);
    /// let runner = call.run_tools(&tools).resume_tools(run).with_uncertain_calls(|call| match call.name.as_str() {
    ///     "get_balance" => UncertainCall::Rerun,
    ///     "pay" => UncertainCall::output("It is not known if the bill was paid: ask the user."),
    ///     _ => UncertainCall::Fail,
    /// });
    /// println!("{}", runner.send().await?.text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_uncertain_calls(mut self, decide: impl Fn(&ToolCall) -> UncertainCall + Send + Sync + 'static) -> Self {
        self.options.decide = Some(Arc::new(decide));
        self
    }
}

impl<A: ToolApi> fmt::Debug for ToolRunner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRunner")
            .field("toolbox", &self.toolbox)
            .field("max_turns", &self.limits.max_turns)
            .field("deadline", &self.limits.deadline)
            .field("concurrency", &self.limits.concurrency)
            .finish_non_exhaustive()
    }
}

/// Returns the options of a call, without its body.
pub(crate) fn options_of<O: Operation<Body: Clone + Default>>(request: &mut Request<O>) -> Call {
    // The body is taken out meanwhile, since a call encodes it.
    let body = std::mem::take(request.body_mut());
    let options = request.clone().into_call();
    *request.body_mut() = body;
    options
}
