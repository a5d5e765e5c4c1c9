//! The clocks and timers of the browser, with the names that tokio has for its own.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use gloo_timers::future::TimeoutFuture;
use send_wrapper::SendWrapper;
pub(crate) use web_time::Instant;
pub(crate) use web_time::Instant as Monotonic;
use web_time::web::SystemTimeExt as _;

/// The longest time that one timer of the browser can count, which has 31 bits of milliseconds.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// The time by which a timer may fire before the clock says so: browsers make their clocks coarse.
const COARSE: Duration = Duration::from_secs(1);

/// Returns the time of day.
#[must_use]
pub fn now() -> SystemTime {
    web_time::SystemTime::now().to_std()
}

/// Waits.
pub(crate) fn sleep(duration: Duration) -> Sleep {
    sleep_until(super::after(Instant::now(), duration))
}

/// Waits until then.
pub(crate) fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, timer: None }
}

/// Limits the time of a future.
pub(crate) fn timeout<F: Future>(limit: Duration, future: F) -> Timeout<F> {
    Timeout { future, sleep: sleep(limit) }
}

/// Limits the time of a future by its end.
pub(crate) fn timeout_at<F: Future>(deadline: Instant, future: F) -> Timeout<F> {
    Timeout { future, sleep: sleep_until(deadline) }
}

/// A future that is ready at a deadline. Its timer is set when it is first polled, and cleared when it is dropped.
pub(crate) struct Sleep {
    deadline: Instant,
    timer: Option<Timer>,
}

struct Timer {
    future: SendWrapper<TimeoutFuture>,
    fires: Instant,
}

impl Sleep {
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns false if the timer is certain to fire later; true says that a poll is due, not that the time is over.
    pub(crate) fn is_elapsed(&self) -> bool {
        self.timer.as_ref().is_none_or(|timer| Instant::now() + COARSE >= timer.fires)
    }

    /// Sets another deadline; the next poll sets the timer anew if it has to fire earlier.
    pub(crate) fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
        if self.timer.as_ref().is_some_and(|timer| timer.fires > deadline) {
            self.timer = None;
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            let left = self.deadline.saturating_duration_since(now).min(LONGEST_TIMER);
            if left.is_zero() {
                self.timer = None;
                return Poll::Ready(());
            }
            let timer = self.timer.get_or_insert_with(|| {
                let milliseconds = u32::try_from(left.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX as u32);
                Timer { future: SendWrapper::new(TimeoutFuture::new(milliseconds)), fires: now + left }
            });
            ready!(Pin::new(&mut *timer.future).poll(context));
            // It may have fired early, or counted a part of a long time.
            self.timer = None;
        }
    }
}

pin_project_lite::pin_project! {
    /// A future with a limit of time.
    pub(crate) struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
    }
}

/// The limit of time has passed.
#[derive(Debug)]
pub(crate) struct Elapsed;

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let own = self.project();
        match own.future.poll(context) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => Pin::new(own.sleep).poll(context).map(|()| Err(Elapsed)),
        }
    }
}
