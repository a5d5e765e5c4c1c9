//! A run under way: what it has, how it begins, ends and fails.

use std::time::Duration;

use openai_runtime::{Client, Error, ErrorKind, Result};

use super::super::calls::early::Early;
use super::super::control::{Control, EventSink, Halt};
use super::super::dialogue::Dialogue;
use super::super::record::{RunPhase, StopReason, ToolRun};
use super::super::resumption::{self, Beginning};
use super::super::runner::{RunOptions, ToolRunner};
use super::super::stored::checkpoint::{self, Saving, StoreFn};
use super::failure;
use super::next::{Next, Stepped};
use crate::support::stop::Stop;
use crate::tools::outcome::{OnFailure, ToolError, ToolOutcome};
use crate::tools::output::ToolOutput;
use crate::tools::panics::{caught, caught_future};
use crate::tools::toolbox::Toolbox;

/// The time that the last record of a run that fails may take.
const LAST_RECORD: Duration = Duration::from_secs(5);

/// A run under way.
pub(crate) struct Session<D: Dialogue> {
    pub(super) dialogue: D,
    pub(super) toolbox: Toolbox,
    pub(super) client: Client,
    pub(super) events: EventSink<D>,
    pub(super) options: RunOptions<D>,
    pub(super) concurrency: usize,
    pub(super) record: ToolRun<D>,
    pub(super) next: Next,
    /// The controls of the run, until its first step.
    obeys: Option<(Stop, Option<Duration>)>,
    /// When it began, by the clock, and how long the runs before it took.
    started: Option<(Duration, Duration)>,
    /// The number of answers from runs before, and of those that may be asked for.
    pub(super) before: u32,
    pub(super) turns: u32,
    pub(super) max_turns: u32,
    /// Calls that run while an answer is streamed.
    pub(super) early: Option<Early<D>>,
    /// The record is one that had ended, and nothing was added since.
    is_untouched: bool,
    /// A record that is being kept and that nobody awaits: the next one is kept after it.
    pub(super) saving: Option<Saving>,
    /// The run has ended, and its last record was not kept.
    is_unstored: bool,
    control: Option<Control<D>>,
}

