//! The steps of a turn that a test wrote down.

use bytes::Bytes;
use serde_json::{Value, json};

use super::session_work::{SessionWork, unknown_call};
use crate::call::Refusal;
use crate::handlers::shared::fields::id_of;
use crate::script::SessionStep;
use crate::state::SessionArtifact;
use crate::wire::Event;

impl SessionWork<'_, '_> {
    /// Takes the script of a turn that begins, if a test wrote one down.
    pub(super) fn take_script(&mut self) {
        if let Some(steps) = self.call.scripts().next_session()
            && let Some(session) = self.state.agents.sessions.get_mut(&self.session)
        {
            session.script = Some(steps);
        }
    }

    /// Plays the next step of the turn's script; false without a script.
    pub(super) fn play(&mut self, turn: &str) -> bool {
        let session = self.state.agents.sessions.get_mut(&self.session);
        let Some(script) = session.and_then(|session| session.script.as_mut()) else { return false };
        match script.pop_front() {
            Some(step) => self.play_step(turn, step),
            None => self.complete(turn, ""),
        }
        true
    }

    fn play_step(&mut self, turn: &str, step: SessionStep) {
        match step {
            SessionStep::Text(text) => self.write(turn, &text, "final_answer"),
            SessionStep::Commentary(text) => self.write(turn, &text, "commentary"),
            SessionStep::Calls(calls) => self.ask(turn, calls),
            SessionStep::SubagentCalls(name, calls) => self.ask_by_subagent(turn, &name, calls),
            SessionStep::Require(action) => self.require(turn, action),
            SessionStep::RefuseResults(count) => {
                if let Some(session) = self.state.agents.sessions.get_mut(&self.session) {
                    session.refused_results = count;
                }
            }
            SessionStep::Error(code, message) => {
                let error = json!({"type": "server_error", "code": code, "message": message, "param": null});
                self.events.error(error);
            }
            SessionStep::Send(event) => self.events.add(Event::typed(&event)),
            SessionStep::Artifact(path, content) => self.leave_file(turn, &path, content),
            SessionStep::BudgetReached => {
                let error = json!({"code": "session_budget_exceeded", "message": "The budget is reached."});
                self.change_turn(turn, "failed", json!({"completed_at": self.call.now(), "error": error}));
                self.drop_script();
                self.pause_as("idle", "budget_reached");
            }
            SessionStep::FailTurn(code, message) => {
                let error = json!({"code": code, "message": message});
                self.drop_script();
                self.enter(turn, "failed", json!({"completed_at": self.call.now(), "error": error}));
                self.rest();
            }
            SessionStep::FailSession(message) => {
                let error = json!({"code": "internal_error", "message": message});
                self.change_turn(turn, "failed", json!({"completed_at": self.call.now(), "error": error}));
                self.set_session(json!({"error": message}));
                self.drop_script();
                self.pause_as("failed", "failed");
            }
            SessionStep::CancelTurn => self.cancel(),
        }
    }

    /// The rest of a script is for nothing once its turn has ended.
    pub(super) fn drop_script(&mut self) {
        if let Some(session) = self.state.agents.sessions.get_mut(&self.session) {
            session.script = None;
        }
    }

    /// Refuses a result, if a script says so.
    pub(super) fn refuse_result(&mut self, call_id: &str) -> Result<(), Refusal> {
        match self.state.agents.sessions.get_mut(&self.session) {
            Some(session) if session.refused_results > 0 => {
                session.refused_results -= 1;
                Err(unknown_call(call_id))
            }
            _ => Ok(()),
        }
    }

    fn require(&mut self, turn: &str, mut action: Value) {
        if action["request_id"].is_null() {
            action["request_id"] = Value::from(self.rng.id("approval_"));
        }
        if action["turn_id"].is_null() {
            action["turn_id"] = Value::from(turn);
        }
        self.change_turn(turn, "waiting", json!({}));
        self.set_session(json!({"required_actions": [action]}));
        self.pause("requires_action");
    }

