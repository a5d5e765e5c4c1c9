//! The events of steps: their effect on an accumulator, and their meaning.

use super::accumulator::AssistantAccumulator;
use super::event::{AssistantEvent, Events};
use super::merge;
use super::objects::{find, put, room};
use super::placements::{self, At, End, Open};
use crate::Result;
use crate::types::{
    RunStep, RunStepDelta, RunStepDeltaDetails, RunStepDeltaEvent, RunStepDetails, RunStepToolCall,
    RunStepToolCallDelta,
};

impl AssistantAccumulator {
    #[inline]
    pub(super) fn step_event(
        &mut self,
        step: &RunStep,
        event: fn(Box<RunStep>) -> AssistantEvent,
        events: &mut Events,
    ) -> Result<()> {
        let at = self.step_at(&step.id)?;
        put(&mut self.run_steps, at, step);
        self.step = Some(At(at));
        events.push_back(event(Box::new(step.clone())));
        Ok(())
    }

    #[inline]
    pub(super) fn step_delta(&mut self, event: &RunStepDeltaEvent, events: &mut Events) -> Result<()> {
        let at = self.step_at(&event.id)?;
        if at == self.run_steps.len() {
            self.run_steps.push(merge::begun(&event.id));
        }
        self.step = Some(At(at));
        let Some(step) = self.run_steps.get_mut(at) else { return Ok(()) };
        let RunStepDelta { step_details, extra, .. } = &event.delta;
        merge::step(step, extra);
        events.push_back(AssistantEvent::RunStepDelta { step: at });
        match step_details {
            Some(RunStepDeltaDetails::ToolCalls(delta)) => {
                let calls = merge::tool_calls(&mut step.step_details, delta);
                calls.iter().for_each(|delta| self.call_delta(at, delta, events));
            }
            Some(delta) => merge::step_details(&mut step.step_details, delta),
            None => {}
        }
        Ok(())
    }

    #[inline]
    fn call_delta(&mut self, at: usize, delta: &RunStepToolCallDelta, events: &mut Events) {
        let places = placements::of(&mut self.step_places, at);
        let Some(step) = self.run_steps.get_mut(at) else { return };
        let RunStepDetails::ToolCalls(details) = &mut step.step_details else { return };
        let Some(spot) = merge::tool_call(&mut details.tool_calls, places, delta) else { return };
        let open = Open { owner: at, index: spot.position };
        if self.call != Some(open) {
            self.close_call(events);
            self.call = Some(open);
        }
        let (step, index) = (at, open.index);
        if !spot.first {
            let delta = Box::new(delta.clone());
            events.push_back(AssistantEvent::ToolCallDelta { step, index, delta });
        } else if let Some(call) = self.tool_call(open).cloned().map(Box::new) {
            events.push_back(AssistantEvent::ToolCallCreated { step, index, call });
        }
    }

    #[inline]
    pub(super) fn step_done(&mut self, step: &RunStep, events: &mut Events) -> Result<()> {
        let at = self.step_at(&step.id)?;
        // A step that was begun by another stream had its calls announced there.
        let known = at < self.run_steps.len();
        put(&mut self.run_steps, at, step);
        self.step = self.step.filter(|current| current.0 != at);
        self.end_calls(events);
        let places = placements::of(&mut self.step_places, at);
        if let (true, RunStepDetails::ToolCalls(details)) = (known, &step.step_details) {
            for (index, call) in details.tool_calls.iter().enumerate().filter(|(index, _)| !places.has(*index)) {
                let (step, call) = (at, Box::new(call.clone()));
                events.push_back(AssistantEvent::ToolCallCreated { step, index, call: call.clone() });
                events.push_back(AssistantEvent::ToolCallDone { step, index, call });
            }
        }
        events.push_back(AssistantEvent::RunStepDone(Box::new(step.clone())));
        Ok(())
    }

    /// Ends the call that is open. Items may take turns: see
    /// [`Placements::end`](placements::Placements::end).
    #[inline]
    fn close_call(&mut self, events: &mut Events) {
        let Some(open) = self.call.take() else { return };
        let size = self.tool_call(open).map_or(0, merge::call_size);
        // The place may have been read from a file.
        let places = self.step_places.get_mut(open.owner);
        match places.map_or(End::Done, |places| places.end(open.index, size)) {
            End::Done => self.say_call_done(open, events),
            End::Late => self.reopened_calls.get_or_insert_default().push(open),
            End::Known => {}
        }
    }

    /// Ends all calls.
    #[inline]
    pub(super) fn end_calls(&mut self, events: &mut Events) {
        self.close_call(events);
        for open in self.reopened_calls.take().into_iter().flatten() {
            if let Some(places) = self.step_places.get_mut(open.owner) {
                places.settle(open.index);
            }
            self.say_call_done(open, events);
        }
    }

    #[inline]
    fn say_call_done(&self, open: Open, events: &mut Events) {
        if let Some(call) = self.tool_call(open).cloned().map(Box::new) {
            events.push_back(AssistantEvent::ToolCallDone { step: open.owner, index: open.index, call });
        }
    }

    #[inline]
    pub(super) fn tool_call(&self, open: Open) -> Option<&RunStepToolCall> {
        match &self.run_steps.get(open.owner)?.step_details {
            RunStepDetails::ToolCalls(details) => details.tool_calls.get(open.index),
            _ => None,
        }
    }

    #[inline]
    fn step_at(&self, id: &str) -> Result<usize> {
        let at = find(&self.run_steps, self.step, id, |step| &step.id);
        room(at, "steps")
    }
}
