//! Runs of assistants whose tools are run here.

use std::fmt;

use openai_runtime::{Call, Client, Error, ErrorKind, Result, WithHead};
use serde_json::{Value, json};

use super::accumulator::AssistantAccumulator;
use super::event::AssistantEvent;
use super::stream::AssistantStream;
use crate::request::Operation;
use crate::resources::beta::threads::CreateAndRun;
use crate::resources::beta::threads::runs::{Create, Retrieve, RetrieveOperation, SubmitToolOutputsOperation};
use crate::tools::context::{History, ToolContext};
use crate::tools::run::calls::early::Early;
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::dialogue::{Asked, Dialogue};
use crate::tools::run::final_methods::{RunToolsExt, final_methods};
use crate::tools::run::live::{Live, read};
use crate::tools::run::polling;
use crate::tools::run::record::{ToolApi, ToolRun, sealed};
use crate::tools::run::runner::{ToolRunner, options_of};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolCall, ToolInput, ToolOutcome};
use crate::types::{
    AssistantTool, FunctionDefinition, Run, RunStatus, RunSubmitToolOutputsParams, RunToolOutput, RunUsage,
};

/// Tools over the runs of assistants.
pub struct AssistantTools {
    /// The call that begins it, with its body for who reads events.
    first: Option<(Call, Value)>,
    /// The options of the call, without its body.
    options: Call,
    /// True if the first call can be streamed.
    streams: bool,
    run: Run,
    /// Outputs of tools that were not submitted yet.
    next: Vec<RunToolOutput>,
    /// All outputs of tools.
    outputs: Vec<RunToolOutput>,
    accumulator: AssistantAccumulator,
    /// Functions of the assistant that are not in the toolbox.
    foreign: Vec<String>,
    names: Vec<String>,
}

/// A run of an assistant with tools that is being made.
pub type AssistantToolRunner = ToolRunner<AssistantTools>;

/// All that a run of an assistant with tools did: `replies` are the states in which the run waited for tools, and its last
/// one; `items` the outputs of tools.
pub type AssistantToolRun = ToolRun<AssistantTools>;

impl sealed::Sealed for AssistantTools {}

impl ToolApi for AssistantTools {
    type Reply = Run;
    type Item = RunToolOutput;
    type Delta = AssistantEvent;
    type Usage = RunUsage;
}

macro_rules! runs {
    ($($request:ty, $streams:literal, $body:expr;)*) => {$(
        impl RunToolsExt for $request {
            type Api = AssistantTools;

            #[inline]
            fn run_tools(mut self, toolbox: &Toolbox) -> AssistantToolRunner {
                let options = options_of(&mut self);
                let body: fn(&$request) -> Value = $body;
                let body = body(&self);
                ToolRunner::new(AssistantTools::new(self.into_call(), body, options, $streams), toolbox)
            }
        }
    )*};
}

runs! {
    Create, true, |call| json!(call.body());
    CreateAndRun, true, |call| json!(call.body());
    Retrieve, false, |_| Value::Null;
}

final_methods!(AssistantTools, "let call = client.beta().threads().runs().create(\"thread_1\", \"asst_1\");");

impl ToolRun<AssistantTools> {
    /// The run as it was at last.
    #[must_use]
    #[inline]
    pub fn assistant_run(&self) -> Option<&Run> {
        self.last_reply()
    }
}

impl ToolContext {
    /// The id of the thread, in a run of an assistant.
    #[must_use]
    #[inline]
    pub fn thread_id(&self) -> Option<&str> {
        self.conversation::<String>().map(String::as_str)
    }
}

impl Toolbox {
    /// The tools as assistants take them: give them to the assistant when it is made, or to a run.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let assistant = client.beta().assistants().create("gpt-5.5").tools(tools.assistant_tools()?).send().await?;
    /// # let _ = assistant;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`check`](Self::check); and a custom tool, which assistants do not have.
    #[inline]
    pub fn assistant_tools(&self) -> Result<Vec<AssistantTool>> {
        let tools = self.descriptions()?.into_iter().map(|tool| match tool.input {
            ToolInput::Function { parameters, strict } => {
                let mut function = FunctionDefinition::new(tool.name).parameters(parameters).strict(strict);
                function.description = tool.description;
                Ok(AssistantTool::function(function))
            }
            ToolInput::Custom { .. } => {
                let message = format!("tool {:?} is a custom tool: assistants take functions only", tool.name);
                Err(Error::new(ErrorKind::InvalidRequest, message))
            }
        });
        tools.collect()
    }
}

impl AssistantTools {
    #[inline]
    fn new(first: Call, body: Value, options: Call, streams: bool) -> Self {
        Self {
            first: Some((first, body)),
            options,
            streams,
            run: Run::default(),
            next: Vec::new(),
            outputs: Vec::new(),
            accumulator: AssistantAccumulator::default(),
            foreign: Vec::new(),
            names: Vec::new(),
        }
    }

    /// The next call: the first one, or one that submits outputs.
    #[inline]
    fn next_call(&mut self) -> (Call, bool) {
        if let Some((call, _)) = self.first.take() {
            return (call, self.streams);
        }
        let mut call = self.of_run(SubmitToolOutputsOperation::ENDPOINT, &self.run);
        call.body(&RunSubmitToolOutputsParams::new(std::mem::take(&mut self.next)));
        (call, true)
    }

