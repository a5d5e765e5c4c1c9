//! A lane: responses one after another, beside those of other lanes of the same connection.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use openai_runtime::input::IntoField;
use openai_runtime::{JsonDecoder, json};

use super::desk::{LaneDesk, name};
use super::slot::{LostResponse, Taken};
use super::steer::ResponseSteer;
use super::uncertain::UncertainDelivery;
use super::{ResponseCreateEvent, ResponsesSender, desk_of};
use crate::responses::stream::{ResponseAccumulator, ResponseEvent, StreamProgress};
use crate::support::event_connection::{Accumulate, Wanted};
use crate::support::websocket::{SendError, read};
use crate::types::{
    Response, ResponseInput, ResponseSteerEvent, ResponseSteerInput, ResponseStreamEvent, ResponsesModel,
};
use crate::{Bytes, Error, ErrorKind, Result};

/// A lane of a connection: a `Stream` of the [`ResponseEvent`]s of one response at a time, beside those of other lanes.
///
/// Each lane is a value of its own, for a task of its own. There is no task behind it: whoever waits for anything of the
/// connection drives it, and what comes for another lane is kept there, within [`LaneLimits`](super::LaneLimits). A future
/// that is dropped loses nothing.
///
/// The stream ends with `None` after the last event of each response, and goes on after the next
/// [`create`](Self::create), or with the successor of a response that was [steered](Self::steer).
///
/// If the connection is lost, the response under way ends with an error, whose [`detail`](Error::detail) is
/// an [`UncertainDelivery`]. Nothing is ever sent again by itself. With
/// [`with_reconnect`](super::ResponsesConnect::with_reconnect) the lane can be used anew.
///
/// An `error` event of the server that names no lane is that of the only request without an answer, or of the only response
/// that has begun. If it can be about several, the connection's reader gets it, and the lane that is left without an answer
/// gets it as well.
///
/// Dropping a lane frees its name. A response that is under way goes on at the server, and its events are dropped.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::responses::ResponseCreateEvent;
///
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let connection = client.responses().connect().await?;
/// let (mut north, mut south) = (connection.lane("north")?, connection.lane("south")?);
/// north.response_create("gpt-5.5", "Describe the North Pole").await?;
/// south.response_create("gpt-5.5", "Describe the South Pole").await?;
/// while let Some(event) = south.next().await {
///     print!("{}", event?.text_delta().unwrap_or_default());
/// }
/// let first = north.next_response().await?;
///
/// let next = ResponseCreateEvent::new().model("gpt-5.5").input("Shorter").previous_response_id(first.id);
/// println!("{}", north.create(next).await?.next_response().await?.output_text());
/// # Ok(())
/// # }
/// ```
#[must_use = "a lane that is dropped drops the events of its response"]
pub struct ResponseLane {
    pub(super) sender: ResponsesSender,
    desk: Arc<LaneDesk>,
    id: Option<String>,
    /// The response under way, or the last one.
    progress: StreamProgress,
    said: VecDeque<ResponseEvent>,
    /// The request for the response in progress.
    request: Option<Box<ResponseCreateEvent>>,
    decoder: JsonDecoder,
    /// The last event of the response was read.
    over: bool,
    /// The end was not told by `None` yet.
    untold: bool,
    /// The whole response was given, or will never be there.
    given: bool,
}

impl ResponsesSender {
    /// Opens a lane: responses with this `stream_id`, from 1 to 256 of `A-Z a-z 0-9 _ . -`, beside those of other lanes.
    ///
    /// Nothing is sent. See [`ResponseLane`] for an example.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): the name is not one, or the lane is open already. Of kind
    /// [`Limit`](ErrorKind::Limit): the connection has as many lanes as it may, 256 if
    /// [`with_lane_limits`](super::ResponsesConnect::with_lane_limits) says nothing else.
    pub fn lane(&self, id: impl Into<String>) -> Result<ResponseLane> {
        let id = id.into();
        let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if !(1..=256).contains(&id.len()) || !id.bytes().all(is_fine) {
            let message = "the name of a lane has from 1 to 256 characters, each one of A-Z a-z 0-9 _ . -";
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        ResponseLane::open(self, Some(id))
    }

    /// The names of the lanes that are open, in order.
    #[must_use]
    pub fn lanes(&self) -> Vec<String> {
        desk_of(self).map(|desk| desk.lock().names()).unwrap_or_default()
    }
}

impl ResponseLane {
    /// Opens a lane; without a name it is all that belongs to no lane, which the connection does not get meanwhile.
    pub(super) fn open(sender: &ResponsesSender, id: Option<String>) -> Result<Self> {
        let desk =
            desk_of(sender).ok_or_else(|| Error::new(ErrorKind::InvalidRequest, "the connection has no lanes"))?;
        desk.lock().open(id.as_deref())?;
        Ok(Self {
            sender: sender.clone(),
            desk,
            id,
            progress: StreamProgress::default(),
            said: VecDeque::new(),
            request: None,
            decoder: sender.client().json_decoder(),
            over: false,
            untold: false,
            given: true,
        })
    }

