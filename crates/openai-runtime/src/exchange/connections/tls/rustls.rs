//! TLS by rustls, with ring and the platform's trust store.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{CertificateError, ClientConfig, Error as TlsError, InvalidMessage, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::{Alpn, bad_client_certificate, bad_root};
use crate::error::{Error, Result};
use crate::exchange::connections::options::{ClientCertificate, ConnectionOptions};

pub(in super::super) type RustlsConnector<C> = hyper_rustls::HttpsConnector<C>;

/// The configurations of connections that offer HTTP/2 and of those that do not.
pub(in super::super) struct Rustls {
    all: Arc<ClientConfig>,
    http1: Arc<ClientConfig>,
}

impl Rustls {
    pub(in super::super) fn new(options: &ConnectionOptions, https: bool) -> Result<Self> {
        // Reading the platform's roots takes milliseconds, so it is done once.
        static SHARED: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
        let client = options.client_certificate.as_ref().map(client_certificate).transpose()?;
        let verified = if options.roots.is_empty() {
            SHARED.get_or_init(|| verified(Vec::new())).clone()
        } else {
            verified(certificates(&options.roots)?)
        };
        let verified = verified.map(|mut config| {
            if let Some(client) = client {
                config.client_auth_cert_resolver = client;
            }
            config
        });
        match verified {
            Ok(config) => Ok(Self::offering(config)),
            // With certificates of the user's, these are what is wrong.
            Err(error) if !options.roots.is_empty() => Err(bad_root(error)),
            Err(error) if https => Err(Error::config(format!(
                "TLS can't be set up: {error}; install the platform's root certificates, or give some by `root_certificate`"
            ))),
            // A machine without root certificates can still talk to a server without TLS, as a mock is.
            Err(_) => trusting_none().map(Self::offering).map_err(Error::config),
        }
    }

    pub(in super::super) fn connector<C>(&self, connector: C, alpn: Alpn) -> RustlsConnector<C> {
        let config = match alpn {
            Alpn::All => self.all.clone(),
            Alpn::Http1 => self.http1.clone(),
        };
        (connector, config).into()
    }

    fn offering(mut config: ClientConfig) -> Self {
        let http1 = b"http/1.1".to_vec();
        config.alpn_protocols = if cfg!(feature = "http2") { vec![http1.clone()] } else { Vec::new() };
        let plain = Arc::new(config.clone());
        if !cfg!(feature = "http2") {
            return Self { all: plain.clone(), http1: plain };
        }
        config.alpn_protocols = vec![b"h2".to_vec(), http1];
        Self { all: Arc::new(config), http1: plain }
    }
}

/// Returns what to do about a failure of TLS, if that is not plain.
pub(in super::super) fn advice(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    // An error of the system wraps that of rustls, perhaps twice, and does not count it among its sources.
    let mut inner = error;
    while let Some(error) = inner.downcast_ref::<io::Error>() {
        inner = error.get_ref()?;
    }
    match inner.downcast_ref()? {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some("a certificate is of an authority that is not trusted here; `root_certificate` adds one")
        }
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("the other side does not speak TLS; perhaps its URL should begin with http://")
        }
        _ => None,
    }
}

/// The provider is named here and not taken from the process, whose default is another program part's choice.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn verified(roots: Vec<CertificateDer<'static>>) -> Result<ClientConfig, String> {
    let verifier =
        if roots.is_empty() { Verifier::new(provider()) } else { Verifier::new_with_extra_roots(roots, provider()) };
    let verifier = verifier.map_err(|error| error.to_string())?;
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    // This is how a verifier is given; it checks all that the default one does.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

/// The certificate that connections present, checked: its key is of it.
fn client_certificate(given: &ClientCertificate) -> Result<Arc<dyn ResolvesClientCert>> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&given.chain).collect();
    let chain = chain.map_err(bad_client_certificate)?;
    if chain.is_empty() {
        return Err(bad_client_certificate("there is no certificate in it"));
    }
    // What is wrong with a key is not repeated, since it may be part of it.
    let unreadable = || bad_client_certificate("its private key can't be read");
    let key = PrivateKeyDer::from_pem_slice(&given.key).map_err(|_| unreadable())?;
    let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(bad_client_certificate)?;
    Ok(Arc::new(SingleCertAndKey::from(certified)))
}

fn trusting_none() -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn certificates(roots: &[Vec<u8>]) -> Result<Vec<CertificateDer<'static>>> {
    let mut found = Vec::new();
    for pem in roots {
        let before = found.len();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            found.push(certificate.map_err(bad_root)?);
        }
        if found.len() == before {
            return Err(bad_root("there is none in it"));
        }
    }
    Ok(found)
}
