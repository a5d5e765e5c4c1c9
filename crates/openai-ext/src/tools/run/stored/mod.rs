//! Runs as JSON, so that another process can resume them.

pub(crate) mod checkpoint;

use std::sync::Arc;
use std::time::Duration;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Error, Map, Value, json};

use super::record::{RunPhase, StopReason, ToolApi, ToolRun};
use crate::tools::outcome::{OnFailure, ToolCall, ToolError, ToolOutcome};
use crate::tools::output::ToolOutput;
use crate::tools::secrets::without_secrets;

/// Writes all that is public of a run, and what [`resume_tools`](crate::tools::ToolRunner::resume_tools) needs. Tools are not
/// written: a run that was read again is resumed by `call.run_tools(&tools).resume_tools(run)`. An error is written by its
/// kind and text.
impl<A> Serialize for ToolRun<A>
where
    A: ToolApi<Reply: Serialize, Item: Serialize, Usage: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = json!({
            "version": VERSION,
            "phase": phase_name(self.phase),
            "stop": stop_name(self.stop),
            "replies": self.replies.iter().map(stored).collect::<Vec<_>>(),
            "items": self.items,
            "calls": outcomes(&self.calls),
            "pending": self.pending.iter().map(call).collect::<Vec<_>>(),
            "usage": self.usage,
            "partial": self.partial.as_ref().map(stored),
            "duration": self.duration,
            "sent": self.sent,
            "answered": outcomes(&self.answered),
            "attempted": self.attempted.iter().map(call).collect::<Vec<_>>(),
            "early": outcomes(&self.early),
            "order": self.order,
            "unsent": self.unsent,
            "context": self.context,
        });
        json.serialize(serializer)
    }
}

impl<'de, A> Deserialize<'de> for ToolRun<A>
where
    A: ToolApi<Reply: DeserializeOwned, Item: DeserializeOwned, Usage: DeserializeOwned>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut json = Map::deserialize(deserializer)?;
        read(&mut json).map_err(D::Error::custom)
    }
}

fn read<A>(json: &mut Map<String, Value>) -> Result<ToolRun<A>, Error>
where
    A: ToolApi<Reply: DeserializeOwned, Item: DeserializeOwned, Usage: DeserializeOwned>,
{
    let version = optional::<u64>(json, "version")?;
    if version > VERSION {
        let message = format!("the run has the version {version}: this version of the SDK reads up to {VERSION}");
        return Err(Error::custom(message));
    }
    let phase = optional::<Option<String>>(json, "phase")?;
    let phase = phase.map_or(Some(RunPhase::Ended), |name| named(&PHASES, &name));
    let stop: String = required(json, "stop")?;
    Ok(ToolRun {
        phase: phase.ok_or_else(|| Error::custom("`phase` is none of the phases of a run"))?,
        stop: named(&STOPS, &stop).ok_or_else(|| Error::custom("`stop` is none of the reasons why a run ends"))?,
        replies: required(json, "replies")?,
        // They tell of responses that are long gone.
        heads: Vec::new(),
        items: required(json, "items")?,
        calls: read_outcomes(required(json, "calls")?)?,
        pending: required::<Vec<Value>>(json, "pending")?.iter().map(read_call).collect::<Result<_, _>>()?,
        usage: required(json, "usage")?,
        partial: required(json, "partial")?,
        duration: required(json, "duration")?,
        sent: required(json, "sent")?,
        answered: read_outcomes(required(json, "answered")?)?,
        // Runs that were stored before version 1 have none of these.
        attempted: optional::<Vec<Value>>(json, "attempted")?.iter().map(read_call).collect::<Result<_, _>>()?,
        early: read_outcomes(optional(json, "early")?)?,
        order: optional(json, "order")?,
        unsent: optional(json, "unsent")?,
        context: optional(json, "context")?,
        toolbox: None,
    })
}

fn optional<T: DeserializeOwned + Default>(json: &mut Map<String, Value>, name: &str) -> Result<T, Error> {
    if json.contains_key(name) { required(json, name) } else { Ok(T::default()) }
}

fn required<T: DeserializeOwned>(json: &mut Map<String, Value>, name: &str) -> Result<T, Error> {
    let value = json.remove(name).ok_or_else(|| Error::custom(format!("`{name}` is missing")))?;
    serde_json::from_value(value).map_err(|error| Error::custom(format!("`{name}`: {error}")))
}

/// The version of the JSON that is written.
const VERSION: u64 = 1;

const PHASES: [(RunPhase, &str); 5] = [
    (RunPhase::Request, "request"),
    (RunPhase::Streaming, "streaming"),
    (RunPhase::Calls, "calls"),
    (RunPhase::Boundary, "boundary"),
    (RunPhase::Ended, "ended"),
];

