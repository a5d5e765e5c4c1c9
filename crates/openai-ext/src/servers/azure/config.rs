//! The options of a client of Azure OpenAI, and where they come from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{AccessToken, ClientBuilder, Error, ErrorKind, Provider, ProviderRequest};
use openai_runtime::{Result, Secret};

use super::credential::{Credential, SourceError, Tokens};
use super::endpoint::Endpoint;
use super::routing::{OF_DEPLOYMENTS, Route};
use crate::Client;

/// The configuration of Azure OpenAI: the resource, the version of its API, and a credential.
///
/// ```
/// use std::time::Duration;
/// use openai_ext::azure::AzureConfig;
/// use openai_ext::prelude::*;
///
/// # fn main() -> openai_ext::Result<()> {
/// // Without more options:
/// let client = AzureConfig::new("https://my-resource.openai.azure.com").api_key("…").v1().client()?;
/// assert_eq!(client.base_url(), "https://my-resource.openai.azure.com/openai/v1");
///
/// // With those of any client:
/// let azure = AzureConfig::new("https://my-resource.openai.azure.com").api_key("…").api_version("2024-10-21");
/// let client = Client::builder().provider(azure).timeout(Duration::from_secs(30)).build()?;
/// # Ok(())
/// # }
/// ```
///
/// There are two modes. With [`v1`](Self::v1) URLs are as those of OpenAI, below `{endpoint}/openai/v1`. With an
/// [`api_version`](Self::api_version) every request has it in its query, and what runs a model goes to
/// `{endpoint}/openai/deployments/{deployment}/…`. The deployment is the `model` of the call, unless
/// [`deployment`](Self::deployment) names one for all calls.
///
/// There is one credential: two of them are an error of kind [`Config`](ErrorKind::Config) when the client is built, and one
/// that is set by hand wins over those of the environment. A key is sent as `api-key`, a token of Microsoft Entra ID as
/// `Authorization: Bearer`; neither follows a redirect to another origin. Nothing that the environment has for OpenAI is
/// sent: no key, organization, project or header of `OPENAI_CUSTOM_HEADERS`.
#[derive(Clone, Default)]
pub struct AzureConfig(Arc<AzureOptions>);

#[derive(Clone, Default)]
pub(super) struct AzureOptions {
    endpoint: Option<String>,
    endpoint_from_env: bool,
    base_url: Option<String>,
    version: Version,
    deployment: Option<String>,
    pub(super) credential: Credential,
    /// The option that set the credential, if not the environment.
    by_hand: Option<&'static str>,
    /// Two options that set one.
    clash: Option<[&'static str; 2]>,
    /// Of the Azure SDK's credentials.
    pub(super) scope: Option<String>,
}

#[derive(Clone, Debug, Default)]
enum Version {
    #[default]
    Unset,
    Dated(String),
    V1,
}

impl AzureConfig {
    /// The resource by its endpoint, as `https://my-resource.openai.azure.com`; a slash at its end does not matter.
    #[must_use]
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self::default().endpoint(endpoint)
    }

    /// Reads the environment: `AZURE_OPENAI_ENDPOINT`, `AZURE_OPENAI_API_KEY`, `AZURE_OPENAI_AD_TOKEN` (which wins
    /// over the key) and `OPENAI_API_VERSION`. A blank variable counts as unset, and what is missing can be set by
    /// hand; it is checked when the client is built.
    ///
    /// ```no_run
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = openai_ext::azure::AzureConfig::from_env().client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    #[inline]
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// As [`from_env`](Self::from_env), with another source of variables.
    #[must_use]
    pub fn from_vars(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut config = Self::default();
        let options = config.options();
        options.endpoint = set("AZURE_OPENAI_ENDPOINT");
        options.endpoint_from_env = true;
        if let Some(version) = set("OPENAI_API_VERSION") {
            options.version = Version::Dated(version);
        }
        options.credential = match (set("AZURE_OPENAI_AD_TOKEN"), set("AZURE_OPENAI_API_KEY")) {
            (Some(token), _) => Credential::Token(token.into()),
            (None, Some(key)) => Credential::Key(key.into()),
            (None, None) => Credential::Missing,
        };
        config
    }

