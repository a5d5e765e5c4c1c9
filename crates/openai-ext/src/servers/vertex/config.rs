//! The options of a client of Vertex AI, and where they come from.

use std::fmt;
use std::sync::Arc;

use http::Extensions;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{AccessToken, ClientBuilder, Error, ErrorKind, Provider, ProviderRequest, Result, Secret};

use crate::Client;
use crate::servers::bearer::{Bearer, TokenSourceError, source};
use crate::servers::hosts::{BaseUrl, trimmed};

const CLOUD: &str = "Vertex";

const NO_TOKEN: &str = "no token: set `access_token`, `token_provider` or `cached_token_provider`";

/// The headers that tell OpenAI who calls.
const IDENTIFYING: [&str; 2] = ["openai-organization", "openai-project"];

/// The options of a client of Vertex AI: the project, the location, and a token.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::vertex::VertexConfig;
///
/// # fn main() -> openai_ext::Result<()> {
/// let client = VertexConfig::new("my-project", "europe-west4").access_token("ya29.…").client()?;
/// assert_eq!(
///     client.base_url(),
///     "https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4/publishers/openai/v1"
/// );
/// # Ok(())
/// # }
/// ```
///
/// The location `global` has the host `aiplatform.googleapis.com`. Tokens need the scope
/// `https://www.googleapis.com/auth/cloud-platform` and are sent as `Authorization: Bearer`. Two credentials are an error of
/// kind [`Config`](ErrorKind::Config) when the client is built. No redirect is followed. The headers `Authorization`,
/// `OpenAI-Organization` and `OpenAI-Project`, set by hand, are an error of the call, and what the environment says for OpenAI
/// is not sent.
#[derive(Clone, Default)]
pub struct VertexConfig(Arc<VertexOptions>);

#[derive(Clone, Default)]
struct VertexOptions {
    project: Option<String>,
    location: Option<String>,
    base_url: Option<String>,
    /// With the option that sets it.
    credential: Option<(&'static str, Bearer)>,
    /// Two credentials were set.
    clash: Option<[&'static str; 2]>,
}

impl VertexConfig {
    /// Makes options with the id of a project of Google Cloud and a location, as `global` or `europe-west4`; it reads no
    /// environment variable.
    #[must_use]
    pub fn new(project: impl Into<String>, location: impl Into<String>) -> Self {
        Self::default().project(project).location(location)
    }

    /// Makes options with what the environment says: `GOOGLE_CLOUD_PROJECT` and `GOOGLE_CLOUD_LOCATION`. A blank variable
    /// counts as unset. A token is set by hand in any case.
    ///
    /// ```no_run
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = openai_ext::vertex::VertexConfig::from_env().access_token("ya29.…").client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Makes options as [`from_env`](Self::from_env), with another source of variables.
    #[must_use]
    pub fn from_vars(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut config = Self::default();
        let options = config.options();
        options.project = variable("GOOGLE_CLOUD_PROJECT");
        options.location = variable("GOOGLE_CLOUD_LOCATION");
        config
    }

    /// Sets the id of the project.
    #[must_use]
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.options().project = Some(id.into());
        self
    }

    /// Sets the location, as `global` or `europe-west4`.
    #[must_use]
    pub fn location(mut self, name: impl Into<String>) -> Self {
        self.options().location = Some(name.into());
        self
    }

    /// Sets the URL that `/responses` is appended to, instead of that of the project and location: for a private endpoint or
    /// a gateway, by https or on this machine.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.options().base_url = Some(url.into());
        self
    }

    /// Sets an access token that stays as it is. It lives for about an hour, so that a program that runs longer wants
    /// [`cached_token_provider`](Self::cached_token_provider).
    #[must_use]
    pub fn access_token(self, token: impl Into<Secret>) -> Self {
        self.credential("access_token", Bearer::Fixed(token.into()))
    }

    /// Sets a function that gets an access token; it is called before each attempt, so it should keep its tokens itself, as
    /// the crates of Google Cloud do. The [module](crate::vertex) has the lines that plug them in.
    ///
    /// ```
    /// use openai_ext::vertex::VertexConfig;
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = VertexConfig::new("my-project", "global")
    ///     .token_provider(|| async { std::fs::read_to_string("/run/secrets/google-token") })
    ///     .client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn token_provider<F, R, K, E>(self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<K, E>> + Send + 'static,
        K: Into<Secret>,
        E: Into<TokenSourceError>,
    {
        self.credential("token_provider", Bearer::Provider(source(CLOUD, "token", provider)))
    }

    /// Sets a function that gets an access token and says how long it lives. The token is kept and shared by all clones of
    /// the client; it is renewed 1200 s before it ends, or at half of its life if that is later. One that the server refuses
    /// with 401 is dropped, and the call is sent once more.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openai_ext::vertex::{AccessToken, VertexConfig};
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = VertexConfig::new("my-project", "global")
    ///     .cached_token_provider(|| async { Ok::<_, openai_ext::Error>(AccessToken::new("…", Duration::from_secs(3600))) })
    ///     .client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn cached_token_provider<F, R, E>(self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<AccessToken, E>> + Send + 'static,
        E: Into<TokenSourceError>,
    {
        self.credential("cached_token_provider", Bearer::cached(source(CLOUD, "token", provider)))
    }

