//! No TLS: the features name no library for it.

use super::Alpn;
use crate::error::{Error, Result};
use crate::exchange::connections::options::ConnectionOptions;

use std::error::Error as StdError;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::Scheme;
use tower_service::Service;

use crate::io::transport::{BoxError, BoxFuture};

const NO_TLS: &str = "an https URL needs the feature `rustls` or `native-tls`";

/// A connector that refuses URLs of https.
#[derive(Clone)]
pub(in super::super) struct NoConnector<C>(C);

pub(in super::super) struct NoTls;

impl NoTls {
    pub(in super::super) fn new(options: &ConnectionOptions, https: bool) -> Result<Self> {
        if https {
            return Err(Error::config(NO_TLS));
        }
        if !options.roots.is_empty() {
            return Err(Error::config("`root_certificate` needs the feature `rustls` or `native-tls`"));
        }
        if options.client_certificate.is_some() {
            return Err(Error::config("`client_certificate` needs the feature `rustls` or `native-tls`"));
        }
        Ok(Self)
    }

    pub(in super::super) fn connector<C>(&self, connector: C, _alpn: Alpn) -> NoConnector<C> {
        NoConnector(connector)
    }
}

impl<C> Service<Uri> for NoConnector<C>
where
    C: Service<Uri, Response: Send, Future: Send + 'static, Error: Into<BoxError>>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        if uri.scheme() == Some(&Scheme::HTTPS) {
            return Box::pin(async { Err(NO_TLS.into()) });
        }
        let connecting = self.0.call(uri);
        Box::pin(async move { connecting.await.map_err(Into::into) })
    }
}

/// Returns what to do about a failure of TLS: nothing, as it says so itself.
pub(in super::super) fn advice(_error: &(dyn StdError + 'static)) -> Option<&'static str> {
    None
}
