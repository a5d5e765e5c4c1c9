//! The access token that calls share, and the one exchange that all of them wait for.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Handle, Id};

use super::WorkloadIdentity;
use super::exchange::{Exchange, Granted};
use crate::client::Shared;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;
use crate::trace::Trace;
use crate::transport::BoxFuture;

/// How long an exchange that nobody waits for can still be taken up again.
const ABANDONED: Duration = Duration::from_secs(10);
/// How long the old token is used before its renewal is tried again after a failure.
const PAUSE: Duration = Duration::from_secs(60);

/// A workload identity with its token, shared by clients.
#[derive(Debug)]
pub(crate) struct Identity {
    options: WorkloadIdentity,
    state: Mutex<State>,
}

/// A token as a call uses it.
#[derive(Clone, Debug)]
pub(crate) struct Lease {
    pub(crate) token: Secret,
    /// Which exchange it came from: the text alone does not tell, since a server may give the same one again.
    exchange: u64,
}

#[derive(Debug, Default)]
struct State {
    /// How many exchanges succeeded.
    exchanges: u64,
    kept: Option<Kept>,
    flight: Option<Arc<Flight>>,
}

#[derive(Debug)]
struct Kept {
    lease: Lease,
    refresh_at: Duration,
    expires_at: Duration,
}

/// An exchange under way.
///
/// No task runs it: whoever has the lock drives it. If that call is dropped, the next one that waits goes on where it
/// stopped, so nobody is held up and nothing is lost. Only a call on another runtime begins anew, since timers and
/// connections stand still with the runtime that they are of.
struct Flight {
    started: Duration,
    runtime: Option<Id>,
    progress: tokio::sync::Mutex<Progress>,
}

enum Progress {
    Going(BoxFuture<Result<Granted>>),
    Done(Result<Lease>),
    /// It panicked, or nobody is left who could go on with it.
    Broken,
}

impl Identity {
    pub(crate) fn new(options: WorkloadIdentity) -> Self {
        Self { options, state: Mutex::default() }
    }

    pub(crate) fn options(&self) -> &WorkloadIdentity {
        &self.options
    }

    /// A token to send, from the last exchange or a new one.
    pub(crate) async fn token(&self, client: &Shared) -> Result<Lease> {
        loop {
            let (flight, own) = match self.find(client) {
                Found::Lease(lease) => return Ok(lease),
                Found::Flight { flight, own } => (flight, own),
            };
            if let Some(outcome) = self.join(client, &flight).await {
                return outcome;
            }
            // Only the call that began it has to answer for it.
            if own {
                return Err(Error::new(ErrorKind::Authentication, "the provider of the subject token panicked"));
            }
        }
    }

    /// Drops a token that the API refused, unless there is a newer one.
    pub(crate) fn refuse(&self, refused: &Lease) {
        let mut state = self.lock();
        if state.kept.as_ref().is_some_and(|kept| kept.lease.exchange == refused.exchange) {
            state.kept = None;
        }
    }

    fn find(&self, client: &Shared) -> Found {
        let now = client.clock.elapsed();
        let mut state = self.lock();
        let driven = state.flight.as_ref().is_some_and(|flight| Arc::strong_count(flight) > 1);
        if let Some(kept) = &state.kept {
            // While one call renews the token, the others need not wait.
            let good_until = if driven { kept.expires_at } else { kept.refresh_at };
            if now < good_until {
                return Found::Lease(kept.lease.clone());
            }
        }
        if let Some(flight) = &state.flight
            && (driven || now.saturating_sub(flight.started) < ABANDONED)
        {
            return Found::Flight { flight: flight.clone(), own: false };
        }
        let exchange = Exchange {
            identity: self.options.clone(),
            transport: client.transport.clone(),
            clock: client.clock.clone(),
            max_retries: client.settings.max_retries,
        };
        let progress = tokio::sync::Mutex::new(Progress::Going(Box::pin(exchange.run())));
        let flight = Arc::new(Flight { started: now, runtime: runtime(), progress });
        let abandoned = state.flight.replace(flight.clone());
        drop(state);
        drop(abandoned);
        Found::Flight { flight, own: true }
    }

    /// Waits for an exchange, and drives it when it is this call's turn. `None` if it broke.
    async fn join(&self, client: &Shared, flight: &Arc<Flight>) -> Option<Result<Lease>> {
        let mut progress = flight.progress.lock().await;
        if let Progress::Going(exchange) = &mut *progress {
            let granted = if flight.runtime == runtime() { unless_panicked(exchange).await } else { None };
            // Nothing is awaited from here on, so the outcome can't get lost.
            *progress = self.land(flight, granted, client.clock.elapsed());
        }
        match &*progress {
            Progress::Done(Ok(lease)) => Some(Ok(lease.clone())),
            Progress::Done(Err(error)) => Some(Err(error.duplicate())),
            Progress::Going(_) | Progress::Broken => None,
        }
    }

    /// Keeps what an exchange gave.
    fn land(&self, flight: &Arc<Flight>, granted: Option<Result<Granted>>, now: Duration) -> Progress {
        let mut state = self.lock();
        if state.flight.as_ref().is_some_and(|current| Arc::ptr_eq(current, flight)) {
            state.flight = None;
        }
        let error = match granted {
            Some(Ok(granted)) => {
                state.exchanges += 1;
                let lease = Lease { token: granted.token, exchange: state.exchanges };
                let buffer = self.options.refresh_buffer.min(granted.life / 2);
                let expires_at = granted.since.saturating_add(granted.life);
                let refresh_at = expires_at.saturating_sub(buffer);
                state.kept = Some(Kept { lease: lease.clone(), refresh_at, expires_at });
                return Progress::Done(Ok(lease));
            }
            Some(Err(error)) => error,
            None => return Progress::Broken,
        };
        match &mut state.kept {
            Some(kept) if now < kept.expires_at => {
                Trace::kept(&error);
                kept.refresh_at = now.saturating_add(PAUSE).min(kept.expires_at);
                Progress::Done(Ok(kept.lease.clone()))
            }
            _ => Progress::Done(Err(error)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so what a panic left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Found {
    Lease(Lease),
    Flight {
        flight: Arc<Flight>,
        /// This call began it.
        own: bool,
    },
}

/// The runtime of the call.
fn runtime() -> Option<Id> {
    Handle::try_current().ok().map(|handle| handle.id())
}

/// Drives an exchange; `None` if it panicked, as a provider of the user's may. A future that panicked must not be
/// driven again, so a panic that went on would break the calls that come after as well.
async fn unless_panicked(exchange: &mut BoxFuture<Result<Granted>>) -> Option<Result<Granted>> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| exchange.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

impl std::fmt::Debug for Flight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flight").field("started", &self.started).finish_non_exhaustive()
    }
}