    /// Builds a client with the default options; it reads no environment variable. For other options give the configuration
    /// to [`ClientBuilder::provider`].
    ///
    /// # Errors
    /// No project, location or token, two tokens, or a name that is none: an error of kind [`Config`](ErrorKind::Config) that
    /// says what to set.
    pub fn client(self) -> Result<Client> {
        let builder: ClientBuilder<Client> = ClientBuilder::new();
        builder.provider(self).build()
    }

    fn credential(mut self, option: &'static str, bearer: Bearer) -> Self {
        let options = self.options();
        let before = options.credential.as_ref().map(|(before, _)| *before).filter(|before| *before != option);
        options.clash = options.clash.or(before.map(|before| [before, option]));
        options.credential = Some((option, bearer));
        self
    }

    fn options(&mut self) -> &mut VertexOptions {
        Arc::make_mut(&mut self.0)
    }
}

impl VertexOptions {
    fn bearer(&self) -> Result<&Bearer> {
        if let Some([first, second]) = self.clash {
            return Err(wrong(&format!("`{first}` and `{second}` exclude each other: set one of them")));
        }
        let bearer = self.credential.as_ref().map(|(_, bearer)| bearer).filter(|bearer| !bearer.is_blank());
        bearer.ok_or_else(|| wrong(NO_TOKEN))
    }

    /// The base URL, for which a token is there as well.
    fn base(&self) -> Result<String> {
        let set =
            |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(url) = set(&self.base_url) {
            self.bearer()?;
            BaseUrl::parse(CLOUD, &url)?;
            return Ok(trimmed(&url, "/responses", ""));
        }
        let (project, location) = (set(&self.project), set(&self.location));
        let lacks_token = self.credential.as_ref().is_none_or(|(_, bearer)| bearer.is_blank());
        // All that is missing at once.
        let missing: Vec<&str> = [
            project.is_none().then_some("no project: set GOOGLE_CLOUD_PROJECT or `project`"),
            location.is_none().then_some("no location: set GOOGLE_CLOUD_LOCATION or `location`"),
            (lacks_token && self.clash.is_none()).then_some(NO_TOKEN),
        ]
        .into_iter()
        .flatten()
        .collect();
        let (Some(project), Some(location), []) = (project, location, &*missing) else {
            return Err(wrong(&missing.join("; ")));
        };
        self.bearer()?;
        // Neither is repeated: a token may stand in its place.
        if !is_label(&location) {
            return Err(wrong("what was given is no location: give a name such as global or europe-west4"));
        }
        if !is_project(&project) {
            return Err(wrong("what was given is no id of a project: give one such as my-project"));
        }
        let prefix = if location == "global" { String::new() } else { format!("{location}-") };
        Ok(format!(
            "https://{prefix}aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/openai/v1"
        ))
    }
}

/// Returns true for the id of a project. Those of a domain have its name before theirs: `example.com:my-project`.
fn is_project(text: &str) -> bool {
    text.split([':', '.']).all(is_label)
}

/// Returns true for what can be a part of a name.
fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

#[cold]
fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("Vertex: {what}"))
}

#[cold]
fn invalid(what: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("Vertex: {what}"))
}

impl Provider for VertexConfig {
    fn base_url(&self) -> Result<Option<String>> {
        self.0.base().map(Some)
    }

    fn has_credential(&self) -> bool {
        true
    }

    fn telemetry_name(&self) -> Option<&str> {
        Some("gcp.vertex_ai")
    }

    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let options = self.0.clone();
        Box::pin(async move {
            let path = request.path();
            if !request.is_below_base() || (path != "/responses" && !path.starts_with("/responses/")) {
                return Err(invalid(format!("it has the operations of Responses only, and {path} is none of them")));
            }
            if request.sets("authorization") {
                return Err(invalid("the header Authorization is the provider's: don't set it by hand".to_owned()));
            }
            options.bearer()?.apply(&mut request, CLOUD).await?;
            Ok(request)
        })
    }

    /// Returns true if the provider signs; the header that was set by hand is there by now.
    fn signs(&self) -> bool {
        true
    }

    fn sign(&self, request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let by_hand = IDENTIFYING.iter().find(|name| request.headers().contains_key(**name));
        let checked = match by_hand {
            Some(name) => Err(invalid(format!("the header {name} is OpenAI's: leave out what sets it"))),
            None => Ok(request),
        };
        Box::pin(std::future::ready(checked))
    }

    fn follows_redirects(&self) -> bool {
        false
    }

    fn refused(&self, extensions: &Extensions) -> bool {
        self.0.bearer().is_ok_and(|bearer| bearer.refused(extensions))
    }
}

/// A name; what is none may be a token.
fn shown(text: &Option<String>, is_name: fn(&str) -> bool) -> Option<&str> {
    text.as_deref().map(|text| if is_name(text.trim()) { text } else { "***" })
}

impl fmt::Debug for VertexConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &*self.0;
        f.debug_struct("VertexConfig")
            .field("project", &shown(&options.project, is_project))
            .field("location", &shown(&options.location, is_label))
            .field("base_url", &options.base_url.as_deref().map(openai_runtime::printable_url))
            .field("credential", &options.credential.as_ref().map(|(option, _)| option))
            .finish_non_exhaustive()
    }
}