    /// The resource by its endpoint; excludes [`base_url`](Self::base_url). What the portal shows is taken apart: `/openai/`
    /// at the end is left out, and of the URL of a deployment its name and `api-version` hold unless they are set.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        let options = self.options();
        options.endpoint = Some(endpoint.into());
        options.endpoint_from_env = false;
        self
    }

    /// The URL that paths are appended to, instead of what is made of the endpoint: for gateways. One with
    /// `/deployments/` in it is for that deployment alone, and one that ends with `/openai/v1` is in the mode of
    /// [`v1`](Self::v1). An endpoint of the environment is not used then.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.options().base_url = Some(url.into());
        self
    }

    /// The version of the API, as `2024-10-21`, sent as `api-version`. It takes the place of [`v1`](Self::v1).
    #[must_use]
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.options().version = Version::Dated(version.into());
        self
    }

    /// The API without dated versions, below `/openai/v1`. It takes the place of [`api_version`](Self::api_version), also
    /// of one in the environment.
    #[must_use]
    #[inline]
    pub fn v1(mut self) -> Self {
        self.options().version = Version::V1;
        self
    }

    /// The deployment of all calls that run a model, whatever model they name. Not for [`v1`](Self::v1), where the model
    /// of the call is always the deployment.
    #[must_use]
    pub fn deployment(mut self, name: impl Into<String>) -> Self {
        self.options().deployment = Some(name.into());
        self
    }

    /// A key of the resource.
    #[must_use]
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.set_credential("api_key", Credential::Key(key.into()))
    }

    /// A token of Microsoft Entra ID that stays as it is. It lives for about an hour, so that a program that runs longer
    /// wants [`cached_token_provider`](Self::cached_token_provider).
    #[must_use]
    pub fn entra_token(self, token: impl Into<Secret>) -> Self {
        self.set_credential("entra_token", Credential::Token(token.into()))
    }

    /// A function that gets a token of Microsoft Entra ID; it is called before each attempt, so it should keep its tokens
    /// itself.
    ///
    /// ```
    /// use openai_ext::azure::AzureConfig;
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = AzureConfig::new("https://my-resource.openai.azure.com")
    ///     .token_provider(|| async { std::fs::read_to_string("/run/secrets/entra-token") })
    ///     .v1()
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
        E: Into<SourceError>,
    {
        self.set_credential("token_provider", Credential::provider(provider))
    }

    /// A function that gets a token of Microsoft Entra ID and says how long it lives. The token is kept and shared by all
    /// clones of the client; it is renewed 1200 s before it ends, or at half of its life if that is later, by one request
    /// however many calls wait for it. One that the server refuses with 401 is dropped, and the call is sent once more.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openai_ext::azure::{AccessToken, AzureConfig};
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = AzureConfig::new("https://my-resource.openai.azure.com")
    ///     .cached_token_provider(|| async { Ok::<_, openai_ext::Error>(AccessToken::new("…", Duration::from_secs(3600))) })
    ///     .v1()
    ///     .client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn cached_token_provider<F, R, E>(self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<AccessToken, E>> + Send + 'static,
        E: Into<SourceError>,
    {
        self.set_credential("cached_token_provider", Credential::Cached(Tokens::new(provider)))
    }

    /// Sends no credential: for a gateway that puts it there itself, or that is told by headers set by hand. It takes out
    /// one that was set before.
    #[must_use]
    #[inline]
    pub fn no_api_key(mut self) -> Self {
        let options = self.options();
        (options.credential, options.by_hand, options.clash) = (Credential::None, None, None);
        self
    }

    /// Sets the time before its end at which a kept token is renewed, 1200 s by default; at most half of the token's
    /// life. Not for tokens that are not kept.
    #[must_use]
    #[inline]
    pub fn refresh_buffer(mut self, time: Duration) -> Self {
        if let Credential::Cached(tokens) = &mut self.options().credential {
            tokens.set_refresh_buffer(time);
        }
        self
    }

    /// A client with the default options; it reads no environment variable. For other options give the configuration to
    /// [`ClientBuilder::provider`].
    ///
    /// # Errors
    /// Neither endpoint nor base URL or both, no version, no credential, or options that don't fit together: an error of
    /// kind [`Config`](ErrorKind::Config) that says what to set.
    #[inline]
    pub fn client(self) -> Result<Client> {
        let builder: ClientBuilder<Client> = ClientBuilder::new();
        builder.provider(self).build()
    }

    /// Sets a credential by hand. One by another option that was there before is an error when the client is built.
    pub(super) fn set_credential(mut self, option: &'static str, credential: Credential) -> Self {
        let options = self.options();
        let before = options.by_hand.replace(option).filter(|before| *before != option);
        options.clash = options.clash.or(before.map(|before| [before, option]));
        options.credential = credential;
        self
    }

    #[inline]
    pub(super) fn options(&mut self) -> &mut AzureOptions {
        Arc::make_mut(&mut self.0)
    }
}

