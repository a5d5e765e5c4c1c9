//! TLS by the platform's own library.

use std::error::Error as StdError;
use std::sync::OnceLock;

use native_tls::{Certificate, Identity, TlsConnector as Native};

use super::{Alpn, bad_client_certificate, bad_root};
use crate::error::{Error, Result};
use crate::exchange::connections::options::{ClientCertificate, ConnectionOptions};

pub(in super::super) type NativeConnector<C> = hyper_tls::HttpsConnector<C>;

/// The settings of connections that offer HTTP/2 and of those that do not.
#[derive(Clone)]
pub(in super::super) struct NativeTls {
    all: Native,
    http1: Native,
}

impl NativeTls {
    pub(in super::super) fn new(options: &ConnectionOptions, _https: bool) -> Result<Self> {
        // OpenSSL reads the platform's roots at each connector that is made, which takes a tenth of a second.
        static SHARED: OnceLock<NativeTls> = OnceLock::new();
        if !options.roots.is_empty() || options.client_certificate.is_some() {
            return Self::with(options);
        }
        match SHARED.get() {
            Some(shared) => Ok(shared.clone()),
            None => Self::with(options).map(|new| SHARED.get_or_init(|| new).clone()),
        }
    }

    fn with(options: &ConnectionOptions) -> Result<Self> {
        let mut roots = Vec::new();
        for pem in &options.roots {
            let found = Certificate::stack_from_pem(pem).map_err(bad_root)?;
            if found.is_empty() {
                return Err(bad_root("there is none in it"));
            }
            roots.extend(found);
        }
        let identity = options.client_certificate.as_ref().map(identity).transpose()?;
        let settings = |alpn| settings(&roots, identity.as_ref(), alpn);
        Ok(Self { all: settings(Alpn::All)?, http1: settings(Alpn::Http1)? })
    }

    pub(in super::super) fn connector<C>(&self, connector: C, alpn: Alpn) -> NativeConnector<C> {
        let settings = match alpn {
            Alpn::All => self.all.clone(),
            Alpn::Http1 => self.http1.clone(),
        };
        (connector, settings.into()).into()
    }
}

fn identity(certificate: &ClientCertificate) -> Result<Identity> {
    Identity::from_pkcs8(&certificate.chain, &certificate.key).map_err(bad_client_certificate)
}

fn settings(roots: &[Certificate], identity: Option<&Identity>, alpn: Alpn) -> Result<Native> {
    let mut builder = Native::builder();
    if let Some(identity) = identity {
        builder.identity(identity.clone());
    }
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
