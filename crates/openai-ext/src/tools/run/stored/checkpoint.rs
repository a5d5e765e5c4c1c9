//! The store of a run under way, which gets a record after each phase.

use std::sync::Arc;
use std::task::{Context, Poll};

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Error, ErrorKind};

use super::super::record::{RunPhase, StopReason, ToolApi, ToolRun};
use crate::tools::outcome::ToolError;
use crate::tools::output::BoxError;
use crate::tools::panics::{caught, caught_future};

/// The program's function that keeps a record.
pub(crate) type StoreFn<A> = Arc<dyn Fn(ToolRun<A>) -> BoxFuture<Result<(), BoxError>> + Send + Sync>;

/// Gives a record to the store. A store that fails or panics is an error, since what follows must not happen unrecorded.
pub(crate) async fn save<A: ToolApi>(store: StoreFn<A>, run: ToolRun<A>) -> Result<(), Error> {
    // The function is called in the future, so that its own panic is caught too.
    match caught_future(async { store(run).await }).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let text = caught(|| error.to_string()).unwrap_or_else(|_| "its error panicked".to_owned());
            Err(Error::new(ErrorKind::Callback, format!("the store of the run failed: {text}")).with_source(error))
        }
        Err(panic) => {
            let message = format!("the store of the run panicked: {panic}");
            Err(Error::new(ErrorKind::Callback, message).with_source(ToolError::Panicked(panic)))
        }
    }
}

/// A record that is being kept.
pub(crate) type Saving = BoxFuture<Result<(), Error>>;

/// The store while calls run: it is told of each before it begins and after it ends, one record at a time.
pub(crate) struct Journal<A: ToolApi> {
    store: StoreFn<A>,
    /// The run without the calls that are under way.
    base: ToolRun<A>,
    /// The record that is being kept, and the place up to which calls may begin then.
    saving: Option<(Saving, usize)>,
    /// The place up to which calls may begin.
    admitted: usize,
    /// Something ended that no record tells yet.
    pub(crate) is_behind: bool,
}

impl<A: ToolApi> Journal<A> {
    pub(crate) fn new(store: StoreFn<A>, mut base: ToolRun<A>, phase: RunPhase) -> Self {
        base.phase = phase;
        base.stop = StopReason::InProgress;
        Self { store, base, saving: None, admitted: 0, is_behind: false }
    }

    /// Waits for a record that is being kept already, before it keeps one of its own.
    pub(crate) fn after(mut self, saving: Option<Saving>) -> Self {
        self.saving = saving.map(|saving| (saving, 0));
        self
    }

    /// The record that is being kept.
    pub(crate) fn into_saving(self) -> Option<Saving> {
        self.saving.map(|(saving, _)| saving)
    }

    pub(crate) fn base(&self) -> &ToolRun<A> {
        &self.base
    }

    pub(crate) fn admitted(&self) -> usize {
        self.admitted
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    /// Begins to keep a record, after which calls up to this place may begin.
    pub(crate) fn save(&mut self, run: ToolRun<A>, admitted: usize) {
        self.is_behind = false;
        self.saving = Some((Box::pin(save(Arc::clone(&self.store), run)), admitted));
    }

    /// Goes on with the record that is being kept.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        let Some((saving, admitted)) = &mut self.saving else { return Ok(()) };
        if let Poll::Ready(saved) = saving.as_mut().poll(context) {
            let admitted = *admitted;
            self.saving = None;
            saved?;
            self.admitted = self.admitted.max(admitted);
        }
        Ok(())
    }
}
