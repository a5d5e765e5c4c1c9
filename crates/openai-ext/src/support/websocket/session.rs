//! The start of a session, and its end: both are events that are waited for.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use openai_runtime::{Clock, json};

use super::server_event::{EndingSession, ServerEvent, SessionStage};
use super::socket::{AHEAD, Connection, Receiver, Update};
use crate::support::stop::Stop;
use crate::{Bytes, Error, ErrorKind, Result};

/// The end of a session that is waited for; made by [`Connection::finish`]. `.await` sends `session.close`, unless that
/// was sent before, and reads on to the server's last event.
///
/// If the future is dropped, or ends with an error, the connection can be used on: `finish` once more waits on. What came
/// before is in the result of that, or was the detail of the error.
#[must_use = "the session is not ended before it is awaited"]
pub struct Finish<'c, In: EndingSession> {
    receiver: &'c mut Receiver<In>,
    show: Option<Show<'c, In>>,
    deadline: Duration,
    max_size: usize,
    stop: Stop,
}

type Show<'c, In> = Box<dyn FnMut(&In) + Send + 'c>;

/// The time that a server has to end a session.
const DEADLINE: Duration = Duration::from_secs(60);
/// The most bytes that are kept of what comes until then: 23 minutes of sound.
const LARGEST: usize = 64 * 1024 * 1024;

impl<Out, In: EndingSession> Connection<Out, In> {
    /// Ends the session and reads on to the server's last event, which says how it ended.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use openai_ext::prelude::*;
    /// # #[cfg(feature = "live")]
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// use openai_ext::types::LiveSessionCreateParams;
    ///
    /// let mut connection = client.live().connect(LiveSessionCreateParams::new("gpt-live-1")).await?;
    /// let closed = connection.finish().with_deadline(Duration::from_secs(10)).await?;
    /// println!("{}, {} s", closed.reason.as_str(), closed.usage.seconds);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Events that wait to be sent are sent before. Events of the server that come before the last one are passed over,
    /// or shown to [`on_event`](Finish::on_event). Then the connection is closed.
    ///
    /// # Errors
    /// Of kind [`Timeout`](ErrorKind::Timeout): the server did not end the session in time. Of kind
    /// [`Cancelled`](ErrorKind::Cancelled): by [`with_cancellation`](Finish::with_cancellation). Of kind
    /// [`Connection`](ErrorKind::Connection), [`Truncated`](ErrorKind::Truncated) or [`Stream`](ErrorKind::Stream): the
    /// connection was lost before the server ended the session, so that it is not known how it ended. What came so far is
    /// the error's [`detail`](Error::detail), an [`EndingSession::Ending`].
    pub fn finish(&mut self) -> Finish<'_, In> {
        self.receiver.finish()
    }
}

impl<In: EndingSession> Receiver<In> {
    /// Ends the session as [`Connection::finish`] does; other halves cannot send any more.
    pub fn finish(&mut self) -> Finish<'_, In> {
        Finish { receiver: self, show: None, deadline: DEADLINE, max_size: LARGEST, stop: Stop::default() }
    }
}

impl<'c, In: EndingSession> Finish<'c, In> {
    /// Shows each event that comes until the session is over, its last one included.
    pub fn on_event(mut self, show: impl FnMut(&In) + Send + 'c) -> Self {
        self.show = Some(Box::new(show));
        self
    }

    /// Limits the time until the server has ended the session; 60 s by default.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.deadline = limit;
        self
    }

    /// The most bytes of sound and words that are kept for the result, as by a translation; 64 MiB by default. More is an
    /// error of kind [`Limit`](ErrorKind::Limit).
    pub fn with_max_size(mut self, bytes: usize) -> Self {
        self.max_size = bytes;
        self
    }

    /// Waits no longer when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). Any future
    /// will do: the receiver of a `oneshot`, a signal, tokio-util's `CancellationToken::cancelled_owned`.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    async fn run(mut self) -> Result<In::End> {
        let clock = self.receiver.shared.lock().client().clock().clone();
        let reading = self.receiver.read_to_end(&mut self.show, self.max_size);
        let reading = within(&*clock, Some(self.deadline), "waiting for the end of the session", reading);
        let read =
            self.stop.race(reading).await.unwrap_or_else(|| Err(Stop::error("waiting for the end of the session")));
        let ending = self.receiver.take_ending();
        let ended = read.and_then(|()| {
            let message = "the connection ended without the server's last event";
            In::end(&ending).ok_or_else(|| Error::new(ErrorKind::Truncated, message))
        });
        ended.map_err(|error| self.receiver.redacted(error).with_detail(ending))
    }
}

