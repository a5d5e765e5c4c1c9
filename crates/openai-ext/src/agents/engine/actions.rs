//! The actions that a session's events ask for, and their outcomes.

#[cfg(feature = "tools")]
use std::collections::HashMap;

use super::drive::Drive;
use super::ending::AgentHalt;
use super::seen::Admitted;
#[cfg(feature = "tools")]
use super::work::WaitingCall;
use super::work::{Task, TaskEnd};
use crate::agents::approvals::{AgentApproval, AgentApprovalRequest};
use crate::agents::event::{AgentEvent, AgentSessionEvent};
#[cfg(feature = "tools")]
use crate::agents::local_tools::{call_of, result_of};
use crate::types::{
    AgentOutputItemResource, SessionEvent, SessionRequiredActionResource, SessionResource, SessionTurnItemResource,
    TurnResource, TurnStatusResource,
};
use crate::{Error, ErrorKind};

/// A result keeps so many errors of its session, the newest.
const ERRORS: usize = 256;

impl Drive {
    /// Tells an event, and does what it asks for. Returns true at the end of the turn.
    pub(super) fn deliver(&mut self, admitted: Admitted, is_recovered: bool) -> Result<bool, AgentHalt> {
        let Admitted { event, is_answer } = admitted;
        let told = self.sink.has_reader().then(|| event.clone());
        if let Some(event) = told {
            self.sink.say(|| AgentEvent::Session(AgentSessionEvent { event, is_recovered, is_answer }));
        }
        self.act(event, is_recovered)
    }

    fn act(&mut self, event: SessionEvent, is_recovered: bool) -> Result<bool, AgentHalt> {
        use SessionEvent as E;
        match event {
            E::AgentSessionCreated(event) => self.take_session(event.session),
            E::AgentSessionInProgress(event) => {
                self.known.is_blocked = false;
                self.result.pending.clear();
                self.take_session(event.session);
            }
            E::AgentSessionRequiresAction(event) => self.require(event.session),
            E::AgentSessionIdle(event) => {
                self.result.pending.clear();
                self.take_session(event.session);
                return self.rest();
            }
            E::AgentSessionFailed(event) => {
                self.take_session(event.session);
                return Err(AgentHalt::SessionFailed);
            }
            E::AgentSessionTurnCreated(event) => {
                self.settle();
                self.take_turn(event.turn);
            }
            // A server can say so in each stream, and nothing else.
            E::AgentSessionTurnInProgress(event) => self.take_turn(event.turn),
            E::AgentSessionTurnCompleted(event) => self.end_turn(event.turn),
            E::AgentSessionTurnFailed(event) => self.end_turn(event.turn),
            E::AgentSessionTurnCancelled(event) => self.end_turn(event.turn),
            E::AgentSessionTurnItemAdded(event) => {
                self.settle();
                if let SessionTurnItemResource::FunctionCall(call) = event.item {
                    self.take_new_call(&call.turn_id, &call.call_id, &call.name, &call.arguments);
                }
            }
            E::AgentSessionTurnItemDone(event) => {
                self.settle();
                if let AgentOutputItemResource::Message(message) = event.item
                    && self.seen.root() == Some(&message.turn_id)
                {
                    self.result.messages.push(*message);
                }
            }
            E::AgentSessionTurnOutputTextDelta(_) if !is_recovered => self.settle(),
            E::Error(event) => {
                self.result.errors.push(event.error);
                if self.result.errors.len() > ERRORS {
                    self.result.errors.remove(0);
                }
            }
            E::Unknown(event) if event["type"] == "agent.session.budget_reached" => return self.reach_budget(),
            _ => {}
        }
        Ok(false)
    }

    fn take_session(&mut self, session: SessionResource) {
        if self.requests.session_id.is_empty() {
            self.requests.session_id.clone_from(&session.id);
            self.result.session_id.clone_from(&session.id);
            self.sink.know_session(&session.id);
        }
        self.result.session = Some(session);
    }

    fn take_turn(&mut self, turn: TurnResource) {
        if self.seen.root() == Some(&turn.id) {
            self.result.turn = Some(turn);
        }
    }