impl AzureOptions {
    /// Returns the target of requests, or the fault of the options.
    #[inline]
    fn route(&self) -> Result<Route> {
        let endpoint = set(&self.endpoint).filter(|_| !(self.endpoint_from_env && self.base_url.is_some()));
        let by_url = set(&self.base_url).map(|url| url.trim_end_matches('/'));
        let v1 = matches!(self.version, Version::V1) || by_url.is_some_and(|url| url.ends_with("/openai/v1"));
        let endpoint = endpoint.map(Endpoint::parse).transpose()?;
        let pasted = endpoint.as_ref().and_then(|endpoint| endpoint.version);
        let version = match (&self.version, pasted) {
            _ if v1 => None,
            (Version::Dated(version), _) if !version.trim().is_empty() => Some(version.trim().to_owned()),
            (_, Some(version)) => Some(version.to_owned()),
            _ => {
                return Err(wrong(
                    "no version of the API: set OPENAI_API_VERSION or `api_version`, or `v1` for the API without versions",
                ));
            }
        };
        let base = match (&endpoint, by_url) {
            (Some(_), Some(_)) => return Err(wrong("`endpoint` and `base_url` exclude each other: set one of them")),
            (None, None) => return Err(wrong("no endpoint: set AZURE_OPENAI_ENDPOINT, `endpoint` or `base_url`")),
            (None, Some(url)) => url.to_owned(),
            (Some(endpoint), None) => format!("{}/openai{}", endpoint.resource, if v1 { "/v1" } else { "" }),
        };
        if let Some(path) = OF_DEPLOYMENTS.iter().find(|path| endpoint.is_none() && base.ends_with(**path)) {
            return Err(wrong(&format!("`base_url` ends with {path}, which each call adds to it: leave that out")));
        }
        let pasted = endpoint.as_ref().and_then(|endpoint| endpoint.deployment);
        let deployment = set(&self.deployment).or(pasted).map(str::to_owned);
        if v1 && deployment.is_some() {
            return Err(wrong("`deployment` has no meaning with `v1`: the model of each call is the deployment"));
        }
        Ok(Route { base, version, deployment })
    }
}

#[inline]
fn set(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

#[inline]
fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("Azure: {what}"))
}

impl Provider for AzureConfig {
    #[inline]
    fn base_url(&self) -> Result<Option<String>> {
        if let Some([first, second]) = self.0.clash {
            return Err(wrong(&format!("`{first}` and `{second}` exclude each other: set one credential")));
        }
        let place = self.0.route()?;
        if self.0.credential.is_missing() {
            return Err(wrong(
                "no credential: set AZURE_OPENAI_API_KEY, AZURE_OPENAI_AD_TOKEN, `api_key`, `entra_token` or a token provider",
            ));
        }
        Ok(Some(place.base))
    }

    #[inline]
    fn has_credential(&self) -> bool {
        true
    }

    #[inline]
    fn takes_added_fields(&self) -> bool {
        true
    }

    #[inline]
    fn telemetry_name(&self) -> Option<&str> {
        Some("azure.ai.openai")
    }

    #[inline]
    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let options = self.0.clone();
        Box::pin(async move {
            options.route()?.apply(&mut request)?;
            options.credential.apply(&mut request, options.scope.as_deref()).await?;
            Ok(request)
        })
    }

    #[inline]
    fn refused(&self, extensions: &Extensions) -> bool {
        self.0.credential.refused(extensions)
    }
}

impl fmt::Debug for AzureConfig {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &*self.0;
        // URLs of gateways may hold a key in their query.
        let url = |url: &Option<String>| url.as_deref().map(openai_runtime::printable_url);
        f.debug_struct("AzureConfig")
            .field("endpoint", &url(&options.endpoint))
            .field("base_url", &url(&options.base_url))
            .field("version", &options.version)
            .field("deployment", &options.deployment)
            .field("credential", &options.credential)
            .finish_non_exhaustive()
    }
}
