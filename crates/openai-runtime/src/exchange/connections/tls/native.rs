//! TLS by the platform's own library.

use std::error::Error as StdError;

use native_tls::{Certificate, TlsConnector as Native};

use super::{Alpn, bad_root};
use crate::error::{Error, Result};
use crate::exchange::connections::options::ConnectionOptions;

pub(in super::super) type NativeConnector<C> = hyper_tls::HttpsConnector<C>;

/// The settings of connections that offer HTTP/2 and of those that do not.
pub(in super::super) struct NativeTls {
    all: Native,
    http1: Native,
}

impl NativeTls {
    pub(in super::super) fn new(options: &ConnectionOptions, _https: bool) -> Result<Self> {
        let mut roots = Vec::new();
        for pem in &options.roots {
            let found = Certificate::stack_from_pem(pem).map_err(bad_root)?;
            if found.is_empty() {
                return Err(bad_root("there is none in it"));
            }
            roots.extend(found);
        }
        Ok(Self { all: settings(&roots, Alpn::All)?, http1: settings(&roots, Alpn::Http1)? })
    }

    pub(in super::super) fn connector<C>(&self, connector: C, alpn: Alpn) -> NativeConnector<C> {
        let settings = match alpn {
            Alpn::All => self.all.clone(),
            Alpn::Http1 => self.http1.clone(),
        };
        (connector, settings.into()).into()
    }
}

fn settings(roots: &[Certificate], alpn: Alpn) -> Result<Native> {
    let mut builder = Native::builder();
    for root in roots {
        builder.add_root_certificate(root.clone());
    }
    #[cfg(feature = "http2")]
    builder.request_alpns(if alpn == Alpn::All { &["h2", "http/1.1"] } else { &["http/1.1"] });
    let _ = alpn;
    builder.build().map_err(|error| Error::config(format!("TLS can't be set up: {error}")))
}

/// Returns what to do about a failure of TLS: nothing, as it says so itself.
pub(in super::super) fn advice(_error: &(dyn StdError + 'static)) -> Option<&'static str> {
    None
}
