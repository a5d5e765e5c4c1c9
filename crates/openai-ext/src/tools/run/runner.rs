//! Runs of tools as users make them: options, last words, events.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Error, ErrorKind, Result};

use super::control::Queue;
use super::{ToolApi, ToolEvent, ToolRun, Toolbox};
use crate::request::{Operation, Request};

/// How often the model is asked if nobody says otherwise: as the official SDKs do.
const MAX_TURNS: u32 = 10;

/// Runs tools over a call: `client.chat().completions().create(…)`, `client.responses().create(…)`,
/// `client.beta().threads().runs().create(…)` and `.retrieve(…)`, `client.beta().threads().create_and_run(…)`.
pub trait RunToolsExt {
    /// The API that the tools are run over.
    type Api: ToolApi;

    /// Asks the model, runs the tools that it calls, tells it what came of them, and so on until it calls none.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::schemars::{self, JsonSchema};
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Weather {
    ///     /// A city, as "Oslo".
    ///     city: String,
    /// }
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let tools = Toolbox::new().with(tool("get_weather", "The weather now", |args: Weather| async move {
    ///     Ok::<_, std::io::Error>(format!("It rains in {}", args.city))
    /// }));
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Oslo?")]);
    /// let run = call.run_tools(&tools).send().await?;
    /// println!("{}", run.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Tools that the call has already stay beside those of the toolbox. Calls of one answer run at once, unless
    /// `parallel_tool_calls` is false, and their outputs are sent in the order of the calls. A `tool_choice` that names a
    /// tool ends the run after the first call that was made; if none is set, it is `auto`.
    ///
    /// The model is told when it calls a tool that is not there, or with arguments that do not fit, so that it can try
    /// again. What happens when a tool fails, is up to the tool.
    ///
    /// An assistant knows its tools from the call that made it (`Toolbox::assistant_tools`), so its runs send none, and a
    /// named `tool_choice` does not end them: the server waits for all outputs. A run of an assistant that ends here by an
    /// error goes on there until it expires; `client.beta().threads().runs().cancel(…)` ends it.
    fn run_tools(self, toolbox: &Toolbox) -> ToolRunner<Self::Api>;
}

/// A run of tools that is being made; its last words are `send`, `events` and `stream_events`.
///
/// Nothing is sent, and no time counts, before the run is awaited. All of it happens in the future or stream that the last
/// word gives: no task is started, and dropping it ends the request and the tools that are under way.
#[must_use = "nothing is sent before `send` or another final method"]
pub struct ToolRunner<A: ToolApi> {
    pub(crate) dialogue: A,
    pub(crate) toolbox: Toolbox,
    pub(crate) options: Options,
}

pub(crate) struct Options {
    pub(crate) max_turns: u32,
    pub(crate) deadline: Option<Duration>,
    pub(crate) stop: Option<BoxFuture<()>>,
    pub(crate) concurrency: usize,
}

impl<A: ToolApi> ToolRunner<A> {
    pub(crate) fn new(dialogue: A, toolbox: &Toolbox) -> Self {
        let options = Options { max_turns: MAX_TURNS, deadline: None, stop: None, concurrency: usize::MAX };
        Self { dialogue, toolbox: toolbox.clone(), options }
    }

    /// How often the model may be asked, 10 times by default. If it calls tools in the last answer still, they are run,
    /// and then the run fails with an error of kind [`Limit`](ErrorKind::Limit).
    pub fn with_max_turns(mut self, turns: u32) -> Self {
        self.options.max_turns = turns;
        self
    }

    /// How long the whole run may take; then it fails with an error of kind [`Timeout`](ErrorKind::Timeout), and tools
    /// that are under way are dropped. There is no limit by default.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.options.deadline = Some(limit);
        self
    }

    /// Ends the run when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). Requests and
    /// tools that are under way are dropped. Any future will do: the receiver of a `oneshot`, a signal, tokio-util's
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
        self.options.stop = Some(Box::pin(stop.into_future()));
        self
    }

    /// How many tools may run at once; there is no limit by default. With 1 they run one after the other, and 0 is 1.
    pub fn with_concurrency(mut self, limit: usize) -> Self {
        self.options.concurrency = limit;
        self
    }
}

impl<A: ToolApi> fmt::Debug for ToolRunner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRunner")
            .field("toolbox", &self.toolbox)
            .field("max_turns", &self.options.max_turns)
            .field("deadline", &self.options.deadline)
            .field("concurrency", &self.options.concurrency)
            .finish_non_exhaustive()
    }
}

