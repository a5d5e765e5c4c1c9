//! The error of a run that cannot go on.

use openai_runtime::{Error, ErrorKind};

use super::super::control::Halt;
use super::super::record::{ToolApi, ToolRun};
use crate::support::stop::Stop;
use crate::tools::outcome::ToolError;

pub(super) fn error<A: ToolApi>(halt: Halt, record: &ToolRun<A>) -> Error {
    let error = match halt {
        Halt::Cancelled => Stop::error("the run of tools"),
        Halt::Deadline(limit) => {
            Error::new(ErrorKind::Timeout, format!("the run of tools did not end within {limit:?}"))
        }
        Halt::Limit(turns) => Error::new(
            ErrorKind::Limit,
            format!("the model still calls tools after {turns} turns: allow more by `with_max_turns`"),
        ),
        Halt::Context(message) => Error::new(ErrorKind::Limit, message),
        Halt::Tool(place) => match record.calls.get(place).and_then(|outcome| Some((outcome, outcome.abort()?))) {
            Some((outcome, error)) => {
                let message = format!("tool {:?} failed: {}", outcome.call.name, outcome.output().to_text());
                Error::new(ErrorKind::Callback, message).with_source(error.clone())
            }
            None => Error::new(ErrorKind::Callback, "a tool failed"),
        },
        Halt::Panicked(message) => {
            Error::new(ErrorKind::Callback, message.clone()).with_source(ToolError::Panicked(message))
        }
        Halt::Failed(error) => error,
    };
    if record.early.is_empty() {
        return error;
    }
    let names: Vec<String> =
        record.early.iter().map(|outcome| format!("{:?} ({:?})", outcome.call.name, outcome.call.id)).collect();
    error.prefixed(&format!(
        "calls ran before their answer was whole, and their outcomes are kept: {}",
        names.join(", ")
    ))
}