impl<'c, In: EndingSession> IntoFuture for Finish<'c, In> {
    type Output = Result<In::End>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'c>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<In: EndingSession> fmt::Debug for Finish<'_, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finish").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl<In: EndingSession> Receiver<In> {
    async fn read_to_end(&mut self, show: &mut Option<Show<'_, In>>, max_size: usize) -> Result<()> {
        self.shared.now(|core, context| {
            core.end_session(Bytes::from_static(In::CLOSE.as_bytes()));
            core.drive(context);
        });
        let mut unread = None;
        while let Some(event) = self.next().await {
            let event = match event {
                Ok(event) => event,
                // An event that cannot be read does not end the session.
                Err(error) if error.kind() == ErrorKind::Decode => {
                    unread = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            // It is kept here, so that a future that is dropped loses nothing.
            let mut ending = self.take_ending();
            let added = event.add(&mut ending);
            let size = In::size(&ending);
            self.ending = Some(Box::new(ending));
            if let Some(show) = show {
                show(&event);
            }
            added?;
            if size > max_size {
                let message =
                    format!("what the server said before the end of the session is larger than {max_size} bytes");
                return Err(Error::new(ErrorKind::Limit, message));
            }
        }
        match unread {
            Some(error) => {
                let ending = self.take_ending();
                let is_over = In::end(&ending).is_some();
                self.ending = Some(Box::new(ending));
                if is_over { Ok(()) } else { Err(error) }
            }
            None => Ok(()),
        }
    }

    /// Takes what came of the end, also while an earlier `finish` waited that was dropped.
    fn take_ending(&mut self) -> In::Ending {
        let begun = In::begin(&self.accumulator);
        match self.ending.take().and_then(|kept| kept.downcast().ok()) {
            Some(kept) => In::go_on(*kept, begun),
            None => begun,
        }
    }
}

impl<In: ServerEvent> Receiver<In> {
    /// Sends the event that starts the session, and waits until the server says that it has started. Events that come
    /// meanwhile are kept, that of the start among them.
    pub(super) async fn start(&mut self, event: Vec<u8>) -> Result<()> {
        self.shared.now(|core, _| core.queue(event.into()));
        while self.ahead.len() < AHEAD {
            let update = poll_fn(|context| self.poll_read(context)).await;
            let stage = match &update {
                Some(Ok(Update::Event(event))) => event.stage(),
                _ => SessionStage::Underway,
            };
            match (update, stage) {
                (Some(Ok(Update::Event(event))), SessionStage::Failed | SessionStage::Ended) => {
                    return Err(self.refused(&event, stage));
                }
                (Some(Err(error)), _) if error.kind() != ErrorKind::Decode => return Err(error),
                (Some(update), stage) => {
                    self.ahead.push_back(update);
                    if stage == SessionStage::Started {
                        return Ok(());
                    }
                }
                (None, _) => {
                    return Err(Error::new(
                        ErrorKind::Truncated,
                        "the connection ended before the session had started",
                    ));
                }
            }
        }
        let message = format!("the server sent {AHEAD} events, and the session had not started");
        Err(Error::new(ErrorKind::Limit, message))
    }

    /// The error of an event that came in place of the start.
    fn refused(&self, event: &In, stage: SessionStage) -> Error {
        let value = json::to_value(event);
        let error = match stage {
            SessionStage::Failed => Error::from_event(&value),
            _ => {
                let reason =
                    value.get("reason").and_then(|reason| reason.as_str()).unwrap_or("for no reason that it told");
                let message = format!("the server ended the session before it had started: {reason}");
                Error::new(ErrorKind::Stream, message)
            }
        };
        self.redacted(error)
    }
}

/// Awaits something within a limit of time, by the client's clock. A clock of a test whose waits are over at once, while its
/// time stands still, does not reach the limit.
pub(super) async fn within<T>(
    clock: &dyn Clock,
    limit: Option<Duration>,
    what: &str,
    future: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(limit) = limit else { return future.await };
    let begun = clock.elapsed();
    let mut future = pin!(future);
    let (mut over, mut is_watched) = (None, true);
    poll_fn(|context| {
        if let Poll::Ready(done) = future.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        // Made after the first poll, which fails where there are no timers.
        if is_watched && over.get_or_insert_with(|| clock.sleep(limit)).as_mut().poll(context).is_ready() {
            is_watched = false;
            if clock.elapsed().saturating_sub(begun) >= limit {
                return Poll::Ready(Err(Error::new(ErrorKind::Timeout, format!("{what} took longer than {limit:?}"))));
            }
        }
        Poll::Pending
    })
    .await
}
