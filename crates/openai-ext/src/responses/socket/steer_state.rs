//! The state of a steer.

use openai_runtime::WebSocketClosed;
use openai_runtime::json;

use super::ResponseCreateEvent;
use crate::responses::input::InputItem;
use crate::types::{ResponseInput, ResponseSteerErrorCode, ResponseSteerInput, ResponseSteerRequiredInput};
use crate::{Error, ErrorKind, Result};

/// The state of a steer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SteerState {
    /// It was sent, and the server has not answered.
    Sent,
    /// The server queued it. It has no effect before there is a successor.
    Accepted {
        /// The server's id of the steer.
        steer_id: String,
    },
    /// The response has ended with calls that have no output, so the server waits for these. It goes on with one
    /// `response.create` on the same lane: [`SteerPending::request`].
    Pending(SteerPending),
    /// The successor was created, with the input.
    Committed {
        /// The server's id of the steer.
        steer_id: Option<String>,
        /// The id of the successor.
        response_id: String,
    },
    /// The server did not take it, and gave the input back.
    Failed(SteerFailure),
    /// The connection was lost before that was known. It is not sent again.
    Unknown(WebSocketClosed),
}

impl SteerState {
    /// Tells whether the state will not change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Committed { .. } | Self::Failed(_) | Self::Unknown(_))
    }
}

/// The input that a response needs before its steer can take effect.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SteerPending {
    /// The server's id of the steer.
    pub steer_id: String,
    /// The response that was steered.
    pub previous_response_id: String,
    /// The lane that the request has to be sent on; `None` is the connection itself.
    pub stream_id: Option<String>,
    /// The reason that the server gives, as `waiting_for_required_input`.
    pub reason: String,
    /// The outputs that are missing, without their content.
    pub required_input: Vec<ResponseSteerRequiredInput>,
}

/// A steer that the server did not take.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SteerFailure {
    /// The server's id of the steer, if it had accepted it before.
    pub steer_id: Option<String>,
    /// The response that was to be steered.
    pub previous_response_id: String,
    /// The reason.
    pub code: ResponseSteerErrorCode,
    /// The reason in words.
    pub message: String,
    /// The input, as the server gave it back.
    pub input: ResponseSteerInput,
}

impl SteerPending {
    /// Makes the request that the server waits for, of one output for each of `required_input`. The queued input goes
    /// before them. Set its model and tools, and send it once, on the lane of the response.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::SteerPending;
    ///
    /// # async fn run(connection: &openai_ext::responses::ResponsesConnection, pending: SteerPending) -> openai_ext::Result<()> {
    /// let output = InputItem::function_call_output(ToolCallId::new("call_1"), "It rains");
    /// connection.send(pending.request([output])?.model("gpt-5.5")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): one of the required outputs is missing.
    pub fn request(&self, outputs: impl IntoIterator<Item = InputItem>) -> Result<ResponseCreateEvent> {
        let outputs: Vec<InputItem> = outputs.into_iter().collect();
        let given: Vec<String> = outputs.iter().filter_map(|item| answered(&json::to_value(item))).collect();
        let required = self.required_input.iter().filter_map(|stub| answered(&json::to_value(stub)));
        let missing: Vec<String> = required.filter(|id| !given.contains(id)).collect();
        if !missing.is_empty() {
            let message = format!("the steered response waits for outputs of {} as well", missing.join(", "));
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let mut request = ResponseCreateEvent::new().previous_response_id(self.previous_response_id.as_str());
        request.input = Some(ResponseInput::List(outputs));
        request.stream_id.clone_from(&self.stream_id);
        Ok(request)
    }
}

/// The id of what an output is an answer to.
fn answered(item: &json::Value) -> Option<String> {
    let id = item.get("call_id").or_else(|| item.get("approval_request_id")).or_else(|| item.get("id"))?;
    id.as_str().map(str::to_owned)
}
