//! Input for a response that is under way, and what becomes of it.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use openai_runtime::WebSocketClosed;
use openai_runtime::input::IntoField;
use openai_runtime::json;

use super::desk::LaneDesk;
use super::{ResponseCreateEvent, ResponsesSender, desk_of};
use crate::responses::input::InputItem;
use crate::support::websocket::SendError;
use crate::types::{
    ResponseInput, ResponseSteerErrorCode, ResponseSteerEvent, ResponseSteerInput, ResponseSteerRequiredInput,
};
use crate::{Bytes, Error, ErrorKind, Result};

/// A steer that was sent: input for a response that is under way.
///
/// The server queues it, and at the next chance ends the response early, with the reason `steered`, and makes a successor
/// with the new input. The future that asks for the state drives the connection; what comes meanwhile is kept for whoever
/// reads it. Dropping the steer takes nothing back.
pub struct ResponseSteer {
    sender: ResponsesSender,
    desk: Arc<LaneDesk>,
    key: u64,
    parent: String,
    /// The pending state was given.
    was_pending: bool,
}

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

impl ResponsesSender {
    /// Gives a response that is under way more input: user messages, or the text of one. Needs a WebSocket; a response
    /// that is streamed over HTTP cannot be steered.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::SteerState;
    /// use openai_ext::types::ResponseStreamEvent;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut connection = client.responses().connect().await?;
    /// connection.response_create("gpt-5.5", "Plan a week in Norway").await?;
    /// let Some(ResponseStreamEvent::ResponseCreated(event)) = connection.next().await.transpose()? else { return Ok(()) };
    /// let mut steer = connection.steer(event.response.id, "By train, please").await?;
    /// match steer.outcome().await {
    ///     SteerState::Committed { response_id, .. } => println!("{response_id} goes by train"),
    ///     SteerState::Failed(failure) => println!("{}: {:?}", failure.code, failure.input),
    ///     other => println!("{other:?}"),
    /// }
    /// let steered = connection.next_response().await?; // incomplete, with the reason `steered`
    /// let by_train = connection.next_response().await?;
    /// # let _ = (steered, by_train);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It ends when the event was written. The server refuses it for responses with a `conversation` or with automatic
    /// compaction.
    ///
    /// # Errors
    /// As [`send`](Self::send); of kind [`Limit`](ErrorKind::Limit) if 1024 steers of the connection have not come to
    /// an end. The error has the event. If the connection is lost while it is sent, it is not sent again.
    pub async fn steer<K>(
        &self,
        previous_response_id: impl Into<String>,
        input: impl IntoField<ResponseSteerInput, K>,
    ) -> Result<ResponseSteer, SendError<ResponseSteerEvent>> {
        let event = ResponseSteerEvent::new(previous_response_id, input);
        let Some(desk) = desk_of(self) else {
            return Err(SendError::new(event, Error::new(ErrorKind::InvalidRequest, "the connection has no lanes")));
        };
        let key = desk.lock().steers.add(&event.previous_response_id, &event.input);
        let key = match key {
            Ok(key) => key,
            Err(error) => return Err(SendError::new(event, error)),
        };
        // It is forgotten if this future is dropped before it is queued.
        let parent = event.previous_response_id.clone();
        let steer = ResponseSteer { sender: self.clone(), desk, key, parent, was_pending: false };
        let text = Bytes::from(json::to_vec(&event));
        let mut number = None;
        let mut queued = |number| steer.desk.lock().steers.sent(key, number);
        match poll_fn(|context| self.poll_send(context, &text, &mut number, &mut queued)).await {
            Ok(()) => Ok(steer),
            Err(error) => {
                steer.desk.lock().steers.remove(key);
                Err(SendError::new(event, error))
            }
        }
    }
}

impl ResponseSteer {
    /// The id of the response that is steered.
    #[must_use]
    pub fn previous_response_id(&self) -> &str {
        &self.parent
    }

    /// The state, as far as it is known without waiting.
    #[must_use]
    pub fn state(&self) -> SteerState {
        self.desk.lock().steers.state(self.key)
    }

    /// Waits for the server's first answer: accepted, pending or failed. It is
    /// [`Unknown`](SteerState::Unknown) if the connection is lost before.
    pub async fn answer(&mut self) -> SteerState {
        self.wait(|state| !matches!(state, SteerState::Sent)).await
    }

    /// Waits until it is known what became of it: committed, failed or unknown. If it is
    /// [`Pending`](SteerState::Pending), that is given once, because the program has to do something about it.
    ///
    /// A future that is dropped loses nothing.
    pub async fn outcome(&mut self) -> SteerState {
        let was_pending = self.was_pending;
        let is_told =
            |state: &SteerState| state.is_final() || (!was_pending && matches!(state, SteerState::Pending(_)));
        let state = self.wait(is_told).await;
        self.was_pending |= matches!(state, SteerState::Pending(_));
        state
    }

    /// Waits until the successor was created, and gives its id.
    ///
    /// # Errors
    /// Of kind [`Stream`](ErrorKind::Stream): the server did not take it, and the error's
    /// [`detail`](Error::detail) is the [`SteerFailure`]; or it waits for input, and the detail is the
    /// [`SteerPending`]. Of kind [`Connection`](ErrorKind::Connection): the connection was lost before that was known.
    pub async fn committed(&mut self) -> Result<String> {
        match self.outcome().await {
            SteerState::Committed { response_id, .. } => Ok(response_id),
            SteerState::Failed(failure) => {
                let event = serde_json::json!({"error": {
                    "type": "invalid_request_error", "code": failure.code.to_string(), "message": failure.message,
                }});
                Err(self.sender.redactor().error(Error::from_event(&event)).with_detail(failure))
            }
            SteerState::Pending(pending) => {
                let count = pending.required_input.len();
                let message = format!("the steered response waits for {count} outputs before it goes on");
                Err(Error::new(ErrorKind::Stream, message).with_detail(pending))
            }
            SteerState::Unknown(closed) => {
                let message = format!("{closed} before it was known what became of the steer: it is not sent again");
                Err(Error::new(ErrorKind::Connection, message).with_source(closed))
            }
            SteerState::Sent | SteerState::Accepted { .. } => {
                Err(Error::new(ErrorKind::Truncated, "the connection ended without an answer to the steer"))
            }
        }
    }

    async fn wait(&self, fits: impl Fn(&SteerState) -> bool) -> SteerState {
        let found = poll_fn(|context| {
            self.sender.poll_until(context, |waker| self.desk.lock().steers.state_if(self.key, waker, &fits))
        });
        match found.await {
            Some(state) => state,
            None => self.state(),
        }
    }
}

impl Drop for ResponseSteer {
    fn drop(&mut self) {
        self.desk.lock().steers.leave(self.key);
    }
}

impl fmt::Debug for ResponseSteer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseSteer").field("previous_response_id", &self.parent).finish_non_exhaustive()
    }
}
