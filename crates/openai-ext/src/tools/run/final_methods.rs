//! The final methods of a run, and the calls that tools can be run over.

use super::record::{ToolApi, ToolRun};
use super::runner::ToolRunner;
use crate::tools::toolbox::Toolbox;

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

    /// Goes on from a run that ended early, with the tools that it had: `run_tools` with the toolbox of the run, and
    /// [`resume_tools`](ToolRunner::resume_tools). A run that was read from JSON has no tools; it is resumed by
    /// `call.run_tools(&tools).resume_tools(run)`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::chat::ChatToolRun;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Oslo?")]);
    /// if let Err(error) = call.clone().run_tools(&tools).send().await
    ///     && let Some(run) = error.detail::<ChatToolRun>()
    /// {
    ///     println!("{}", call.resume_tools(run).send().await?.text());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn resume_tools(self, run: impl Into<ToolRun<Self::Api>>) -> ToolRunner<Self::Api>
    where
        Self: Sized,
    {
        let run = run.into();
        let (lacks_tools, toolbox) = (run.toolbox.is_none(), run.toolbox.clone().unwrap_or_default());
        let mut runner = self.run_tools(&toolbox).resume_tools(run);
        runner.lacks_tools = lacks_tools;
        runner
    }
}

/// The final methods of a run, for one API: so that the loop is compiled here and not in each program.
macro_rules! final_methods {
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
            #[inline]
            pub fn send(self) -> impl Future<Output = $crate::Result<$crate::tools::ToolRun<$api>>> + Send + 'static {
                let events = $crate::tools::run::control::EventSink::nowhere();
                // It is up to 100 KB, which a caller's own future would have in it.
                Box::pin(openai_runtime::in_tokio($crate::tools::run::engine::drive(self, events)))
            }

            /// Runs turn by turn: stops after each answer of the model and its calls, so that the caller can answer calls, add
            /// messages, change the tools or stop.
            ///
            /// ```no_run
            /// use openai_ext::prelude::*;
            ///
            /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
            #[doc = $call]
            /// let mut turns = call.run_tools(&tools).turns();
            /// while let Some(turn) = turns.next_turn().await? {
            ///     println!("turn {} made {} calls", turn.number, turn.calls.len());
            /// }
            /// println!("{:?}", turns.into_run()?.usage);
            /// # Ok(())
            /// # }
            /// ```
            #[inline]
            pub fn turns(self) -> $crate::tools::ToolTurns<$api> {
                $crate::tools::ToolTurns::new(self)
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
            #[inline]
            pub fn events(self) -> $crate::tools::ToolEvents<$api> {
                self.run_with_events(false)
            }

            /// As [`events`](Self::events), and each answer is streamed: what comes of it is told as
            /// [`ToolEvent::Delta`](crate::tools::ToolEvent::Delta).
            #[inline]
            pub fn stream_events(self) -> $crate::tools::ToolEvents<$api> {
                self.run_with_events(true)
            }

            #[inline]
            fn run_with_events(self, deltas: bool) -> $crate::tools::ToolEvents<$api> {
                let queue = $crate::tools::run::control::EventQueue::new();
                let events = $crate::tools::run::control::EventSink::to(&queue, deltas);
                let redactor = $crate::tools::run::dialogue::Dialogue::client(&self.dialogue).redactor().clone();
                let run = openai_runtime::in_tokio($crate::tools::run::engine::drive(self, events));
                $crate::tools::ToolEvents::new(queue, Box::pin(run), redactor)
            }
        }
    };
}

pub(crate) use final_methods;
