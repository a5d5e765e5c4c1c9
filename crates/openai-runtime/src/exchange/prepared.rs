//! A call made ready: what is the same for each of its attempts.

use std::sync::Arc;
use std::time::Duration;

use ::url::Url;
use http::Method;
use http::header::HeaderName;

use super::channel::Channel;
use crate::error::{Error, ErrorKind, Result};
use crate::request::body::{CallBody, RequestBody};
use crate::request::endpoint::{BodyKind, Security};
use crate::request::inputs::CallInputs;
use crate::request::sensitivity::secrets_in_body;
use crate::request::url;

/// The treatment of the body of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It is read as a part of the attempt.
    Buffered,
    /// It is handed on as it comes.
    Streamed,
    /// The same, and it must be an event stream.
    Events,
    /// There is none: the response leaves a connection behind that speaks another protocol.
    #[cfg(feature = "websocket")]
    Upgrade,
}

/// All of a call that is the same for each attempt.
#[cfg_attr(feature = "tower", derive(Clone))]
pub(crate) struct PreparedCall {
    pub(crate) channel: Arc<Channel>,
    pub(crate) inputs: CallInputs,
    pub(crate) method: Method,
    pub(super) url: Url,
    /// The body's model, if there is a provider to ask for it.
    pub(super) model: Option<String>,
    pub(crate) body: Arc<RequestBody>,
    /// The secrets in the body, as the credentials of MCP servers.
    pub(super) body_secrets: Vec<String>,
    pub(super) mode: Mode,
    pub(super) timeout: Duration,
    /// In bytes, of a body that is read as a whole.
    pub(super) max_response_size: usize,
    /// The operation has a server of another origin, which must see nothing of the client's credentials.
    pub(super) is_foreign: bool,
}

impl PreparedCall {
    pub(crate) fn new(channel: Arc<Channel>, mut inputs: CallInputs, mode: Mode) -> Result<Self> {
        if let Some(problem) = inputs.problem {
            return Err(Error::invalid(problem));
        }
        let endpoint = inputs.endpoint;
        let (method, path) = match &inputs.route {
            Some((method, path)) => (method.clone(), path.clone()),
            None => {
                let method = Method::from_bytes(endpoint.method.as_bytes())
                    .map_err(|_| Error::invalid(format!("{:?} is no HTTP method", endpoint.method)))?;
                (method, url::fill(endpoint.path, &inputs.path)?)
            }
        };
        let server = endpoint.server.filter(|_| inputs.route.is_none());
        let own_base = server.map(|server| channel.base.of_server(server.url)).transpose()?;
        let is_elsewhere = own_base.as_ref().is_some_and(|base| !base.is_same_origin(&channel.base));
        let is_foreign = is_elsewhere && !server.is_some_and(|server| server.is_trusted);
        if is_foreign {
            inputs.security = Security::None;
        }
        let fixed: Vec<_> = endpoint.query.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let defaults = if is_foreign { &[][..] } else { &channel.defaults.query };
        let queries = [&fixed[..], defaults, &inputs.query];
        let join = || own_base.as_ref().unwrap_or(&channel.base).join(&path, &queries, endpoint.styles);
        // Calls of an operation with neither have one URL.
        let is_plain = inputs.route.is_none() && inputs.path.is_empty() && queries.iter().all(|query| query.is_empty());
        let url = if is_plain && own_base.is_none() { channel.last_urls.of(&path, join)? } else { join()? };
        let kind = match (&inputs.route, &inputs.body) {
            (None, _) => endpoint.body,
            (Some(_), CallBody::Members(_)) => BodyKind::Multipart,
            (Some(_), _) => BodyKind::Json,
        };
        let fields = inputs.all_fields(channel.takes_added_fields());
        let body = RequestBody::new(kind, endpoint.styles, &inputs.body, &fields)?;
        let body_secrets = secrets_in_body(body.as_json(), endpoint.secrets);
        let timeout = inputs.timeout.unwrap_or(channel.defaults.timeout);
        let max_response_size = inputs.max_response_size.unwrap_or(channel.defaults.max_response_size);
        let model = channel.credentials.provider.as_ref().and_then(|_| inputs.text_member("model"));
        let body = Arc::new(body);
        Ok(Self {
            method,
            url,
            model,
            body,
            body_secrets,
            mode,
            timeout,
            max_response_size,
            is_foreign,
            channel,
            inputs,
        })
    }

    /// Tells whether the caller or the client set this header.
    pub(crate) fn sets(&self, header: &HeaderName) -> bool {
        self.channel.defaults.headers.iter().chain(&self.inputs.headers).any(|(name, _)| name == header)
    }

    /// Tells whether the call is a handshake of another protocol.
    pub(super) fn upgrades(&self) -> bool {
        #[cfg(feature = "websocket")]
        return self.mode == Mode::Upgrade;
        #[cfg(not(feature = "websocket"))]
        false
    }

    pub(super) fn timed_out(&self, attempts: u32) -> Error {
        Error::new(ErrorKind::Timeout, self.limit_text("there was no response")).with_attempts(attempts)
    }

    pub(super) fn limit_text(&self, what: &str) -> String {
        format!("{what} within {:?}", self.timeout)
    }
}
