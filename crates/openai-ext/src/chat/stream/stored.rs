//! An accumulator as JSON, so that it can be stored half done.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::accumulator::ChatAccumulator;
use super::state::ChoiceState;
use super::tool_state::ToolState;
use crate::runtime::json;
use crate::types::ChatCompletionMessageToolCall;

/// By hand, so that users' programs need no derive macros of serde.
impl Serialize for ChatAccumulator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tool = |tool: &ToolState| json!([tool.index, tool.done, tool.given]);
        let choice = |choice: &ChoiceState| {
            let tools: Vec<Value> = choice.tools.iter().map(tool).collect();
            json!({"tools": tools, "last": choice.last, "current": choice.current, "done": choice.done})
        };
        let choices: Vec<Value> = self.choices.iter().map(choice).collect();
        let parts = json!({
            "snapshot": self.snapshot, "started": self.started, "parsing": self.parsing, "choices": choices,
        });
        parts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ChatAccumulator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut parts = Value::deserialize(deserializer)?;
        let mut read = Self {
            snapshot: take(&mut parts, "snapshot")?,
            started: take(&mut parts, "started")?,
            parsing: take(&mut parts, "parsing")?,
            choices: take::<Vec<Value>, _>(&mut parts, "choices")?
                .into_iter()
                .map(read_choice)
                .collect::<Result<_, D::Error>>()?,
        };
        let choices = read.snapshot.choices.iter_mut();
        choices.filter_map(|choice| choice.message.tool_calls.as_mut()).flatten().for_each(as_function);
        let fits = read.snapshot.choices.len() == read.choices.len()
            && read.snapshot.choices.is_sorted_by(|a, b| a.index < b.index)
            && read.snapshot.choices.iter().zip(&read.choices).all(|(choice, state)| {
                let calls = choice.message.tool_calls.as_ref().map_or(0, Vec::len);
                calls == state.tools.len() && state.tools.is_sorted_by(|a, b| a.index < b.index)
            });
        if fits { Ok(read) } else { Err(D::Error::custom("the stored state is not that of its snapshot")) }
    }
}

/// Calls of a type that the document does not have are put together as calls of functions, but not read as such.
#[inline]
fn as_function(call: &mut ChatCompletionMessageToolCall) {
    if let ChatCompletionMessageToolCall::Unknown(value) = call
        && let Ok(function) = json::from_value(value)
    {
        *call = ChatCompletionMessageToolCall::Function(function);
    }
}

fn read_choice<E: serde::de::Error>(mut parts: Value) -> Result<ChoiceState, E> {
    let tools: Vec<(i64, bool, Option<i64>)> = take(&mut parts, "tools")?;
    Ok(ChoiceState {
        undone: tools.iter().filter(|(_, done, _)| !done).count(),
        tools: tools.into_iter().map(|(index, done, given)| ToolState::new(index, given, done)).collect(),
        last: take(&mut parts, "last")?,
        current: take(&mut parts, "current")?,
        done: take(&mut parts, "done")?,
        ..ChoiceState::default()
    })
}

fn take<T: DeserializeOwned, E: serde::de::Error>(parts: &mut Value, name: &str) -> Result<T, E> {
    let part = parts.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(part).map_err(|error| E::custom(format!("{name}: {error}")))
}
