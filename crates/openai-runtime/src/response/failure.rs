//! The errors of a response that did not come, or not whole.

use bytes::Bytes;

use super::gzip::GzipError;
use super::head::ResponseHead;
use crate::error::{BoxError, Error, ErrorKind, chain};
use crate::io::transport::{Reason, TransportError};
use crate::request::input_file::FileError;

/// The error of a request that the transport could not carry.
pub(crate) fn transport_error(error: TransportError, attempts: u32) -> Error {
    let kind = match error.reason {
        _ if is_file_error(&error) => ErrorKind::Io,
        Reason::Connection => ErrorKind::Connection,
        Reason::Timeout => ErrorKind::Timeout,
        Reason::Request => ErrorKind::InvalidRequest,
        #[cfg(feature = "tower")]
        Reason::Layer => ErrorKind::Callback,
    };
    let message = match error.reason {
        #[cfg(feature = "tower")]
        Reason::Layer => format!("a layer of the client failed: {}", chain(&*error.source)),
        _ => chain(&*error.source),
    };
    Error::new(kind, message).with_source(error.source).with_attempts(attempts)
}

fn is_file_error(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<FileError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl ResponseHead {
    /// The error for a body that broke off.
    #[cold]
    pub(crate) fn body_error(&self, error: BoxError, body: Bytes) -> Error {
        let (kind, what) = match broken(&*error) {
            Broken::Early => (ErrorKind::Truncated, "the response ended too early"),
            Broken::Gzip => (ErrorKind::Decode, "the response is compressed and can't be unpacked"),
            Broken::Connection => (ErrorKind::Connection, "the connection broke while the response was read"),
        };
        let message = format!("{what}: {}", chain(&*error));
        self.error(kind, message, body).with_source(error)
    }
}

enum Broken {
    Early,
    Gzip,
    Connection,
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Broken {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<GzipError>() {
            return Broken::Gzip;
        }
        if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return Broken::Early;
        }
        cause = error.source();
    }
    Broken::Connection
}
