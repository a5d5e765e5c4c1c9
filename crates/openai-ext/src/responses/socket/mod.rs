//! Responses over WebSocket: one connection for many responses, each asked for by an event.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//!
//! # async fn run(client: Client) -> openai_ext::Result<()> {
//! let mut connection = client.responses().connect().await?;
//! connection.response_create("gpt-5.5", "Pick a number").await?;
//! let first = connection.next_response().await?;
//! println!("{}", first.output_text());
//! connection.close(1000, "").await?;
//! # Ok(())
//! # }
//! ```
//!
//! What holds for every connection is said at [`Connection`]. An `error` event of the
//! server is an event as any other, and the connection goes on.

mod desk;
mod label;
mod lane;
mod limits;
#[cfg(feature = "tools")]
mod run_tools;
mod slot;
mod steer;
mod steer_state;
mod steers;
mod unanswered;
mod uncertain;

use std::any::Any;
use std::sync::Arc;

use openai_runtime::Endpoint;

use self::desk::LaneDesk;
pub use self::lane::ResponseLane;
pub use self::limits::LaneLimits;
#[cfg(feature = "tools")]
pub use self::run_tools::SocketTools;
pub use self::steer::ResponseSteer;
pub use self::steer_state::{SteerFailure, SteerPending, SteerState};
pub use self::uncertain::UncertainDelivery;
use super::stream::ResponseAccumulator;
use crate::Result;
use crate::request::Operation;
use crate::resources::responses::{CreateOperation, Responses};
use crate::support::websocket::{
    ClientEvent, Connect, Connection, Desk, Receiver, Reconnectable, SendError, Sender, ServerEvent,
};
use crate::types::{Response, ResponseInput, ResponseStreamEvent, ResponsesClientEventResponseCreate, ResponsesModel};

/// The request for a response over a socket: the fields of a call of `responses().create()`.
pub type ResponseCreateEvent = ResponsesClientEventResponseCreate;
/// A connection for responses that is to be opened.
pub type ResponsesConnect = Connect<ResponseCreateEvent, ResponseStreamEvent>;
/// A connection for responses.
pub type ResponsesConnection = Connection<ResponseCreateEvent, ResponseStreamEvent>;
/// The half of a connection for responses that asks for them.
pub type ResponsesSender = Sender<ResponseCreateEvent>;
/// The half of a connection for responses that receives them.
pub type ResponsesReceiver = Receiver<ResponseStreamEvent>;

static ENDPOINT: Endpoint = Endpoint {
    id: "connect-responses",
    path: "/responses",
    // The events have the fields of this operation.
    secrets: CreateOperation::ENDPOINT.secrets,
    ..Endpoint::DEFAULT
};

/// Responses over WebSocket.
pub trait ResponsesConnectExt {
    /// Opens a connection: a WebSocket at `/responses`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::ResponseCreateEvent;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut connection = client.responses().connect().await?;
    /// connection.response_create("gpt-5.5", "Pick a number").await?;
    /// let first = connection.next_response().await?;
    ///
    /// let next = ResponseCreateEvent::new().model("gpt-5.5").input("Double it").previous_response_id(first.id);
    /// connection.send(next).await?;
    /// let second = connection
    ///     .next_response_with(|event| print!("{}", event.text_delta().unwrap_or_default()))
    ///     .await?;
    /// # let _ = second;
    /// # Ok(())
    /// # }
    /// ```
    fn connect(&self) -> ResponsesConnect;
}

impl ResponsesConnectExt for Responses {
    #[inline]
    fn connect(&self) -> ResponsesConnect {
        Connect::new(&self.client, &ENDPOINT, None).with_desk(Arc::new(LaneDesk::default()))
    }
}

impl ResponsesConnect {
    /// Limits how many lanes the connection has, and what may wait on them.
    pub fn with_lane_limits(self, limits: LaneLimits) -> Self {
        if let Some(desk) = self.desk().cloned().and_then(as_lanes) {
            desk.lock().limits = limits;
        }
        self
    }
}

