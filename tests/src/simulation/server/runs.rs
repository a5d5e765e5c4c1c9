//! Runs of assistants, as streams: some call a tool before they answer.

use serde_json::{Value, json};

use super::exchange::{Answer, ServerRequest};
use super::models::{parts, reply_text, stream, token_of, tool_turns};
use super::state::SimulatedServer;
use crate::simulation::random::Random;

impl SimulatedServer {
    pub(super) fn serve_run(&mut self, request: &ServerRequest, rest: &[&str]) -> Answer {
        let body = request.json();
        match rest {
            [] => {
                let token = token_of(body["instructions"].to_string().as_bytes());
                let needs_tool = tool_turns(&token) % 2 == 1;
                events_of_run(&token, needs_tool, &mut self.random)
            }
            [id, "submit_tool_outputs"] => match id.strip_prefix("run_") {
                Some(token) => events_of_run(token, false, &mut self.random),
                None => Answer::error(404),
            },
            _ => Answer::error(404),
        }
    }
}

fn events_of_run(token: &str, needs_tool: bool, random: &mut Random) -> Answer {
    let run = |status: &str, action: Value| {
        json!({
            "id": format!("run_{token}"), "object": "thread.run", "created_at": 1, "thread_id": "thread_1",
            "assistant_id": "asst_1", "status": status, "required_action": action, "model": "m", "instructions": "",
            "tools": [], "metadata": {},
        })
    };
    let mut events = vec![("thread.run.in_progress", run("in_progress", Value::Null))];
    if needs_tool {
        let call =
            json!({"id": format!("call_{token}"), "type": "function", "function": {"name": "add", "arguments": "{}"}});
        let action = json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [call]}});
        events.push(("thread.run.requires_action", run("requires_action", action)));
    } else {
        let text = reply_text(token);
        let content = |text: &str| json!([{"type": "text", "text": {"value": text, "annotations": []}}]);
        let message = |status: &str, content: Value| {
            json!({
                "id": format!("msg_{token}"), "object": "thread.message", "created_at": 1, "thread_id": "thread_1",
                "run_id": format!("run_{token}"), "role": "assistant", "status": status, "content": content, "metadata": {},
            })
        };
        events.push(("thread.message.created", message("in_progress", json!([]))));
        for part in parts(&text, random) {
            let part = json!([{"index": 0, "type": "text", "text": {"value": part}}]);
            let delta =
                json!({"id": format!("msg_{token}"), "object": "thread.message.delta", "delta": {"content": part}});
            events.push(("thread.message.delta", delta));
        }
        events.push(("thread.message.completed", message("completed", content(&text))));
        events.push(("thread.run.completed", run("completed", Value::Null)));
    }
    let mut named: Vec<(Option<&str>, String)> = Vec::new();
    for (name, data) in &events {
        named.push((Some(*name), data.to_string()));
    }
    named.push((Some("done"), "[DONE]".to_owned()));
    stream(named, random)
}