    fn end_turn(&mut self, turn: TurnResource) {
        // The outputs of a completed turn's calls may be for the next one.
        #[cfg(feature = "tools")]
        if !matches!(turn.status, TurnStatusResource::Completed) {
            let ended = self.work.end_tools(Some(&turn.id));
            self.cancel_calls(ended);
        }
        self.known.has_ended |= self.seen.root() == Some(&turn.id);
        self.known.ended.insert(turn.id.clone());
        self.settle();
        self.take_turn(turn);
    }

    /// The session is idle.
    pub(super) fn rest(&mut self) -> Result<bool, AgentHalt> {
        if self.known.has_ended {
            return match self.result.turn.as_ref().map(|turn| &turn.status) {
                Some(TurnStatusResource::Failed) => Err(AgentHalt::TurnFailed),
                Some(TurnStatusResource::Cancelled) => Err(AgentHalt::TurnCancelled),
                _ => Ok(true),
            };
        }
        if self.seen.root().is_some() {
            // Its end was missed.
            let message = "the session is idle, and the end of the turn was not told";
            self.reconnect(Error::new(ErrorKind::Truncated, message))?;
        }
        Ok(false)
    }

    fn reach_budget(&mut self) -> Result<bool, AgentHalt> {
        match self.result.turn.as_ref().map(|turn| &turn.status) {
            Some(TurnStatusResource::Completed) => Ok(true),
            Some(TurnStatusResource::Failed) => Err(AgentHalt::TurnFailed),
            _ => Err(AgentHalt::BudgetReached),
        }
    }

    /// The session waits for actions.
    fn require(&mut self, session: SessionResource) {
        use SessionRequiredActionResource as Action;
        self.known.is_blocked = false;
        self.result.pending.clear();
        for action in &session.required_actions {
            let is_left = match action {
                Action::FunctionCall(call) => {
                    let is_ours = self.take_call(&call.turn_id, &call.call_id, &call.name, &call.arguments);
                    // Whoever reads the events sees the call, and can answer it.
                    self.known.is_blocked |= !is_ours && !self.sink.has_reader();
                    !is_ours
                }
                // It is the program's machine that connects.
                Action::EnvironmentConnection(_) => false,
                action => {
                    let is_left = !AgentApprovalRequest::of(action).is_some_and(|request| self.ask(request));
                    self.known.is_blocked |= is_left;
                    is_left
                }
            };
            if is_left {
                self.result.pending.push(action.clone());
            }
        }
        self.take_session(session);
    }

    /// Asks the caller's function, once for each request. Returns false if there is none, or if it gave no answer.
    fn ask(&mut self, request: AgentApprovalRequest) -> bool {
        let id = request.request_id();
        if self.known.requests.contains(id) {
            return !self.known.unanswered.contains(id);
        }
        let Some(approver) = &self.settings.approver else { return false };
        self.known.requests.insert(id.to_owned());
        let future = approver.ask(request.clone());
        self.work.add(Task::Approval { request, future });
        true
    }

    pub(super) fn finish_task(&mut self, done: TaskEnd) -> Result<(), AgentHalt> {
        match done {
            // The server has gone on without it, or has it: its response may come after the last event.
            TaskEnd::Post { .. } if self.known.is_resting => Ok(()),
            // A turn that has ended meanwhile, as one of a subagent that was closed, takes nothing any more.
            TaskEnd::Post { turn_id: Some(turn), .. } if self.known.ended.contains(&turn) => Ok(()),
            TaskEnd::Post { sent, .. } => Ok(sent?),
            TaskEnd::Approval { request, answer } => {
                let answer = answer.map_err(AgentHalt::Panicked)?;
                let input = request.answered(&answer);
                match &input {
                    Some(_) => {}
                    None if matches!(answer, AgentApproval::Unanswered) => {
                        self.known.unanswered.insert(request.request_id().to_owned());
                        self.known.is_blocked = true;
                        self.leave_pending(request.request_id());
                    }
                    None => {
                        let message = format!("the answer {answer:?} is not one to the request {request:?}");
                        return Err(Error::new(ErrorKind::InvalidRequest, message).into());
                    }
                }
                let turn_id = Some(request.turn_id().to_owned());
                self.sink.say(|| AgentEvent::Approval { request, answer });
                if let Some(input) = input {
                    self.work.add(Task::Post { turn_id, future: self.requests.submit(input) });
                }
                Ok(())
            }
            #[cfg(feature = "tools")]
            TaskEnd::Tool { turn_id, outcome } => self.finish_tool(turn_id, *outcome),
        }
    }

