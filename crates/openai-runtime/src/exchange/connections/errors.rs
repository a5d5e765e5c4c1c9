//! The failures of connections.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use hyper_util::client::legacy::Error as HyperError;

use super::tls;
use crate::io::transport::TransportError;

/// A connection was not ready in time.
#[derive(Debug)]
pub(super) struct ConnectTimeout(pub(super) Duration);

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not connected within {:?}", self.0)
    }
}

impl StdError for ConnectTimeout {}

/// A request that was not carried. Its text says in which step it failed, its source why.
#[derive(Debug)]
struct SendError(HyperError);

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_connect() {
            "could not connect to the server"
        } else {
            "could not send the request"
        })?;
        match self.causes().find_map(tls::advice) {
            Some(advice) => write!(f, " ({advice})"),
            None => Ok(()),
        }
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // hyper-util's own text is "client error (Connect)".
        self.0.source()
    }
}

impl SendError {
    /// Returns the sources, from the nearest on.
    fn causes(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(self.0.source(), |cause| (*cause).source())
    }
}

pub(super) fn transport_error(error: HyperError) -> TransportError {
    let error = SendError(error);
    if error.causes().any(|cause| cause.is::<ConnectTimeout>()) {
        TransportError::timeout(error)
    } else {
        TransportError::connection(error)
    }
}