    #[inline]
    fn of_run(&self, endpoint: &'static openai_runtime::Endpoint, run: &Run) -> Call {
        let mut call = Call::new(self.options.client(), endpoint);
        call.with_options_of(&self.options);
        call.path("thread_id", &run.thread_id).path("run_id", &run.id)
    }
}

impl Dialogue for AssistantTools {
    #[inline]
    fn client(&self) -> &Client {
        self.options.client()
    }

    #[inline]
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<()> {
        toolbox.assistant_tools()?;
        self.names = toolbox.names().map(str::to_owned).collect();
        Ok(())
    }

    #[inline]
    fn body(&self) -> Value {
        match &self.first {
            Some((_, body)) => body.clone(),
            None => json!({"tool_outputs": self.next}),
        }
    }

    #[inline]
    async fn ask(
        &mut self,
        control: &mut Control<Self>,
        _early: Option<&mut Early<Self>>,
        partial: &mut Option<Run>,
    ) -> Result<WithHead<Run>, Halt> {
        let (call, streams) = self.next_call();
        if control.events.deltas && streams {
            let events = control.race(call.stream()).await??;
            let accumulator = std::mem::take(&mut self.accumulator);
            let mut stream = AssistantStream::resume(accumulator, events);
            let head = stream.head().clone();
            read(&mut stream, control, None, partial).await?;
            self.accumulator = stream.into_accumulator();
            let missing = || Error::new(ErrorKind::Truncated, "the stream ended without a run");
            let run = self.accumulator.run().cloned().ok_or_else(missing)?;
            return Ok(WithHead::from_parts(head, run));
        }
        let again = |run: &Run| self.of_run(RetrieveOperation::ENDPOINT, run);
        let goes_on =
            |run: &Run| matches!(run.status, RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling);
        polling::until(call, again, goes_on, control, partial).await
    }

    #[inline]
    fn take(&mut self, reply: &Run) -> Result<Asked> {
        self.run = reply.clone();
        if let RunStatus::Unknown(status) = &reply.status {
            let message = format!("run {:?} has the status {status:?}, which says not whether it goes on", reply.id);
            return Err(Error::new(ErrorKind::Decode, message));
        }
        let waits = matches!(reply.status, RunStatus::RequiresAction);
        let calls: Vec<ToolCall> = match &reply.required_action {
            Some(action) if waits => action.submit_tool_outputs.tool_calls.iter().map(call_of).collect(),
            _ => Vec::new(),
        };
        let functions = reply.tools.iter().filter_map(name_of);
        self.foreign = functions.filter(|name| !self.names.contains(name)).collect();
        Ok(Asked {
            more: waits && calls.is_empty(),
            is_unfinished: !waits && !matches!(reply.status, RunStatus::Completed),
            calls,
            ..Asked::default()
        })
    }

    #[inline]
    fn foreign(&self) -> &[String] {
        &self.foreign
    }

    #[inline]
    fn usage(reply: &Run) -> Option<RunUsage> {
        reply.usage.clone()
    }

    #[inline]
    fn history(&self) -> History {
        History::of(self.run.thread_id.clone())
    }

    #[inline]
    fn answer(&mut self, outcomes: &[ToolOutcome]) {
        let output = |outcome: &ToolOutcome| RunToolOutput::new(&outcome.call.id, outcome.output().to_text_only());
        self.next = outcomes.iter().map(output).collect();
        self.outputs.extend(self.next.iter().cloned());
    }

    /// Only tools can be answered.
    #[inline]
    async fn settle(&mut self, _control: &mut Control<Self>) -> Result<bool, Halt> {
        Ok(false)
    }

    #[inline]
    fn items(&self) -> &[RunToolOutput] {
        &self.outputs
    }

    #[inline]
    fn check_budget(&self) -> Result<()> {
        let message = "the server keeps the thread of an assistant, so its size is not known here: set `truncation_strategy` in \
                       place of a context budget";
        Err(Error::new(ErrorKind::InvalidRequest, message))
    }

    #[inline]
    fn into_items(self) -> Vec<RunToolOutput> {
        self.outputs
    }
}

impl Live for AssistantStream {
    type Api = AssistantTools;

    #[inline]
    async fn next(&mut self) -> Option<Result<AssistantEvent>> {
        Self::next(self).await
    }

    #[inline]
    fn so_far(&self) -> Option<Run> {
        self.run().cloned()
    }
}

impl fmt::Debug for AssistantTools {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssistantTools")
            .field("options", &self.options)
            .field("run", &self.run.id)
            .finish_non_exhaustive()
    }
}

#[inline]
fn name_of(tool: &AssistantTool) -> Option<String> {
    match tool {
        AssistantTool::Function(tool) => Some(tool.function.name.clone()),
        _ => None,
    }
}

#[inline]
fn call_of(call: &crate::types::RequiredActionFunctionToolCall) -> ToolCall {
    ToolCall {
        id: call.id.clone(),
        name: call.function.name.clone(),
        arguments: call.function.arguments.clone(),
        is_custom: false,
    }
}