    /// A request that the caller's function left unanswered.
    fn leave_pending(&mut self, id: &str) {
        let actions = self.result.session.iter().flat_map(|session| &session.required_actions);
        let is_it = |action: &&SessionRequiredActionResource| {
            AgentApprovalRequest::of(action).is_some_and(|request| request.request_id() == id)
        };
        let left: Vec<_> = actions.filter(is_it).cloned().collect();
        self.result.pending.extend(left);
    }
}

/// Without tools every function is the caller's.
#[cfg(not(feature = "tools"))]
impl Drive {
    #[allow(clippy::unused_self, reason = "with tools it needs it")]
    fn take_new_call(&mut self, _: &str, _: &str, _: &str, _: &serde_json::Value) {}

    #[allow(clippy::unused_self, reason = "with tools it needs it")]
    fn take_call(&mut self, _: &str, _: &str, _: &str, _: &serde_json::Value) -> bool {
        false
    }

    #[allow(clippy::unused_self, reason = "with tools it needs it")]
    pub(super) fn begin_tools(&mut self) {}

    #[allow(clippy::unused_self, reason = "with tools it needs it")]
    pub(super) fn end_work(&mut self) {}
}

#[cfg(feature = "tools")]
impl Drive {
    /// Takes up a call of an item, unless it was answered before the stream broke off. What a session requires is asked for
    /// whatever its items say.
    fn take_new_call(&mut self, turn_id: &str, call_id: &str, name: &str, arguments: &serde_json::Value) {
        if !self.known.answered.contains(&(turn_id.to_owned(), call_id.to_owned())) {
            self.take_call(turn_id, call_id, name, arguments);
        }
    }

    /// Takes up a call, once, if its tool is here. Returns whether the tool is.
    fn take_call(&mut self, turn_id: &str, call_id: &str, name: &str, arguments: &serde_json::Value) -> bool {
        if !self.settings.tools.has(name) {
            return false;
        }
        if self.known.calls.insert((turn_id.to_owned(), call_id.to_owned())) {
            let call = call_of(call_id, name, arguments);
            let (client, session) = (&self.requests.client, &self.requests.session_id);
            let future = self.settings.tools.start(client, session, turn_id, call.clone(), self.deadline);
            self.known.order.push(call_id.to_owned());
            self.work.wait(WaitingCall { turn_id: turn_id.to_owned(), call, future });
        }
        true
    }

    /// Lets calls begin, as many as may run at once.
    pub(super) fn begin_tools(&mut self) {
        while let Some((turn_id, call)) = self.work.begin(self.settings.tools.concurrency) {
            self.sink.say(|| AgentEvent::ToolCall { turn_id, call });
        }
    }

    fn finish_tool(&mut self, turn_id: String, mut outcome: crate::tools::ToolOutcome) -> Result<(), AgentHalt> {
        let judged = self.settings.tools.judge(&self.requests.session_id, &turn_id, &mut outcome);
        let is_mistake = outcome.result.as_ref().is_err_and(|error| error.is_mistake());
        let told = Box::new(outcome.clone());
        let of_turn = turn_id.clone();
        self.sink.say(|| match is_mistake {
            true => AgentEvent::Retry { turn_id: of_turn, outcome: told },
            false => AgentEvent::ToolResult { turn_id: of_turn, outcome: told },
        });
        self.result.calls.push(outcome.clone());
        judged.map_err(AgentHalt::Panicked)?;
        if outcome.abort().is_some() {
            return Err(AgentHalt::Tool(Box::new(outcome)));
        }
        let (result, call_id) = (result_of(&turn_id, &outcome), outcome.call.id);
        let future = self.requests.submit_result(result, call_id);
        self.work.add(Task::Post { turn_id: Some(turn_id), future });
        Ok(())
    }

    fn cancel_calls(&mut self, calls: Vec<crate::tools::ToolCall>) {
        self.result.calls.extend(calls.into_iter().map(crate::tools::ToolOutcome::cancelled));
    }

    /// Ends what is under way at the end of the run, and brings the calls into their order.
    pub(super) fn end_work(&mut self) {
        let ended = self.work.end_tools(None);
        self.cancel_calls(ended);
        let order: HashMap<&str, usize> = self.known.order.iter().zip(0..).map(|(id, at)| (id.as_str(), at)).collect();
        self.result.calls.sort_by_key(|outcome| order.get(outcome.call.id.as_str()).copied());
    }
}
