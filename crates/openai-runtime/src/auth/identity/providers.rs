//! Subject tokens of the platforms that most workloads run on.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use serde_json::Value;

use super::fetch;
use super::subject::{SubjectTokenProvider, TokenType};
use crate::auth::secret::Secret;
use crate::error::{Error, ErrorKind, Redactor, Result};
use crate::io::disk::on_disk;
use crate::io::transport::{Body, BoxFuture, Direct, Transport};
use crate::request::url;
use crate::response::head::ResponseHead;

/// The token of a Kubernetes service account, from the file that the cluster keeps up to date.
///
/// The file is read anew for each exchange.
///
/// # Errors
/// A file that can't be read, is empty or is no text: an error of kind [`Authentication`](ErrorKind::Authentication).
#[derive(Clone, Debug)]
pub struct KubernetesToken {
    path: PathBuf,
}

impl KubernetesToken {
    /// The token at `/var/run/secrets/kubernetes.io/serviceaccount/token`.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::from_path("/var/run/secrets/kubernetes.io/serviceaccount/token")
    }

    /// The token at another path, as of a projected volume with an audience of its own.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl Default for KubernetesToken {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl SubjectTokenProvider for KubernetesToken {
    #[inline]
    fn subject_token(&self, _: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        let path = self.path.clone();
        Box::pin(async move {
            let wrong =
                |why: &str| Error::new(ErrorKind::Authentication, format!("the token file {} {why}", path.display()));
            let bytes = on_disk({
                let path = path.clone();
                move || std::fs::read(path)
            })
            .await
            .map_err(|error| wrong(&format!("can't be read: {error}")).with_source(error))?;
            match String::from_utf8(bytes) {
                Ok(text) if text.trim().is_empty() => Err(wrong("is empty")),
                Ok(text) => Ok(Secret::from(text.trim())),
                Err(_) => Err(wrong("is no text in UTF-8")),
            }
        })
    }
}

/// The token of an Azure managed identity, from the machine's metadata service.
///
/// Of several identities on a machine one must be chosen: by client id, object id or resource id.
///
/// The service is asked directly, even if the environment names a proxy; an HTTP client of your own decides for itself.
///
/// # Errors
/// The service is asked again, as often as the client's `max_retries` say, if it can't be reached within 10 s or fails.
/// If it refuses: an error of kind [`Authentication`](ErrorKind::Authentication) with what it said.
#[derive(Clone)]
pub struct AzureImds {
    base_url: String,
    api_version: String,
    resource: String,
    object_id: Option<String>,
    client_id: Option<String>,
    msi_res_id: Option<String>,
}

impl AzureImds {
    /// The identity of the machine, for the resource `https://management.azure.com/`.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self {
            base_url: "http://169.254.169.254".to_owned(),
            api_version: "2018-02-01".to_owned(),
            resource: "https://management.azure.com/".to_owned(),
            object_id: None,
            client_id: None,
            msi_res_id: None,
        }
    }

    /// The resource that the token is for.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource = resource.into();
        self
    }

    /// The client id of the identity.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// The object id of the identity.
    #[must_use]
    pub fn object_id(mut self, id: impl Into<String>) -> Self {
        self.object_id = Some(id.into());
        self
    }

    /// The resource id of the identity in Azure.
    #[must_use]
    pub fn msi_res_id(mut self, id: impl Into<String>) -> Self {
        self.msi_res_id = Some(id.into());
        self
    }

    /// The version of the service's interface, `2018-02-01` by default.
    #[must_use]
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Sets the service's URL, `http://169.254.169.254` by default; for tests.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    #[inline]
    fn url(&self) -> String {
        let required = [("api-version", Some(&self.api_version)), ("resource", Some(&self.resource))];
        let chosen = [
            ("object_id", self.object_id.as_ref()),
            ("client_id", self.client_id.as_ref()),
            ("msi_res_id", self.msi_res_id.as_ref()),
        ];
        metadata_url(&self.base_url, "/metadata/identity/oauth2/token", &[required.as_slice(), &chosen].concat())
    }
}