    /// The name of the lane: the `stream_id` of its events.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// Asks for a response, and ends when the request was written. The lane itself is given back, to be read at once.
    ///
    /// If the future is dropped, the request is either not queued, or still sent by whoever uses the connection next, and
    /// its response comes on the lane.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): a response is under way, or was not read to its end. Else
    /// the connection is closed, or was lost: while the request was sent, so that its delivery is uncertain, or before. It
    /// is not sent again by itself; the error has it.
    pub async fn create(
        &mut self,
        request: impl Into<ResponseCreateEvent>,
    ) -> Result<&mut Self, SendError<ResponseCreateEvent>> {
        let mut request = request.into();
        // What came already is read first: a close that is there must not be met by a request.
        poll_fn(|context| {
            let _ = self.sender.poll_until(context, |_| None::<()>);
            Poll::Ready(())
        })
        .await;
        if let Err(error) = self.is_free(&request) {
            return Err(SendError::new(request, error));
        }
        request.stream_id.clone_from(&self.id);
        let text = Bytes::from(json::to_vec(&request));
        self.begin();
        let mut number = None;
        let (desk, id, slot) = (&self.desk, &self.id, &mut self.request);
        let mut request = Some(Box::new(request));
        let mut queued = |number| {
            desk.lock().begin(id, number);
            *slot = request.take();
        };
        let sent = poll_fn(|context| self.sender.poll_send(context, &text, &mut number, &mut queued)).await;
        match sent {
            Ok(()) => Ok(self),
            Err(error) => {
                let was_sent = self.desk.lock().take_back(&self.id);
                let stream_id = self.id.clone();
                let detail = UncertainDelivery { stream_id, response_id: None, was_sent, request: None };
                let error = error.with_detail(detail);
                (self.over, self.given) = (true, true);
                let request = request.or(self.request.take()).unwrap_or_default();
                Err(SendError::new(*request, error))
            }
        }
    }

    /// Asks for a response. To set more than the model and the input, [`create`](Self::create) it.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn response_create(
        &mut self,
        model: impl Into<ResponsesModel>,
        input: impl Into<ResponseInput>,
    ) -> Result<&mut Self, SendError<ResponseCreateEvent>> {
        self.create(ResponseCreateEvent::new().model(model).input(input)).await
    }

    /// Prepares the server for a response that begins with this request: its tools, instructions and input are read, and
    /// no output is made (`generate` is false). Continue from the response's id.
    ///
    /// # Errors
    /// Those of [`create`](Self::create) and of [`next_response`](Self::next_response).
    pub async fn prewarm(&mut self, request: impl Into<ResponseCreateEvent>) -> Result<Response> {
        self.create(request.into().generate(false)).await?.next_response().await
    }

    /// Gives the response under way more input, as [`steer`](super::ResponsesSender::steer): it ends early, and its
    /// successor is the lane's next response. Waits until the response has begun.
    ///
    /// # Errors
    /// As there; of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if no response is under way.
    pub async fn steer<K>(
        &self,
        input: impl IntoField<ResponseSteerInput, K>,
    ) -> Result<ResponseSteer, SendError<ResponseSteerEvent>> {
        let begun =
            poll_fn(|context| self.sender.poll_until(context, |waker| self.desk.lock().steered(&self.id, waker)));
        match begun.await.flatten() {
            Some(id) => self.sender.steer(id, input).await,
            None => {
                let message = format!("no response is under way on {} that could be steered", name(&self.id));
                let event = ResponseSteerEvent::new("", input);
                Err(SendError::new(event, Error::new(ErrorKind::InvalidRequest, message)))
            }
        }
    }

