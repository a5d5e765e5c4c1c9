//! Layers around a whole call: they see it once, before its credential, and its response after the last attempt.

use std::pin::Pin;
use std::sync::Arc;

use http::header::{HeaderMap, HeaderName};
use http::{Request, Response};
use url::Url;

use super::layers::{Innermost, Layers, call_error};
use super::prepared::PreparedCall;
use crate::error::{BoxError, Error, Redactor, Result};
use crate::io::time::{Instant, after};
use crate::io::transport::Body;
use crate::request::body::RequestBody;
use crate::request::headers::Change;
use crate::request::url::uri;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;

/// The facts about a reply that the layers do not see.
#[derive(Clone)]
struct Told {
    attempts: u32,
    redactor: Redactor,
    packed: bool,
    /// The body was read as a whole.
    is_whole: bool,
}

/// Makes the attempts of a call, with these headers besides.
type Attempts = for<'a> fn(&'a PreparedCall, &'a [Change]) -> Attempting<'a>;
type Attempting<'a> = Pin<Box<dyn Future<Output = Result<Reply>> + Send + 'a>>;

impl Layers {
    /// Carries out a call through the layers.
    pub(super) async fn carry_out(&self, call: PreparedCall, attempts: Attempts) -> Result<Reply> {
        if self.is_empty() {
            return attempts(&call, &[]).await;
        }
        let call = Arc::new(call);
        let outline = Outline::of(&call).await?;
        let mut request = outline.request(&call).await?;
        let inner = call.clone();
        request.extensions_mut().insert(Innermost::new(move |request| {
            let (call, outline) = (inner.clone(), outline.clone());
            Box::pin(async move {
                let reply = match outline.changed(&call, request)? {
                    (None, changes) => attempts(&call, &changes).await,
                    (Some(changed), changes) => attempts(&changed, &changes).await,
                };
                reply.map(into_response).map_err(BoxError::from)
            })
        }));
        let response = self.call(request).await.map_err(|error| call.given_redactor().error(call_error(error)))?;
        from_response(&call, response).await
    }
}

/// A call as the layers see it, by which their changes are told.
#[derive(Clone)]
struct Outline {
    headers: HeaderMap,
    body: Arc<()>,
}

impl Outline {
    async fn of(call: &PreparedCall) -> Result<Self> {
        Ok(Self { headers: call.outline_headers()?, body: Arc::new(()) })
    }

    async fn request(&self, call: &PreparedCall) -> Result<Request<Body>> {
        let mut request = Request::new(call.body.open().await?.with_origin(&self.body));
        *request.method_mut() = call.method.clone();
        *request.uri_mut() = uri(&call.url)?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    /// Returns the call as the layers changed it, if they did, and the headers that they changed.
    fn changed(&self, call: &PreparedCall, request: Request<Body>) -> Result<(Option<PreparedCall>, Vec<Change>)> {
        let (parts, body) = request.into_parts();
        let changes = changes(&self.headers, &parts.headers);
        let url = if parts.uri == uri(&call.url)? { call.url.clone() } else { self.url(call, &parts.uri)? };
        let same_body = body.is_of(&self.body);
        if same_body && url == call.url && parts.method == call.method {
            return Ok((None, changes));
        }
        let mut changed = call.clone();
        (changed.url, changed.method) = (url, parts.method);
        if !same_body {
            changed.body = Arc::new(RequestBody::of(call.body.content_type.clone(), body));
        }
        Ok((Some(changed), changes))
    }

    /// Returns a URL that a layer set. The credential is added later, so it must not go elsewhere.
    fn url(&self, call: &PreparedCall, uri: &http::Uri) -> Result<Url> {
        let url = Url::parse(&uri.to_string())
            .map_err(|error| Error::invalid(format!("a layer set a URL that is none: {error}")))?;
        if url.origin() != call.url.origin() {
            return Err(Error::invalid(
                "a layer around a call sent it to another origin, which would get the credential: set `base_url`, or \
                 use a layer around each attempt",
            ));
        }
        Ok(url)
    }
}

/// Returns the headers that differ.
fn changes(before: &HeaderMap, after: &HeaderMap) -> Vec<Change> {
    let removed = before.keys().filter(|name| !after.contains_key(*name)).map(|name| (name.clone(), None));
    let differs = |name: &HeaderName| before.get(name) != after.get(name);
    let set = after.iter().filter(|(name, _)| differs(name)).map(|(name, value)| (name.clone(), Some(value.clone())));
    removed.chain(set).collect()
}

fn into_response(reply: Reply) -> Response<Body> {
    let told = Told {
        attempts: reply.head.attempts,
        redactor: reply.head.redactor,
        packed: reply.packed,
        is_whole: reply.body.is_none(),
    };
    let mut response = Response::new(reply.body.unwrap_or_else(|| Body::from(reply.bytes)));
    (*response.status_mut(), *response.headers_mut()) = (reply.head.status, reply.head.headers);
    response.extensions_mut().insert(told);
    response
}

/// Returns the reply that came out of the layers, which may be one of theirs.
async fn from_response(call: &PreparedCall, response: Response<Body>) -> Result<Reply> {
    let (mut parts, body) = response.into_parts();
    let told = parts.extensions.remove::<Told>();
    let told =
        told.unwrap_or_else(|| Told { attempts: 0, redactor: call.given_redactor(), packed: false, is_whole: false });
    let head = ResponseHead {
        status: parts.status,
        headers: parts.headers,
        received: Some(call.channel.clock.now()),
        attempts: told.attempts,
        secrets: call.inputs.endpoint.secrets,
        redactor: told.redactor,
        strict: call.channel.defaults.strict_decoding,
    };
    call.receive_again(head, body, told.packed, told.is_whole, after(Instant::now(), call.timeout)).await
}