/// What happens in a run: a `Stream` of [`ToolEvent`]s.
///
/// The run goes on as its events are read. After an error there are no more; its
/// [`detail`](Error::detail) is the [`ToolRun`] so far. Dropping the stream ends the run.
#[must_use = "nothing is sent before it is asked for"]
pub struct ToolEvents<A: ToolApi> {
    queue: Queue<A>,
    state: State<A>,
}

enum State<A: ToolApi> {
    Open(BoxFuture<Result<ToolRun<A>>>),
    Ended(Box<ToolRun<A>>),
    /// The error, until it was given.
    Failed(Option<Error>),
}

impl<A: ToolApi> ToolEvents<A> {
    pub(crate) fn new(queue: Queue<A>, run: BoxFuture<Result<ToolRun<A>>>) -> Self {
        Self { queue, state: State::Open(run) }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<ToolEvent<A>>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// All that the run did, once it has come to its end without an error.
    #[must_use]
    pub fn run(&self) -> Option<&ToolRun<A>> {
        match &self.state {
            State::Ended(run) => Some(run),
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
            State::Ended(run) => Ok(*run),
            _ => Err(Error::new(ErrorKind::Truncated, "the run failed before: its error was given with the events")),
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ToolEvent<A>>>> {
        loop {
            if let Some(event) = self.queue.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            let State::Open(run) = &mut self.state else {
                return Poll::Ready(self.take_error().map(Err));
            };
            match run.as_mut().poll(context) {
                Poll::Ready(Ok(run)) => self.state = State::Ended(Box::new(run)),
                Poll::Ready(Err(error)) => self.state = State::Failed(Some(error)),
                Poll::Pending if self.queue.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }

    /// The error comes after the events before it, once.
    fn take_error(&mut self) -> Option<Error> {
        match &mut self.state {
            State::Failed(error) => error.take(),
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

/// How a call is made, without its body.
pub(crate) fn options_of<O: Operation<Body: Clone + Default>>(request: &mut Request<O>) -> Call {
    // The body is taken out meanwhile, since a call encodes it.
    let body = std::mem::take(request.body_mut());
    let options = request.clone().into_call();
    *request.body_mut() = body;
    options
}

/// The last words of a run, for one API: so that the loop is compiled here and not in each program.
macro_rules! last_words {
    ($api:ty, $call:literal) => {
        impl $crate::tools::ToolRunner<$api> {
            /// Runs to the end and gives all that happened.
            ///
            /// # Errors
            /// Those of the requests; of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest) or
            /// [`Config`](crate::ErrorKind::Config), before any request, if tools and call do not fit together;
            /// [`Callback`](crate::ErrorKind::Callback) if a tool fails and wants the run to end;
            /// [`Limit`](crate::ErrorKind::Limit), [`Timeout`](crate::ErrorKind::Timeout) and
            /// [`Cancelled`](crate::ErrorKind::Cancelled) by the options of the run. The error's
            /// [`detail`](crate::Error::detail) is the [`ToolRun`](crate::tools::ToolRun) so far.
            pub fn send(self) -> impl Future<Output = $crate::Result<$crate::tools::ToolRun<$api>>> + Send + 'static {
                let events = $crate::tools::run::control::Events::nowhere();
                openai_runtime::in_tokio($crate::tools::run::engine::run(self, events))
            }

            /// Runs step by step: a stream that tells what happens. Each answer is whole.
            ///
            /// ```no_run
            /// use openai_ext::prelude::*;
            ///
            /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
            #[doc = $call]
            /// let mut events = call.run_tools(&tools).events();
            /// while let Some(event) = events.next().await {
            ///     if let ToolEvent::ToolResult { outcome, .. } = event? {
            ///         println!("{}: {}", outcome.call.name, outcome.output().to_text());
            ///     }
            /// }
            /// # Ok(())
            /// # }
            /// ```
            pub fn events(self) -> $crate::tools::ToolEvents<$api> {
                self.run_with_events(false)
            }

            /// As [`events`](Self::events), and each answer is streamed: what comes of it is told as
            /// [`ToolEvent::Delta`](crate::tools::ToolEvent::Delta).
            pub fn stream_events(self) -> $crate::tools::ToolEvents<$api> {
                self.run_with_events(true)
            }

            fn run_with_events(self, deltas: bool) -> $crate::tools::ToolEvents<$api> {
                let queue = $crate::tools::run::control::Queue::new();
                let events = $crate::tools::run::control::Events::to(&queue, deltas);
                let run = openai_runtime::in_tokio($crate::tools::run::engine::run(self, events));
                $crate::tools::ToolEvents::new(queue, Box::pin(run))
            }
        }
    };
}

pub(crate) use last_words;
