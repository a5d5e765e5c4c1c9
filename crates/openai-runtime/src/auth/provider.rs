//! Who serves the API instead of its maker, where that one differs in URLs, headers and credentials.

use std::fmt;
use std::sync::Arc;

use ::url::Url;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method};

use crate::error::{Error, Result};
use crate::io::clock::Clock;
use crate::io::transport::{BoxFuture, Transport, next_chunk};
use crate::request::body::RequestBody;
use crate::request::url::{self, Base};

/// Fits requests to a server that has the API's operations under other URLs, headers or credentials; set by
/// [`ClientBuilder::provider`](crate::ClientBuilder::provider).
///
/// ```
/// use openai_runtime::transport::BoxFuture;
/// use openai_runtime::{Client, Provider, ProviderRequest, Result};
///
/// struct Gateway;
///
/// impl Provider for Gateway {
///     fn base_url(&self) -> Result<Option<String>> {
///         Ok(Some("https://gateway.example.com/openai".to_owned()))
///     }
///
///     fn has_credential(&self) -> bool {
///         true
///     }
///
///     fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
///         Box::pin(async move {
///             if let Some(model) = request.model().map(str::to_owned) {
///                 request.prefix_path(&["models", &model])?;
///             }
///             request.set_secret_header("x-gateway-key", "secret")?;
///             Ok(request)
///         })
///     }
/// }
///
/// # fn main() -> Result<()> {
/// let client = Client::builder().provider(Gateway).build()?;
/// assert_eq!(client.base_url(), "https://gateway.example.com/openai");
/// # Ok(()) }
/// ```
pub trait Provider: Send + Sync + 'static {
    /// The URL that paths are appended to; `None` leaves that to the client's options. Asked when the client is built.
    ///
    /// # Errors
    /// Options of the provider that don't fit together; building the client fails with it.
    fn base_url(&self) -> Result<Option<String>> {
        Ok(None)
    }

    /// Returns true if the provider sets the credential itself. Then the client needs no key: one of the environment
    /// is not sent, and one that is set by hand is an error.
    fn has_credential(&self) -> bool {
        false
    }

    /// Returns true if the server is known to answer the fields that are added to a body where the caller sets none, as
    /// `encoding_format: base64` of embeddings. The default is false; hosts of OpenAI and Azure are known without it.
    fn takes_added_fields(&self) -> bool {
        false
    }

    /// Returns the name of the provider in spans and metrics, the attribute `gen_ai.provider.name` of OpenTelemetry. By
    /// default it is `azure.ai.openai` for hosts of Azure, else `openai`.
    fn telemetry_name(&self) -> Option<&str> {
        None
    }

    /// Changes a request; called for each attempt, and for each handshake of a WebSocket. Headers that the client or
    /// the call sets by hand win over those that are set here.
    ///
    /// # Errors
    /// Any ends the call without another attempt.
    fn prepare(&self, request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>>;

    /// Returns true if requests are [signed](Self::sign). The default is false.
    fn signs(&self) -> bool {
        false
    }

    /// Signs a request that is complete: with the headers that the client and the call set by hand, and with its
    /// [body](ProviderRequest::read_body). Called for each attempt after [`prepare`](Self::prepare), if the provider
    /// [signs](Self::signs). By default it changes nothing.
    ///
    /// # Errors
    /// Any ends the call without another attempt.
    fn sign(&self, request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        Box::pin(std::future::ready(Ok(request)))
    }

    /// Returns false if no redirect is to be followed, because what authorizes a request is for its URL alone. Then a
    /// redirect is an error of kind [`Redirect`](crate::ErrorKind::Redirect). The default is true.
    fn follows_redirects(&self) -> bool {
        true
    }

    /// The server answered 401 to a request. True if another attempt would have another credential: then the call is
    /// sent once more. `extensions` are those that [`prepare`](Self::prepare) left in the request.
    fn refused(&self, extensions: &Extensions) -> bool {
        let _ = extensions;
        false
    }
}

/// A request as a [`Provider`] sees and changes it. Its body can be read, and stays as it is.
pub struct ProviderRequest {
    method: Method,
    template: Option<String>,
    base: Base,
    url: Url,
    headers: HeaderMap,
    model: Option<String>,
    body: Arc<RequestBody>,
    own: Vec<HeaderName>,
    extensions: Extensions,
    clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
}

/// The inputs that a provider makes a request of.
pub(crate) struct ProviderInput<'a> {
    pub(crate) method: &'a Method,
    /// None of a call that is in no document.
    pub(crate) template: Option<&'a str>,
    pub(crate) base: &'a Base,
    pub(crate) url: &'a Url,
    pub(crate) model: Option<&'a str>,
    pub(crate) body: &'a Arc<RequestBody>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) transport: &'a Arc<dyn Transport>,
}

impl ProviderRequest {
    /// `own` are the headers that the client's options or the call set by hand.
    pub(crate) fn new(
        input: &ProviderInput<'_>,
        headers: HeaderMap,
        own: Vec<HeaderName>,
        extensions: Extensions,
    ) -> Self {
        Self {
            method: input.method.clone(),
            template: input.template.map(str::to_owned),
            base: input.base.clone(),
            url: input.url.clone(),
            headers,
            model: input.model.map(str::to_owned),
            body: input.body.clone(),
            own,
            extensions,
            clock: input.clock.clone(),
            transport: input.transport.clone(),
        }
    }

