//! A token that calls share until shortly before it ends, and the one request for a new one that all of them wait for.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use crate::auth::secret::Secret;
use crate::error::{Error, ErrorKind, Result, RuntimeId, current_runtime, missing};
use crate::io::clock::Clock;
use crate::io::transport::BoxFuture;
use crate::trace::Trace;

/// The time before its end at which a token is renewed, unless half of its life is shorter.
pub(crate) const REFRESH_BUFFER: Duration = Duration::from_secs(1200);
/// The time for which a request that nobody waits for can still be joined.
const ABANDONED: Duration = Duration::from_secs(10);
/// The time for which the old token is used after a failed renewal, before the next try.
const PAUSE: Duration = Duration::from_secs(60);

/// A token that lives for a while, as it was granted.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub(crate) token: Secret,
    pub(crate) life: Duration,
    /// When it was asked for, by the client's clock, if that was later than the beginning of the request. Its life is
    /// counted from here, to be on the safe side.
    pub(crate) since: Option<Duration>,
}

impl AccessToken {
    /// A token and how long it lives from now on; zero if that is not known, which is to say for one call.
    #[must_use]
    pub fn new(token: impl Into<Secret>, life: Duration) -> Self {
        Self { token: token.into(), life, since: None }
    }
}

/// Keeps a token for all calls that share the cache, and has it renewed before it ends, once for all of them.
///
/// A token is renewed 1200 s before it ends, or at half of its life if that is later. Whoever finds it due asks for the new
/// one; until that is there, others use the old one as long as it lives. If the renewal fails, the old one is used until
/// it ends. No task is spawned: a call that waits drives the request, and when it is dropped, the next one goes on with it.
///
/// ```
/// use std::time::Duration;
/// use openai_runtime::{AccessToken, Client, Result, TokenCache};
///
/// # async fn example(client: &Client, cache: &TokenCache) -> Result<()> {
/// let fetch = || async { Ok(AccessToken::new("a-token", Duration::from_secs(3600))) };
/// let lease = cache.token(&**client.clock(), || Box::pin(fetch())).await?;
/// // After a 401:
/// cache.refuse(&lease);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TokenCache {
    refresh_buffer: Duration,
    state: Mutex<TokenState>,
}

/// A token as a call uses it.
#[derive(Clone, Debug)]
pub struct TokenLease {
    token: Secret,
    /// Which grant it came from: the text alone does not tell, since a server may give the same one again.
    grant: u64,
}

impl TokenLease {
    /// The token.
    #[must_use]
    pub fn token(&self) -> &Secret {
        &self.token
    }
}

#[derive(Debug, Default)]
struct TokenState {
    /// The number of tokens that were granted.
    grants: u64,
    kept: Option<Kept>,
    fetching: Option<Arc<TokenFetch>>,
}

#[derive(Debug)]
struct Kept {
    lease: TokenLease,
    refresh_at: Duration,
    expires_at: Duration,
}

/// A request under way.
///
/// No task runs it: whoever has the lock drives it. If that call is dropped, the next one that waits goes on where it
/// stopped, so nobody is held up and nothing is lost. Only a call on another runtime begins anew, since timers and
/// connections stand still with the runtime that they are of.
struct TokenFetch {
    started: Duration,
    runtime: Option<RuntimeId>,
    progress: tokio::sync::Mutex<FetchProgress>,
}

enum FetchProgress {
    Going(BoxFuture<Result<AccessToken>>),
    Done(Result<TokenLease>),
    /// It panicked, or nobody is left who could go on with it.
    Broken,
}