    /// Takes the answer to a request that the session waits for.
    pub(super) fn take_approval(&mut self, answer: &Value) -> Result<(), Refusal> {
        let mut actions = self.session()["required_actions"].as_array().cloned().unwrap_or_default();
        let is_meant = |action: &Value| !action["request_id"].is_null() && action["request_id"] == answer["request_id"];
        let Some(index) = actions.iter().position(is_meant) else {
            let id = answer["request_id"].as_str().unwrap_or_default();
            return Err(Refusal::state(format!("Unknown pending request: {id}")).code("invalid_request_error"));
        };
        let turn = actions.remove(index)["turn_id"].as_str().unwrap_or_default().to_owned();
        if answer["response"]["decision"] == "cancel" {
            self.cancel();
            return Ok(());
        }
        let is_last = actions.is_empty();
        self.set_session(json!({"required_actions": actions}));
        if is_last {
            self.announce();
            self.enter(&turn, "in_progress", json!({}));
        }
        Ok(())
    }

    /// Lets a subagent call functions. The turn waits with it.
    fn ask_by_subagent(&mut self, turn: &str, name: &str, calls: Vec<(String, String)>) {
        let now = self.call.now();
        let agent = self.session()["agent"]["id"].clone();
        let subagent = json!({
            "id": self.rng.id("subagent_"), "object": "agent.session.subagent", "session_id": self.session, "name": name,
            "instructions": null, "parent_agent_id": agent, "status": "active", "opened_at": now, "closed_at": null,
        });
        let turn_of_it = json!({
            "id": self.rng.id("turn_"), "object": "agent.session.turn", "session_id": self.session, "agent_id": agent,
            "subagent_id": subagent["id"], "status": "queued", "created_at": now, "started_at": null,
            "completed_at": null, "error": null, "usage": null,
        });
        self.events.subagent("created", &subagent);
        if let Some(session) = self.state.agents.sessions.get_mut(&self.session) {
            session.subagents.push(subagent);
        }
        let id = id_of(&turn_of_it);
        self.events.turn("created", &turn_of_it);
        self.state.agents.turns.insert(id.clone(), turn_of_it, 0);
        self.enter(&id, "in_progress", json!({"started_at": now}));
        self.change_turn(turn, "waiting", json!({}));
        self.ask(&id, calls);
    }

    /// A turn whose calls are answered goes on. That of a subagent has nothing more to do, and the turn that waits for it
    /// does.
    pub(super) fn go_on(&mut self, turn: &str) {
        let subagent = self.state.agents.turns.get(turn).map(|turn| turn["subagent_id"].clone()).unwrap_or_default();
        if subagent.is_null() {
            self.enter(turn, "in_progress", json!({}));
            return;
        }
        self.enter(turn, "completed", json!({"completed_at": self.call.now()}));
        let now = self.call.now();
        let session = self.state.agents.sessions.get_mut(&self.session);
        let closed = session.and_then(|session| session.subagents.iter_mut().find(|known| known["id"] == subagent));
        if let Some(closed) = closed {
            closed["status"] = Value::from("closed");
            closed["closed_at"] = Value::from(now);
            self.events.subagent("closed", closed);
        }
        if let Some(waiting) = self.active_turn() {
            self.enter(&id_of(&waiting), "in_progress", json!({}));
        }
    }

    fn leave_file(&mut self, turn: &str, path: &str, content: String) {
        let id = self.rng.id("artifact_");
        let environment = match &self.session()["environment"]["id"] {
            Value::String(id) => id.clone(),
            _ => self.rng.id("env_"),
        };
        let object = json!({
            "id": id, "object": "agent.session.artifact", "session_id": self.session, "environment_id": environment,
            "turn_id": turn, "path": path, "size_bytes": content.len(), "created_at": self.call.now(),
        });
        let artifact = SessionArtifact { object, bytes: Bytes::from(content) };
        self.state.agents.artifacts.insert(id, artifact, 0);
    }
}