impl Default for AzureImds {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl SubjectTokenProvider for AzureImds {
    #[inline]
    fn subject_token(&self, transport: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        const WHAT: &str = "the request to the Azure metadata service";
        let url = self.url();
        Box::pin(async move {
            let header = (HeaderName::from_static("metadata"), HeaderValue::from_static("true"));
            let (head, bytes) = ask(&*transport, WHAT, &url, header).await?;
            let Ok(answer) = serde_json::from_slice::<Value>(&bytes) else {
                return Err(fetch::unusable(WHAT, &head, "is not JSON"));
            };
            let text = answer.get("access_token").and_then(Value::as_str).unwrap_or_default();
            token(text).ok_or_else(|| fetch::unusable(WHAT, &head, "has no access_token"))
        })
    }
}

/// The id token of a Google Cloud service account, from the machine's metadata service.
///
/// The service is asked directly, even if the environment names a proxy; an HTTP client of your own decides for itself.
///
/// # Errors
/// The service is asked again, as often as the client's `max_retries` say, if it can't be reached within 10 s or fails.
/// If it refuses: an error of kind [`Authentication`](ErrorKind::Authentication) with what it said.
#[derive(Clone)]
pub struct GcpMetadata {
    base_url: String,
    audience: String,
}

impl GcpMetadata {
    /// The default service account of the machine, for the audience `https://api.openai.com/v1`.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self {
            base_url: "http://metadata.google.internal".to_owned(),
            audience: "https://api.openai.com/v1".to_owned(),
        }
    }

    /// Whom the token is for.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Sets the service's URL, `http://metadata.google.internal` by default; for tests.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }
}

impl Default for GcpMetadata {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl SubjectTokenProvider for GcpMetadata {
    #[inline]
    fn subject_token(&self, transport: Arc<dyn Transport>) -> BoxFuture<Result<Secret>> {
        const WHAT: &str = "the request to the Google metadata service";
        const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/identity";
        let url = metadata_url(&self.base_url, PATH, &[("audience", Some(&self.audience))]);
        Box::pin(async move {
            let header = (HeaderName::from_static("metadata-flavor"), HeaderValue::from_static("Google"));
            let (head, bytes) = ask(&*transport, WHAT, &url, header).await?;
            let text = std::str::from_utf8(&bytes).unwrap_or_default();
            token(text).ok_or_else(|| fetch::unusable(WHAT, &head, "is no token"))
        })
    }

    #[inline]
    fn token_type(&self) -> TokenType {
        TokenType::IdToken
    }
}

impl fmt::Debug for AzureImds {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureImds")
            .field("base_url", &url::printable(&self.base_url))
            .field("resource", &self.resource)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for GcpMetadata {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GcpMetadata")
            .field("base_url", &url::printable(&self.base_url))
            .field("audience", &self.audience)
            .finish()
    }
}

/// Asks a metadata service, never by a proxy.
#[inline]
async fn ask(
    transport: &dyn Transport,
    what: &str,
    url: &str,
    header: (HeaderName, HeaderValue),
) -> Result<(ResponseHead, Bytes)> {
    let mut request = fetch::request(what, url, Body::empty())?;
    request.headers_mut().insert(header.0, header.1);
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    request.extensions_mut().insert(Direct);
    let (head, bytes) = fetch::fetch(transport, request, what, &Redactor::default()).await?;
    if head.status.is_success() { Ok((head, bytes)) } else { Err(fetch::refused(what, head, bytes, None)) }
}

/// A text as a token, if it can be one: a page of a captive portal is none.
#[inline]
fn token(text: &str) -> Option<Secret> {
    let text = text.trim();
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<');
    fits.then(|| Secret::from(text))
}

#[inline]
fn metadata_url(base: &str, path: &str, query: &[(&str, Option<&String>)]) -> String {
    let pairs: Vec<_> =
        query.iter().filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.clone()))).collect();
    format!("{}{path}?{}", base.trim().trim_end_matches('/'), url::encode_pairs(&pairs))
}
