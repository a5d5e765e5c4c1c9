//! `/responses` where nothing is remembered: there is a response of any id.

use serde_json::Value;

use super::response_answer;
use crate::call::Call;
use crate::model::{self, ModelResponse};
use crate::wire::Reply;

pub(crate) fn create(call: &Call<'_>) -> Reply {
    let answer = response_answer::of(call);
    if call.wants_stream() { Reply::events(model::events(&answer)) } else { finished(call, &answer) }
}

pub(crate) fn retrieve(call: &Call<'_>) -> Reply {
    let answer = response_answer::of(call);
    if !call.wants_stream() {
        return finished(call, &answer);
    }
    let seen = call.query("starting_after").and_then(|number| number.parse::<usize>().ok());
    Reply::events(model::events(&answer).into_iter().skip(seen.map_or(0, |number| number.saturating_add(1))))
}

pub(crate) fn cancel(call: &Call<'_>) -> Reply {
    let mut body = response_answer::of(call).body("cancelled", true);
    body["background"] = Value::Bool(true);
    Reply::json(call.operation.response.status, &body)
}

fn finished(call: &Call<'_>, answer: &ModelResponse) -> Reply {
    Reply::json(call.operation.response.status, &answer.body(answer.last_status(), true))
}