    pub(crate) fn into_parts(self) -> (Url, HeaderMap, Extensions) {
        (self.url, self.headers, self.extensions)
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The operation's path with its parameters in braces, as `/threads/{thread_id}`; of a call that is in no document
    /// its [path](Self::path).
    #[must_use]
    pub fn path_template(&self) -> &str {
        self.template.as_deref().unwrap_or_else(|| self.path())
    }

    /// The path below the base URL, encoded, as `/threads/thread_1`; the whole path of a URL that is not below it.
    #[must_use]
    pub fn path(&self) -> &str {
        let path = self.url.path();
        path.strip_prefix(self.base.path()).filter(|below| below.starts_with('/')).unwrap_or(path)
    }

    /// Returns true if the path is below that of the base URL, which that of a whole URL may not be.
    #[must_use]
    pub fn is_below_base(&self) -> bool {
        self.url.path().strip_prefix(self.base.path()).is_some_and(|below| below.starts_with('/'))
    }

    /// The URL so far, with its query.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The `model` of the body, be it JSON or a form.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Reads the body as it is sent, for a digest: calls `each` with its chunks, one after the other. A form with files is
    /// read from them, so that they are read twice for each attempt.
    ///
    /// # Errors
    /// A body that can be read only once, as that of a file without a path, of kind
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest); a file that cannot be read.
    pub async fn read_body(&self, mut each: impl FnMut(&[u8]) + Send) -> Result<()> {
        if !self.body.is_replayable() {
            return Err(Error::invalid(
                "the request is signed over its body, which can be read only once: give bytes or the path of a file",
            ));
        }
        let mut body = self.body.open().await?;
        while let Some(chunk) = next_chunk(&mut body).await {
            each(&chunk.map_err(|error| Error::invalid("the body can't be read").with_source(error))?);
        }
        Ok(())
    }

    /// The media type of the body, if it has one.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.body.content_type.as_ref().and_then(|value| value.to_str().ok())
    }

    /// Puts segments before the path, each percent-encoded as a whole: `["deployments", "my model"]` makes
    /// `/deployments/my%20model/chat/completions` of `/chat/completions`.
    ///
    /// # Errors
    /// An empty segment, `.` and `..`.
    pub fn prefix_path(&mut self, segments: &[&str]) -> Result<()> {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.push_str(&url::path_value("segment", segment).map_err(Error::invalid)?);
        }
        path.push_str(self.path());
        self.set_path(&path)
    }

    /// Replaces the path below the base URL. It is encoded already.
    ///
    /// # Errors
    /// A path that does not fit a URL, and `.` or `..` as a segment.
    pub fn set_path(&mut self, path: &str) -> Result<()> {
        let query = self.url.query().map(str::to_owned);
        if path.contains(['?', '#']) || path.contains("://") {
            return Err(Error::invalid("the path of a provider must be a path alone, without query and host"));
        }
        self.url = self.base.join(path, &[], None)?;
        self.url.set_query(query.as_deref());
        Ok(())
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Sets a query parameter; it takes the place of what is there by its name.
    pub fn set_query(&mut self, name: &str, value: &str) {
        self.change_query(name, Some(value));
    }

    /// Takes out a query parameter.
    pub fn remove_query(&mut self, name: &str) {
        self.change_query(name, None);
    }

    fn change_query(&mut self, name: &str, value: Option<&str>) {
        // The others stay as they are: encoding them again would encode their delimiters.
        let kept = self.url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let kept = kept.filter(|pair| url::query_pairs(pair).iter().all(|(known, _)| known != name)).map(str::to_owned);
        let added = value.map(|value| url::encode_pairs(&[(name.to_owned(), value.to_owned())]));
        let query = kept.chain(added).collect::<Vec<_>>().join("&");
        self.url.set_query((!query.is_empty()).then_some(&query));
    }

    /// The headers: in [`prepare`](Provider::prepare) without those that the client or the call sets by hand, which are set
    /// afterwards; in [`sign`](Provider::sign) all of them.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be changed. A value that is [sensitive](http::HeaderValue::set_sensitive) stays with the origin:
    /// it does not follow a redirect to another one, and is taken out of errors.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Sets a header whose value is a secret: it does not follow a redirect to another origin, and is taken out of errors.
    ///
    /// # Errors
    /// A value that no header can have, of kind [`Config`](crate::ErrorKind::Config); it is not repeated.
    pub fn set_secret_header(&mut self, name: &str, value: &str) -> Result<()> {
        let wrong = |_| Error::config(format!("{name} would be a header with characters that no header can have"));
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(()))?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| wrong(()))?;
        value.set_sensitive(true);
        self.headers.insert(known, value);
        Ok(())
    }

    /// Returns true if the client or the call sets this header by hand, or removes it: the provider then needs no
    /// credential for it.
    #[must_use]
    pub fn sets(&self, header: &str) -> bool {
        self.own.iter().any(|name| name.as_str().eq_ignore_ascii_case(header))
    }

    /// Returns the values that the provider wants to see again if the request is [refused](Provider::refused).
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.extensions
    }

    /// The client's clock, by which tokens expire.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns the transport of the client, for a provider that requests a credential itself.
    #[must_use]
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }
}

impl fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("ProviderRequest")
            .field("method", &self.method)
            .field("path_template", &self.path_template())
            .field("url", &url::printable(self.url()))
            .field("model", &self.model)
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
}