    /// Gives the next event of the response; `None` at its end, or if none is under way.
    ///
    /// An error ends the response, but for one of kind [`Decode`](ErrorKind::Decode), which is about one event.
    pub async fn next(&mut self) -> Option<Result<ResponseEvent>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Returns the next event of the response, or `Ok(None)` at its end.
    ///
    /// # Errors
    /// That of [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<ResponseEvent>> {
        self.next().await.transpose()
    }

    /// Reads on to the end of the response, and gives the whole of it: completed, failed or incomplete, none of which is
    /// an error here. If all its events were read already, it is given at once. Each response is given once.
    ///
    /// # Errors
    /// Of kind [`Stream`](ErrorKind::Stream): the server sent an `error` event in place of the response. Of kind
    /// [`Connection`](ErrorKind::Connection), [`Truncated`](ErrorKind::Truncated) or `Stream`: the connection was lost;
    /// the detail is an [`UncertainDelivery`]. Of kind [`Limit`](ErrorKind::Limit): more waited than may. The partial
    /// response is [`ErrorExt::response`](crate::ErrorExt::response). Of kind
    /// [`InvalidRequest`](ErrorKind::InvalidRequest): no response is under way.
    pub async fn next_response(&mut self) -> Result<Response> {
        self.next_response_with(|_| {}).await
    }

    /// As [`next_response`](Self::next_response), and shows each event.
    ///
    /// # Errors
    /// The same.
    pub async fn next_response_with(&mut self, mut show: impl FnMut(&ResponseEvent)) -> Result<Response> {
        loop {
            if self.over && !mem::replace(&mut self.given, true) {
                self.untold = false;
                return mem::take(&mut self.progress.accumulator).finish();
            }
            self.untold = false;
            match self.next().await {
                Some(Ok(event)) => show(&event),
                Some(Err(error)) => {
                    self.untold = false;
                    return Err(error);
                }
                None if self.over || self.progress.accumulator.snapshot().is_none() => {
                    let message = format!("no response is under way on {}: `create` asks for one", name(&self.id));
                    return Err(Error::new(ErrorKind::InvalidRequest, message));
                }
                None => {
                    (self.over, self.given) = (true, true);
                    let error = Error::new(ErrorKind::Truncated, "the last event of the response could not be read");
                    return Err(self.progress.with_partial(error));
                }
            }
        }
    }

    /// The response so far: of the one that is read, or of the last one until it was given as a whole.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Response> {
        self.progress.accumulator.snapshot()
    }

    /// The texts of all messages so far, joined.
    #[must_use]
    pub fn output_text(&self) -> String {
        self.snapshot().map(crate::responses::ResponseExt::output_text).unwrap_or_default()
    }

    /// Returns the accumulator of the response.
    #[must_use]
    pub fn accumulator(&self) -> &ResponseAccumulator {
        &self.progress.accumulator
    }

    fn is_free(&self, request: &ResponseCreateEvent) -> Result<()> {
        if request.stream_id.is_some() && request.stream_id != self.id {
            let message = format!("the request has another `stream_id` than {}: leave it out", name(&self.id));
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        if let Some(error) = self.sender.refusal() {
            return Err(error);
        }
        if !self.desk.lock().is_idle(&self.id) {
            let message = format!(
                "a response is under way on {}: read it to its end first, or take another lane",
                name(&self.id)
            );
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        Ok(())
    }

    fn begin(&mut self) {
        self.progress = StreamProgress::default();
        (self.over, self.untold, self.given) = (false, false, false);
        self.request = None;
        if let Some(slot) = self.desk.lock().slot(&self.id) {
            slot.response_id = None;
        }
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ResponseEvent>>> {
        if mem::take(&mut self.untold) {
            return Poll::Ready(None);
        }
        let given = loop {
            let (desk, id) = (&self.desk, &self.id);
            let taken = ready!(self.sender.poll_until(context, |waker| desk.lock().take(id, waker)));
            break match taken {
                Some(Taken::Event(text)) => match self.read(&text).transpose() {
                    Some(event) => event,
                    None => continue,
                },
                Some(Taken::Failed(error)) => Err(self.fail(error)),
                Some(Taken::Lost(lost)) => Err(self.lost(lost)),
                Some(Taken::Nothing) | None => return Poll::Ready(None),
            };
        };
        self.untold = self.over;
        Poll::Ready(Some(given))
    }

    fn read(&mut self, text: &Bytes) -> Result<Option<ResponseEvent>> {
        if mem::take(&mut self.over) {
            // A successor that the server made by itself.
            self.progress = StreamProgress::default();
            self.given = false;
            self.request = None;
        }
        let redactor = self.sender.redactor();
        self.decoder = mem::take(&mut self.decoder).redacting(redactor.clone());
        let event: ResponseStreamEvent = read(text, &mut self.decoder).map_err(|error| redactor.error(error))?;
        if let Err(error) = self.progress.take(event, Wanted::All, &mut self.said) {
            return Err(redactor.error(self.fail(error)));
        }
        self.over = self.progress.accumulator.is_complete();
        Ok(self.said.pop_front())
    }

    fn fail(&mut self, error: Error) -> Error {
        (self.over, self.given) = (true, true);
        self.progress.with_partial(error)
    }

    fn lost(&mut self, lost: LostResponse) -> Error {
        let LostResponse { closed, kind, was_sent } = lost;
        let lane = name(&self.id);
        let response_id = self.snapshot().map(|response| response.id.clone()).filter(|id| !id.is_empty());
        let message = match &response_id {
            _ if !was_sent => format!("{closed} before the request on {lane} was sent"),
            None => format!(
                "{closed} while {lane} waited for a response: the delivery of its request is uncertain, and it is not \
                 sent again by itself"
            ),
            Some(id) => format!(
                "{closed} in the middle of response {id} on {lane}: the delivery of the rest is uncertain, and its \
                 request is not sent again by itself. If the response is stored, retrieve it by its id"
            ),
        };
        let error = Error::new(kind, message).with_source(closed);
        let error = self.fail(self.sender.redactor().error(error));
        let request = self.request.take().map(|request| *request);
        error.with_detail(UncertainDelivery { stream_id: self.id.clone(), response_id, was_sent, request })
    }
}

impl Stream for ResponseLane {
    type Item = Result<ResponseEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl Drop for ResponseLane {
    fn drop(&mut self) {
        self.desk.lock().close(&self.id);
    }
}

impl fmt::Debug for ResponseLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseLane")
            .field("id", &self.id)
            .field("response", &self.snapshot().map(|response| &response.id))
            .finish_non_exhaustive()
    }
}
