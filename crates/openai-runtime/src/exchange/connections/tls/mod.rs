//! TLS by the library that the features name: a `Tls` holds what connections are encrypted with, and a `TlsConnector`
//! lays it over another connector for URLs of https.

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod absent;
#[cfg(feature = "native-tls")]
mod native;
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
mod rustls;

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(super) use self::absent::{NoConnector as TlsConnector, NoTls as Tls, advice};
#[cfg(feature = "native-tls")]
pub(super) use self::native::{NativeConnector as TlsConnector, NativeTls as Tls, advice};
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
pub(super) use self::rustls::{Rustls as Tls, RustlsConnector as TlsConnector, advice};

/// The versions of HTTP that are offered by TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpn {
    All,
    Http1,
}

/// The error of a client's certificate or key that cannot be used.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn bad_client_certificate(why: impl std::fmt::Display) -> crate::error::Error {
    crate::error::Error::config(format!(
        "the certificate given to `client_certificate` can't be used: {why}; it has to be PEM, the certificate first, and \
         its private key in PEM of its own"
    ))
}

/// The error of a certificate that cannot be read.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn bad_root(why: impl std::fmt::Display) -> crate::error::Error {
    crate::error::Error::config(format!(
        "the certificate given to `root_certificate` can't be read: {why}; it has to be PEM, which begins with \
         -----BEGIN CERTIFICATE-----"
    ))
}