impl<D: Dialogue> Session<D> {
    /// Makes the request ready; sends nothing, and no time counts yet.
    pub(crate) fn start(runner: ToolRunner<D>, events: EventSink<D>) -> Result<Self> {
        let ToolRunner { mut dialogue, toolbox, limits, options, resumed, lacks_tools } = runner;
        if lacks_tools {
            return Err(resumption::no_tools());
        }
        if let Some(name) = options.supplied.iter().find(|name| toolbox.get(name).is_none()) {
            let message = format!("`with_supplied_tools` names the tool {name:?}, which the toolbox does not have");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        prepare(&mut dialogue, &toolbox, &options)?;
        let decide = options.decide.clone();
        let beginning = caught(|| resumption::begin(&mut dialogue, resumed, decide.as_ref()));
        let Beginning { mut record, asked, ended } = beginning.unwrap_or_else(|panic| {
            let message = format!("the decision about an uncertain call panicked: {panic}");
            Err(Error::new(ErrorKind::Callback, message).with_source(ToolError::Panicked(panic)))
        })?;
        record.phase = if ended.is_some() { RunPhase::Ended } else { RunPhase::Boundary };
        Ok(Self {
            client: dialogue.client().clone(),
            dialogue,
            toolbox,
            events,
            options,
            concurrency: limits.concurrency,
            before: u32::try_from(record.replies.len()).unwrap_or(u32::MAX),
            record,
            next: Next::of(asked, ended),
            obeys: Some((limits.stop, limits.deadline)),
            started: None,
            turns: 0,
            max_turns: limits.max_turns,
            early: None,
            is_untouched: ended.is_some(),
            saving: None,
            is_unstored: false,
            control: None,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn record(&self) -> &ToolRun<D> {
        &self.record
    }

    /// Goes on to the end.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        while let Stepped::Turn { .. } = self.step().await? {}
        Ok(())
    }

    /// Does the next turn. Whatever happens, the session can go on: after an error it begins again where it failed.
    pub(crate) async fn step(&mut self) -> Result<Stepped> {
        let mut control = self.begin();
        // Tools are not all that the program gives to a run: what they did must not be lost with another panic.
        let stepped = caught_future(self.advance(&mut control)).await;
        let stepped =
            stepped.unwrap_or_else(|panic| Err(Halt::Panicked(format!("code that the run called panicked: {panic}"))));
        let stepped = match stepped {
            Ok(stepped) => match stepped.stop() {
                Some(stop) => self.end(stop, &mut control).await.map(|()| stepped),
                None => Ok(stepped),
            },
            Err(halt) => Err(halt),
        };
        let result = match stepped {
            Ok(stepped) => Ok(stepped),
            Err(halt) => Err(self.fail(halt).await),
        };
        self.control = Some(control);
        result
    }

    /// The time of the run starts with its first step.
    fn begin(&mut self) -> Control<D> {
        let clock = self.client.clock();
        self.started.get_or_insert_with(|| (clock.elapsed(), self.record.duration));
        self.control.take().unwrap_or_else(|| {
            let (stop, deadline) = self.obeys.take().unwrap_or_default();
            Control::new(self.events.share(), clock, stop, deadline)
        })
    }

    /// The record as it is now, to be stored or shown.
    pub(crate) fn snapshot(&self, phase: RunPhase) -> ToolRun<D> {
        let mut run = self.record.clone();
        (run.phase, run.stop) = (phase, StopReason::InProgress);
        if !self.is_untouched {
            run.items = self.dialogue.items().to_vec();
        }
        run.sent = self.dialogue.sent();
        run.context = self.dialogue.context().map(<[_]>::to_vec);
        run.duration = self.duration();
        run
    }

    fn duration(&self) -> Duration {
        let (started, before) = self.started.unwrap_or((self.client.clock().elapsed(), self.record.duration));
        before.saturating_add(self.client.clock().elapsed().saturating_sub(started))
    }

    /// Gives the store a record, before what comes next.
    pub(super) async fn save(&mut self, phase: RunPhase, control: &mut Control<D>) -> Result<(), Halt> {
        let Some(store) = self.options.store.clone() else { return Ok(()) };
        let run = self.snapshot(phase);
        self.keep(store, run, control).await
    }

    /// Keeps a record after the one that is being kept already. If the run is to stop meanwhile, its last record waits for both.
    async fn keep(&mut self, store: StoreFn<D>, run: ToolRun<D>, control: &mut Control<D>) -> Result<(), Halt> {
        let before = self.saving.take();
        let saving = self.saving.insert(Box::pin(async move {
            if let Some(before) = before {
                before.await?;
            }
            checkpoint::save(store, run).await
        }));
        let saved = control.race(saving.as_mut()).await?;
        self.saving = None;
        Ok(saved?)
    }

    async fn end(&mut self, stop: StopReason, control: &mut Control<D>) -> Result<(), Halt> {
        self.next = Next::Ended(stop);
        if self.is_untouched {
            return Ok(());
        }
        let was_ended = !self.is_unstored && (self.record.phase, self.record.stop) == (RunPhase::Ended, stop);
        self.fill(stop);
        let Some(store) = self.options.store.clone().filter(|_| !was_ended) else { return Ok(()) };
        let mut run = self.snapshot(RunPhase::Ended);
        run.stop = stop;
        self.is_unstored = true;
        self.keep(store, run, control).await?;
        self.is_unstored = false;
        Ok(())
    }

    fn fill(&mut self, stop: StopReason) {
        (self.record.stop, self.record.phase) = (stop, RunPhase::Ended);
        self.record.sent = self.dialogue.sent();
        self.record.context = self.dialogue.context().map(<[_]>::to_vec);
        self.record.duration = self.duration();
        self.record.toolbox = Some(self.toolbox.clone());
    }

    async fn fail(&mut self, halt: Halt) -> Error {
        // A run that has come to its end is whole, though its last record was not kept.
        let ended = if let Next::Ended(stop) = self.next { Some(stop) } else { None };
        if ended.is_none() {
            self.next = Next::Failed;
        }
        self.keep_early();
        self.fill(ended.unwrap_or(halt.reason()));
        self.record.items = self.dialogue.items().to_vec();
        if let Some(store) = self.options.store.clone() {
            let (before, run) = (self.saving.take(), self.record.clone());
            let last = async move {
                // The failure counts, not that of a record.
                if let Some(before) = before {
                    drop(before.await);
                }
                checkpoint::save(store, run).await
            };
            let mut limit =
                Control::<D>::new(EventSink::nowhere(), self.client.clock(), Stop::default(), Some(LAST_RECORD));
            drop(limit.race(last).await);
        }
        // An answer of the model may repeat what was sent, as in the name of a tool.
        let error = self.client.redactor().error(failure::error(halt, &self.record));
        let error = match self.record.partial.clone() {
            Some(partial) => error.with_detail(partial),
            None => error,
        };
        error.with_detail(self.record.clone())
    }

    /// Keeps the outcomes of calls that ran in an answer which did not come to its end.
    fn keep_early(&mut self) {
        let Some(early) = self.early.take() else { return };
        let outcomes = self.end_early(early);
        let is_over =
            |outcome: &ToolOutcome| outcome.result.as_ref().map_or_else(|error| !error.is_cancelled(), |_| true);
        self.record.early.extend(outcomes.into_iter().filter(is_over));
    }

    /// Ends calls that run early, and returns their outcomes. A record about them that is being kept is kept to its end.
    pub(super) fn end_early(&mut self, early: Early<D>) -> Vec<ToolOutcome> {
        let finished = early.finish();
        self.saving = finished.saving;
        finished.outcomes
    }

    /// Begins again from the record of the step that failed.
    pub(super) fn begin_again(&mut self) -> Result<()> {
        let record = std::mem::take(&mut self.record);
        let beginning = resumption::begin(&mut self.dialogue, Some(Box::new(record)), None)?;
        self.record = beginning.record;
        self.record.phase = RunPhase::Boundary;
        self.next = Next::of(beginning.asked, beginning.ended);
        Ok(())
    }

    /// Gives a call that waits for the caller its output; false if none with this id does.
    pub(crate) fn supply(&mut self, call_id: &str, output: ToolOutput) -> bool {
        let Some(at) = self.record.pending.iter().position(|call| call.id == call_id) else { return false };
        let call = self.record.pending.remove(at);
        let outcome = ToolOutcome { call, result: Ok(output), duration: Duration::ZERO, on_failure: OnFailure::Abort };
        self.touch();
        if matches!(self.next, Next::Failed) {
            self.record.answered.push(outcome.clone());
        } else {
            self.dialogue.answer(std::slice::from_ref(&outcome));
        }
        self.record.calls.push(outcome);
        if matches!(
            self.next,
            Next::Ended(StopReason::ActionRequired | StopReason::ToolChoice | StopReason::Unfinished)
        ) {
            self.next = Next::Wait;
        }
        true
    }

    /// Takes an item of the caller into the conversation, which goes on with it.
    pub(crate) fn push(&mut self, item: D::Item) {
        self.touch();
        if matches!(self.next, Next::Failed) {
            self.record.items.push(item.clone());
        }
        self.dialogue.push(item);
        if matches!(self.next, Next::Ended(_)) {
            self.next = Next::Wait;
        }
    }

    /// Takes up the conversation of a run that had ended.
    fn touch(&mut self) {
        if std::mem::take(&mut self.is_untouched) {
            drop(self.dialogue.restore(&self.record));
        }
        self.record.phase = RunPhase::Boundary;
    }

    /// Changes the tools from the next request on.
    pub(crate) fn set_tools(&mut self, toolbox: &Toolbox) -> Result<()> {
        prepare(&mut self.dialogue, toolbox, &self.options)?;
        self.toolbox = toolbox.clone();
        Ok(())
    }

    pub(crate) fn dialogue_mut(&mut self) -> &mut D {
        &mut self.dialogue
    }

    pub(crate) fn into_run(self) -> ToolRun<D> {
        let (mut run, is_untouched) = (self.record, self.is_untouched);
        if !is_untouched {
            run.items = self.dialogue.into_items();
        }
        run
    }

    /// The run as it is, whether it has ended or not.
    pub(crate) fn into_run_so_far(mut self) -> ToolRun<D> {
        match self.next {
            Next::Ended(stop) if !self.is_untouched => self.fill(stop),
            Next::Ended(_) | Next::Failed => {}
            _ => {
                self.record = self.snapshot(RunPhase::Boundary);
                self.record.toolbox = Some(self.toolbox.clone());
            }
        }
        self.into_run()
    }
}

/// Makes the request ready for these tools.
fn prepare<D: Dialogue>(dialogue: &mut D, toolbox: &Toolbox, options: &RunOptions<D>) -> Result<()> {
    let prepared = caught(|| dialogue.prepare(toolbox)).unwrap_or_else(|panic| {
        let message = format!("a tool panicked while it described itself: {panic}");
        Err(Error::new(ErrorKind::Callback, message).with_source(ToolError::Panicked(panic)))
    });
    prepared?;
    if options.budget.is_some() {
        dialogue.check_budget()?;
    }
    Ok(())
}