const STOPS: [(StopReason, &str); 11] = [
    (StopReason::Final, "final"),
    (StopReason::ToolChoice, "tool_choice"),
    (StopReason::ActionRequired, "action_required"),
    (StopReason::Unfinished, "unfinished"),
    (StopReason::LimitReached, "limit_reached"),
    (StopReason::Cancelled, "cancelled"),
    (StopReason::DeadlineReached, "deadline_reached"),
    (StopReason::ToolFailed, "tool_failed"),
    (StopReason::RequestFailed, "request_failed"),
    (StopReason::ContextExceeded, "context_exceeded"),
    (StopReason::InProgress, "in_progress"),
];

fn named<T: Copy>(names: &[(T, &str)], name: &str) -> Option<T> {
    names.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
}

#[inline]
fn phase_name(phase: RunPhase) -> &'static str {
    PHASES.iter().find(|(known, _)| *known == phase).map_or("ended", |(_, name)| name)
}

#[inline]
fn stop_name(stop: StopReason) -> &'static str {
    STOPS.iter().find(|(known, _)| *known == stop).map_or("request_failed", |(_, name)| name)
}

/// Returns the JSON of an answer. One that repeats the tools of its request loses their credentials.
#[inline]
fn stored(reply: &impl Serialize) -> Value {
    serde_json::to_value(reply).map_or(Value::Null, without_secrets)
}

#[inline]
fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "name": call.name, "arguments": call.arguments, "is_custom": call.is_custom})
}

#[inline]
fn read_call(json: &Value) -> Result<ToolCall, Error> {
    let text = |name: &str| {
        let text = json.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| Error::custom(format!("a call has no `{name}`")))
    };
    let is_custom = json.get("is_custom").and_then(Value::as_bool).unwrap_or_default();
    Ok(ToolCall { id: text("id")?, name: text("name")?, arguments: text("arguments")?, is_custom })
}

#[inline]
fn outcomes(outcomes: &[ToolOutcome]) -> Vec<Value> {
    let outcome = |outcome: &ToolOutcome| {
        let (result, value) = match &outcome.result {
            Ok(output) => ("output", output.as_parts().map_or_else(|| output.to_text().into(), Value::from)),
            Err(error) => ("error", error_json(error, outcome)),
        };
        let on_failure = if outcome.on_failure == OnFailure::TellModel { "tell_model" } else { "abort" };
        json!({"call": call(&outcome.call), result: value, "duration": outcome.duration, "on_failure": on_failure})
    };
    outcomes.iter().map(outcome).collect()
}

#[inline]
fn read_outcomes(list: Vec<Value>) -> Result<Vec<ToolOutcome>, Error> {
    let outcome = |mut json: Value| {
        if !json.is_object() {
            return Err(Error::custom("a call is no object"));
        }
        let duration = serde_json::from_value(json["duration"].take())?;
        let on_failure = if json["on_failure"] == "tell_model" { OnFailure::TellModel } else { OnFailure::Abort };
        let result = match (json["output"].take(), &json["error"]) {
            (Value::String(text), _) => Ok(ToolOutput::text(text)),
            (Value::Array(parts), _) => Ok(ToolOutput::parts(parts).map_err(Error::custom)?),
            (_, error) => Err(Arc::new(read_error(error)?)),
        };
        Ok(ToolOutcome { call: read_call(&json["call"])?, result, duration, on_failure })
    };
    list.into_iter().map(outcome).collect()
}

#[inline]
fn error_json(error: &ToolError, outcome: &ToolOutcome) -> Value {
    let kind = match error {
        ToolError::Unknown { name, available } => {
            return json!({"kind": "unknown", "name": name, "available": available});
        }
        ToolError::TimedOut(limit) => return json!({"kind": "timed_out", "limit": limit}),
        ToolError::Panicked(message) => return json!({"kind": "panicked", "message": message}),
        ToolError::Cancelled => return json!({"kind": "cancelled"}),
        ToolError::Arguments(_) => "arguments",
        ToolError::Reported(_) => "reported",
        ToolError::Failed(_) => "failed",
    };
    // The text of an error may be the program's own code, which is kept from harm there.
    json!({"kind": kind, "message": outcome.output().to_text()})
}

#[inline]
fn read_error(json: &Value) -> Result<ToolError, Error> {
    let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
    let message = text("message");
    Ok(match json["kind"].as_str() {
        Some("unknown") => {
            let available = json["available"].as_array().into_iter().flatten();
            let available = available.filter_map(|name| name.as_str().map(str::to_owned)).collect();
            ToolError::Unknown { name: text("name"), available }
        }
        Some("timed_out") => ToolError::TimedOut(Duration::deserialize(&json["limit"])?),
        Some("panicked") => ToolError::Panicked(message),
        Some("cancelled") => ToolError::Cancelled,
        Some("arguments") => ToolError::arguments(message),
        Some("reported") => ToolError::Reported(message),
        Some("failed") => ToolError::failed(message),
        _ => return Err(Error::custom("a call has neither an output nor an error of a known kind")),
    })
}
