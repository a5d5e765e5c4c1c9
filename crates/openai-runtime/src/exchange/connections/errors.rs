//! The failures of connections.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use hyper_util::client::legacy::Error as HyperError;

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
        f.write_str(if self.0.is_connect() { "could not connect to the server" } else { "could not send the request" })
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // hyper-util's own text is "client error (Connect)".
        self.0.source()
    }
}

pub(super) fn transport_error(error: HyperError) -> TransportError {
    let mut cause = error.source();
    while let Some(found) = cause {
        if found.is::<ConnectTimeout>() {
            return TransportError::timeout(SendError(error));
        }
        cause = found.source();
    }
    TransportError::connection(SendError(error))
}