impl TokenCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self { refresh_buffer: REFRESH_BUFFER, state: Mutex::default() }
    }

    /// Sets the time before its end at which a token is renewed, 1200 s by default; at most half of the token's life.
    #[must_use]
    pub fn refresh_buffer(mut self, time: Duration) -> Self {
        self.refresh_buffer = time;
        self
    }

    /// A token to send: the one that is kept, or what `fetch` gives. It is called only if this call is the one to ask, and
    /// should only make the future: the cache is locked meanwhile.
    ///
    /// # Errors
    /// Those of the request that this call waited for; and one of kind [`Authentication`](ErrorKind::Authentication) if
    /// `fetch` panicked.
    pub async fn token(
        &self,
        clock: &dyn Clock,
        fetch: impl Fn() -> BoxFuture<Result<AccessToken>> + Send,
    ) -> Result<TokenLease> {
        loop {
            let (fetching, own) = match self.find(clock.elapsed(), &fetch) {
                Found::Lease(lease) => return Ok(lease),
                Found::Fetch { fetching, own } => (fetching, own),
            };
            if let Some(outcome) = self.join(clock, &fetching).await {
                return outcome;
            }
            // Only the call that began it has to answer for it.
            if own {
                return Err(Error::new(ErrorKind::Authentication, "the provider of the token panicked"));
            }
        }
    }

    /// Drops a token that the server refused, unless there is a newer one.
    pub fn refuse(&self, refused: &TokenLease) {
        let mut state = self.lock();
        if state.kept.as_ref().is_some_and(|kept| kept.lease.grant == refused.grant) {
            state.kept = None;
        }
    }

    fn find(&self, now: Duration, fetch: &impl Fn() -> BoxFuture<Result<AccessToken>>) -> Found {
        let mut state = self.lock();
        let driven = state.fetching.as_ref().is_some_and(|fetching| Arc::strong_count(fetching) > 1);
        if let Some(kept) = &state.kept {
            // While one call renews the token, the others need not wait.
            let good_until = if driven { kept.expires_at } else { kept.refresh_at };
            if now < good_until {
                return Found::Lease(kept.lease.clone());
            }
        }
        if let Some(fetching) = &state.fetching
            && (driven || now.saturating_sub(fetching.started) < ABANDONED)
        {
            return Found::Fetch { fetching: fetching.clone(), own: false };
        }
        let progress = tokio::sync::Mutex::new(FetchProgress::Going(fetch()));
        let fetching = Arc::new(TokenFetch { started: now, runtime: current_runtime(), progress });
        let abandoned = state.fetching.replace(fetching.clone());
        drop(state);
        drop(abandoned);
        Found::Fetch { fetching, own: true }
    }

    /// Waits for a request, and drives it when it is this call's turn. `None` if it broke.
    async fn join(&self, clock: &dyn Clock, fetching: &Arc<TokenFetch>) -> Option<Result<TokenLease>> {
        let mut progress = fetching.progress.lock().await;
        if let FetchProgress::Going(request) = &mut *progress {
            let granted = if fetching.runtime == current_runtime() { unless_panicked(request).await } else { None };
            // Nothing is awaited from here on, so the outcome can't get lost.
            *progress = self.land(fetching, granted, clock.elapsed());
        }
        match &*progress {
            FetchProgress::Done(Ok(lease)) => Some(Ok(lease.clone())),
            FetchProgress::Done(Err(error)) => Some(Err(error.duplicate())),
            FetchProgress::Going(_) | FetchProgress::Broken => None,
        }
    }

    /// Keeps what a request gave.
    fn land(&self, fetching: &Arc<TokenFetch>, granted: Option<Result<AccessToken>>, now: Duration) -> FetchProgress {
        let mut state = self.lock();
        if state.fetching.as_ref().is_some_and(|current| Arc::ptr_eq(current, fetching)) {
            state.fetching = None;
        }
        let error = match granted {
            Some(Ok(granted)) => {
                state.grants += 1;
                let lease = TokenLease { token: granted.token, grant: state.grants };
                let buffer = self.refresh_buffer.min(granted.life / 2);
                let expires_at = granted.since.unwrap_or(fetching.started).saturating_add(granted.life);
                let refresh_at = expires_at.saturating_sub(buffer);
                state.kept = Some(Kept { lease: lease.clone(), refresh_at, expires_at });
                return FetchProgress::Done(Ok(lease));
            }
            Some(Err(error)) => error,
            None => return FetchProgress::Broken,
        };
        match &mut state.kept {
            Some(kept) if now < kept.expires_at => {
                Trace::kept(&error);
                kept.refresh_at = now.saturating_add(PAUSE).min(kept.expires_at);
                FetchProgress::Done(Ok(kept.lease.clone()))
            }
            _ => FetchProgress::Done(Err(error)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, TokenState> {
        // Only the making of a future runs under the lock, before anything is changed: what a panic left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::new()
    }
}

enum Found {
    Lease(TokenLease),
    Fetch {
        fetching: Arc<TokenFetch>,
        /// This call began it.
        own: bool,
    },
}

/// Drives a request; `None` if it panicked, as a provider of the user's may. A runtime that lacks I/O is an error. A future that panicked must not be
/// driven again, so a panic that went on would break the calls that come after as well.
async fn unless_panicked(request: &mut BoxFuture<Result<AccessToken>>) -> Option<Result<AccessToken>> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| request.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(panic) => Poll::Ready(missing(&*panic).map(|message| Err(Error::config(message)))),
    })
    .await
}

impl fmt::Debug for TokenFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFetch").field("started", &self.started).finish_non_exhaustive()
    }
}
