//! Attempts that failed: why, and how many more there may be.

use super::prepared::PreparedCall;
use super::spans::retried;
use crate::error::{Error, Result};
use crate::response::retry;
use crate::trace::Trace;

/// The counters that decide when the attempts of a call end.
#[derive(Default)]
pub(crate) struct Tries {
    retries: u32,
    /// A token that the API refused was replaced; once is enough.
    renewed: bool,
}

/// Why an attempt failed.
pub(crate) enum Failed {
    /// There was no token. Its exchange was tried as often as it may be, so the call must not begin it again.
    Credential(Error),
    /// The API refused a token, which was dropped; there may be a better one.
    Refused(Error),
    /// Anything else.
    Attempt(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Attempt(error)
    }
}

impl PreparedCall {
    /// Waits before a failed attempt is made again, or gives the error that ends the call.
    pub(crate) async fn again(&self, tries: &mut Tries, failed: Failed) -> Result<()> {
        let error = match failed {
            Failed::Credential(error) => return Err(error),
            Failed::Refused(error) if !tries.renewed && self.body.is_replayable() => {
                Trace::renewed(&error);
                retried(&self.channel, &self.inputs, &error);
                tries.renewed = true;
                return Ok(());
            }
            Failed::Refused(error) | Failed::Attempt(error) => error,
        };
        let channel = &self.channel;
        let max_retries = self.inputs.max_retries.unwrap_or(channel.defaults.max_retries);
        if !self.body.is_replayable() {
            return Err(error);
        }
        let Some(wait) = retry::wait(&error, tries.retries, max_retries, &*channel.clock) else { return Err(error) };
        Trace::wait(&error, wait);
        retried(channel, &self.inputs, &error);
        channel.clock.sleep(wait).await;
        tries.retries += 1;
        Ok(())
    }
}
