//! One answer of the model: the request brought under its budget, and calls begun while it is streamed.

use openai_runtime::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::calls::Calls;
use super::super::calls::early::Early;
use super::super::context::fitting::Fitting;
use super::super::control::{Control, Halt};
use super::super::dialogue::{Asked, Dialogue};
use super::super::record::{RunPhase, ToolEvent};
use super::session::Session;
use crate::support::delta;

impl<D: Dialogue> Session<D> {
    /// One answer of the model.
    pub(super) async fn ask(&mut self, control: &mut Control<D>) -> Result<Asked, Halt> {
        let turn = control.turn;
        // A run that is to stop says nothing of a request that is never sent.
        control.race(std::future::ready(())).await?;
        self.fit(control).await?;
        self.save(RunPhase::Request, control).await?;
        control.events.say(|| ToolEvent::Request { turn, body: self.dialogue.body() });
        control.events.read().await;
        self.early = self.early(control);
        let (dialogue, early) = (&mut self.dialogue, self.early.as_mut());
        let (head, reply) = dialogue.ask(control, early, &mut self.record.partial).await?.into_parts();
        if let Some(usage) = D::usage(&reply) {
            self.record.usage = sum(&self.record.usage, &usage);
        }
        let asked = self.dialogue.take(&reply);
        control.events.say(|| ToolEvent::Reply { turn, reply: Box::new(reply.clone()), head: head.clone() });
        control.events.say(|| ToolEvent::Usage { total: self.record.usage.clone() });
        self.record.replies.push(reply);
        self.record.heads.push(head);
        control.events.read().await;
        Ok(asked?)
    }

    /// The calls that may run while the next answer is streamed, if some may. A tool that is forced ends the run after one call,
    /// so it waits for the whole answer.
    fn early(&self, control: &Control<D>) -> Option<Early<D>> {
        let plan = self.dialogue.plan();
        if self.options.early.is_never() || plan.forced || self.toolbox.is_empty() {
            return None;
        }
        let journal = self.journal(RunPhase::Streaming, &[]);
        Some(Early {
            policy: self.options.early.clone(),
            toolbox: self.toolbox.clone(),
            context: self.tool_context(true, control),
            foreign: self.callers(),
            known: self.record.early.iter().map(|outcome| outcome.call.clone()).collect(),
            in_order: plan.one_by_one,
            turn: control.turn,
            calls: Calls::new(Vec::new(), self.limit(&plan), journal),
            is_deferred: false,
            failed: None,
        })
    }

    /// Brings the next request under its budget.
    async fn fit(&mut self, control: &mut Control<D>) -> Result<(), Halt> {
        let Some(budget) = self.options.budget.clone() else { return Ok(()) };
        let mut body = self.dialogue.body();
        if let Some(body) = body.as_object_mut() {
            for name in ["messages", "input", "previous_response_id"] {
                body.remove(name);
            }
        }
        let fitting = Fitting::new(&budget, body);
        let items = self.dialogue.context().unwrap_or(self.dialogue.items());
        let Some(oversized) = fitting.oversized::<D>(items) else { return Ok(()) };
        let (before, turn) = (oversized.size, control.turn);
        let items = match self.options.shorten.clone() {
            Some(shorten) => control.race(fitting.shorten_by(oversized, shorten)).await??,
            None if fitting.by_server() && oversized.last_turn > 0 => {
                let mut items = oversized.items;
                let last = items.split_off(oversized.last_turn.min(items.len()));
                let compacted = self.dialogue.compact(items, control).await?;
                if let Some(usage) = compacted.usage {
                    self.record.usage = sum(&self.record.usage, &usage);
                }
                compacted.items.into_iter().chain(last).collect()
            }
            None => fitting.shorten(&oversized.items),
        };
        let after = fitting.check(&items).map_err(Halt::Context)?;
        self.dialogue.condense(items);
        control.events.say(|| ToolEvent::Compaction { turn, before, after });
        Ok(())
    }
}

/// The numbers of both, added up, also those that the document does not have.
fn sum<U: Serialize + DeserializeOwned + Clone>(total: &U, more: &U) -> U {
    let (Ok(mut sum), Ok(more)) = (serde_json::to_value(total), serde_json::to_value(more)) else {
        return more.clone();
    };
    delta::merge_value(&mut sum, &more);
    serde_json::from_value(sum).unwrap_or_else(|_| total.clone())
}
