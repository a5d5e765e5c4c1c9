//! A run of tools before it starts: its toolbox and its limits.

use std::fmt;
use std::time::Duration;

use openai_runtime::Call;

use super::record::{ToolApi, ToolRun};
use crate::request::{Operation, Request};
use crate::support::stop::Stop;
use crate::tools::toolbox::Toolbox;

/// How often the model is asked if nobody says otherwise: as the official SDKs do.
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

impl<A: ToolApi> ToolRunner<A> {
    pub(crate) fn new(dialogue: A, toolbox: &Toolbox) -> Self {
        let limits =
            RunLimits { max_turns: MAX_TURNS, deadline: None, stop: Stop::default(), concurrency: CONCURRENCY };
        Self { dialogue, toolbox: toolbox.clone(), limits, resumed: None, lacks_tools: false }
    }

    /// How often the model may be asked, 10 times by default. If it calls tools in the last answer still, they are run,
    /// and then the run fails with an error of kind [`Limit`](crate::ErrorKind::Limit).
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

/// How a call is made, without its body.
pub(crate) fn options_of<O: Operation<Body: Clone + Default>>(request: &mut Request<O>) -> Call {
    // The body is taken out meanwhile, since a call encodes it.
    let body = std::mem::take(request.body_mut());
    let options = request.clone().into_call();
    *request.body_mut() = body;
    options
}