/// The lanes of a connection for responses.
fn desk_of(sender: &ResponsesSender) -> Option<Arc<LaneDesk>> {
    sender.desk().and_then(as_lanes)
}

fn as_lanes(desk: Arc<dyn Desk>) -> Option<Arc<LaneDesk>> {
    let desk: Arc<dyn Any + Send + Sync> = desk;
    desk.downcast().ok()
}

impl ResponsesSender {
    /// Asks for a response. To set more than the model and the input, [`send`](Self::send) a [`ResponseCreateEvent`].
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn response_create(
        &self,
        model: impl Into<ResponsesModel>,
        input: impl Into<ResponseInput>,
    ) -> Result<(), SendError<ResponseCreateEvent>> {
        self.send(ResponseCreateEvent::new().model(model).input(input)).await
    }
}

impl ClientEvent for ResponseCreateEvent {}

impl ServerEvent for ResponseStreamEvent {
    type Accumulator = ResponseAccumulator;
}

/// A new connection asks for responses as the old one did.
impl Reconnectable for ResponseStreamEvent {}

impl ResponsesReceiver {
    /// Reads on to the end of the next response, and gives the whole of it: completed, failed or incomplete, none of
    /// which is an error here.
    ///
    /// It puts the events together as they come, and so is for responses one after another. Of those with a `stream_id`,
    /// which may be mixed, read the events.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream): the server sent an `error` event in place of the response; the
    /// connection goes on. Of kind [`Truncated`](crate::ErrorKind::Truncated) or
    /// [`Connection`](crate::ErrorKind::Connection): the connection ended, or was made anew, and the response will not
    /// come.
    #[inline]
    pub async fn next_response(&mut self) -> Result<Response> {
        self.next_response_with(|_| {}).await
    }

    /// As [`next_response`](Self::next_response), and shows each event.
    ///
    /// # Errors
    /// The same.
    pub async fn next_response_with(&mut self, mut show: impl FnMut(&ResponseStreamEvent)) -> Result<Response> {
        loop {
            let event = self.next_of_response().await?;
            show(&event);
            let pushed = self.accumulator.push(&event);
            if pushed.is_err() || self.accumulator.is_complete() {
                let response = std::mem::take(&mut self.accumulator);
                return pushed.and_then(|()| response.finish()).map_err(|error| self.redacted(error));
            }
        }
    }

    /// Returns the accumulator of the response in progress, between two calls of
    /// [`next_response`](Self::next_response).
    #[must_use]
    #[inline]
    pub fn accumulator(&self) -> &ResponseAccumulator {
        &self.accumulator
    }
}

impl ResponsesConnection {
    /// Reads on to the end of the next response, and gives the whole of it.
    ///
    /// # Errors
    /// As [`ResponsesReceiver::next_response`].
    #[inline]
    pub async fn next_response(&mut self) -> Result<Response> {
        self.receiver.next_response().await
    }

    /// Prepares the server for a response that begins with this request: its tools, instructions and input are read, and
    /// no output is made (`generate` is false). Continue from the response's id.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::ResponseCreateEvent;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut connection = client.responses().connect().await?;
    /// let ready = connection.prewarm(ResponseCreateEvent::new().model("gpt-5.5").instructions("Be brief.")).await?;
    /// let next = ResponseCreateEvent::new().model("gpt-5.5").input("Pick a number").previous_response_id(ready.id);
    /// connection.send(next).await?;
    /// println!("{}", connection.next_response().await?.output_text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`send`](super::ResponsesSender::send) and of [`next_response`](Self::next_response).
    pub async fn prewarm(&mut self, request: impl Into<ResponseCreateEvent>) -> Result<Response> {
        self.sender.send(request.into().generate(false)).await?;
        self.next_response().await
    }

    /// As [`next_response`](Self::next_response), and shows each event.
    ///
    /// # Errors
    /// The same.
    pub async fn next_response_with(&mut self, show: impl FnMut(&ResponseStreamEvent)) -> Result<Response> {
        self.receiver.next_response_with(show).await
    }
}
