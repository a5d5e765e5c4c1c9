//! The options of a connection and of its reconnects.

use std::sync::Arc;
use std::time::Duration;

use openai_runtime::{Clock, WebSocketClosed, WebSocketOptions};

use super::desk::Desk;

/// The events that are sent first on a new connection, as text.
pub(super) type Hello = Arc<dyn Fn() -> Vec<Vec<u8>> + Send + Sync>;

#[derive(Clone)]
pub(super) struct ConnectionOptions {
    pub(super) socket: WebSocketOptions,
    /// The bytes of events that may wait to be sent.
    pub(super) queue: usize,
    pub(super) reconnect: Option<Reconnect>,
    pub(super) hello: Option<Hello>,
    /// The server says by an event that the session is over.
    pub(super) announces_end: bool,
    /// Sends an event again on the next connection that was being sent when the last one was lost.
    pub(super) repeats: bool,
    /// The place of messages that are not for the reader.
    pub(super) desk: Option<Arc<dyn Desk>>,
}

impl ConnectionOptions {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            socket: WebSocketOptions::default(),
            queue: 16 * 1024 * 1024,
            reconnect: None,
            hello: None,
            repeats: true,
            desk: None,
            announces_end: false,
        }
    }
}

/// When and how often a connection that was lost is made anew; off unless it is asked for.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::websocket::Reconnect;
///
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let connection = client.realtime().connect("gpt-realtime").with_reconnect(Reconnect::new()).await?;
/// # let _ = connection;
/// # Ok(())
/// # }
/// ```
///
/// It is after a close with code 1001, 1005, 1006, 1011, 1012, 1013 or 1015: up to 5 tries, after waits of 0.5, 1, 2, 4
/// and 8 s, each shortened by up to a quarter by chance, or of what the server asks for by `retry-after`. A refusal that
/// no other try will change, as a wrong key, ends them. The count starts anew once a connection has lived for 30 s: a server
/// that greets and closes each time is given up as one that does not answer.
///
/// A new connection is a new session: the server knows nothing of what was said on the old one. Events that were not
/// sent yet are sent on it.
#[derive(Clone, Debug)]
pub struct Reconnect {
    max_tries: u32,
    codes: Vec<u16>,
}

/// The wait before the first try, and the longest one.
const WAITS: (f64, f64) = (0.5, 8.0);
/// The longest wait that a server may ask for, and the shortest one.
const LONGEST: Duration = Duration::from_secs(120);
const SHORTEST: Duration = Duration::from_millis(50);
/// A connection that lives for so long counts as a success.
pub(super) const SETTLED: Duration = Duration::from_secs(30);

impl Default for Reconnect {
    #[inline]
    fn default() -> Self {
        Self { max_tries: 5, codes: vec![1001, 1005, 1006, 1011, 1012, 1013, 1015] }
    }
}

impl Reconnect {
    /// The policy described above.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the tries of a connection before it is given up, 5 by default.
    #[must_use]
    #[inline]
    pub fn max_tries(mut self, count: u32) -> Self {
        self.max_tries = count;
        self
    }

    /// The codes of closes after which it is tried.
    #[must_use]
    pub fn codes(mut self, codes: impl IntoIterator<Item = u16>) -> Self {
        self.codes = codes.into_iter().collect();
        self
    }

    #[inline]
    pub(super) fn applies(&self, closed: &WebSocketClosed) -> bool {
        self.codes.contains(&closed.code())
    }

    /// The wait before the next try, after so many that failed, if there is to be one.
    #[inline]
    pub(super) fn wait(&self, tries: u32, asked: Option<Duration>, clock: &dyn Clock) -> Option<Duration> {
        if tries >= self.max_tries || asked.is_some_and(|asked| asked > LONGEST) {
            return None;
        }
        let seconds = (WAITS.0 * 2_f64.powi(tries.min(16) as i32)).min(WAITS.1) * (1.0 - 0.25 * clock.random());
        Some(
            asked
                .map(|asked| asked.max(SHORTEST))
                .unwrap_or_else(|| Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)),
        )
    }
}

/// Returns true if the same may work on a new connection after this close.
#[inline]
pub(super) fn may_pass(closed: &WebSocketClosed) -> bool {
    Reconnect::default().applies(closed)
}
