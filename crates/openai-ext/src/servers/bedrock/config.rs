//! The options of a client of Bedrock, where they come from, and how its requests are signed.

use std::fmt;
use std::sync::Arc;

use http::{Extensions, HeaderValue, Uri};
use openai_runtime::transport::BoxFuture;
use openai_runtime::{
    AccessToken, ClientBuilder, Error, ErrorKind, Provider, ProviderRequest, Result, Secret, TokenCache,
};
use sha2::{Digest, Sha256};

use super::CLOUD;
use super::credentials::{AwsCredentials, AwsSource};
use super::endpoint::{BedrockEndpoint, BedrockRoute, Given, NO_REGION, checked_region, wrong};
use super::sigv4::{Scope, SignedParts, authorization, hex, timestamp};
use crate::Client;
use crate::servers::bearer::{Bearer, TokenSourceError, source};

/// The headers that a signature covers, which a caller must not set.
const SIGNED: [&str; 5] = ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];

/// The options of a client of Amazon Bedrock: the region, the family of hosts, and a credential.
///
/// ```
/// use std::time::Duration;
/// use openai_ext::bedrock::{BedrockConfig, BedrockEndpoint};
/// use openai_ext::prelude::*;
///
/// # fn main() -> openai_ext::Result<()> {
/// let client = BedrockConfig::new("us-west-2").api_key("bedrock-api-key-…").client()?;
/// assert_eq!(client.base_url(), "https://bedrock-mantle.us-west-2.api.aws/openai/v1");
///
/// // With those of any client:
/// let bedrock = BedrockConfig::new("eu-central-1").endpoint(BedrockEndpoint::Runtime).api_key("bedrock-api-key-…");
/// let client = Client::builder().provider(bedrock).timeout(Duration::from_secs(30)).build()?;
/// assert_eq!(client.base_url(), "https://bedrock-runtime.eu-central-1.amazonaws.com/openai/v1");
/// # Ok(())
/// # }
/// ```
///
/// There is one credential: an API key of Bedrock or a token, sent as `Authorization: Bearer`, or AWS credentials, by which
/// each attempt is signed anew (Signature Version 4) over its head and its body. Two of them are an error of kind
/// [`Config`](ErrorKind::Config) when the client is built, and one that is set by hand wins over those of the environment.
///
/// The host is checked when the client is built, before a credential is sent: one of AWS must be of the family and of the
/// region, a base URL without https is refused, and a signed request goes to hosts of AWS only. Addresses of this machine
/// are let through, for tests. No redirect is followed. A body that can be read only once, as that of a reader, cannot be
/// signed; the call is an error of kind [`InvalidRequest`](ErrorKind::InvalidRequest). Files with a path are read twice.
///
/// A key, organization, project or header that the environment has for OpenAI is not sent.
#[derive(Clone, Default)]
pub struct BedrockConfig(Arc<BedrockOptions>);

#[derive(Clone, Default)]
struct BedrockOptions {
    base_url: Option<String>,
    family: Option<BedrockEndpoint>,
    region: Option<String>,
    by_hand: Option<BedrockCredential>,
    of_env: Option<BedrockCredential>,
    /// Two credentials were set by hand.
    clash: Option<[&'static str; 2]>,
    /// The half of an access key that the environment has, and the one that it lacks.
    half_key: Option<[&'static str; 2]>,
}

#[derive(Clone)]
enum BedrockCredential {
    Bearer(&'static str, Bearer),
    Aws(&'static str, AwsSource),
}

impl BedrockCredential {
    /// The option that sets it.
    fn option(&self) -> &'static str {
        match self {
            Self::Bearer(option, _) | Self::Aws(option, _) => option,
        }
    }
}

impl BedrockConfig {
    /// Makes options with a region, as `us-west-2`; it reads no environment variable.
    #[must_use]
    pub fn new(region: impl Into<String>) -> Self {
        Self::default().region(region)
    }

    /// Makes options with what the environment says: `AWS_REGION`, else `AWS_DEFAULT_REGION`; `AWS_BEDROCK_BASE_URL`; and the
    /// API key `AWS_BEARER_TOKEN_BEDROCK`, else `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`. A
    /// blank variable counts as unset, and what is missing can be set by hand. Profiles and roles are read by AWS's own
    /// crate: see [`credential_provider`](Self::credential_provider).
    ///
    /// ```no_run
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = openai_ext::bedrock::BedrockConfig::from_env().client()?;
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
        let set = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut config = Self::default();
        let options = config.options();
        options.base_url = set("AWS_BEDROCK_BASE_URL");
        options.region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        let aws = || {
            let credentials = AwsCredentials::new(set("AWS_ACCESS_KEY_ID")?, set("AWS_SECRET_ACCESS_KEY")?);
            let credentials = credentials.session_token(set("AWS_SESSION_TOKEN").as_deref());
            Some(BedrockCredential::Aws("AWS_ACCESS_KEY_ID", AwsSource::Fixed(credentials)))
        };
        let bearer = set("AWS_BEARER_TOKEN_BEDROCK").map(|token| Bearer::Fixed(token.into()));
        const KEY: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        options.half_key = match KEY.map(|name| set(name).is_some()) {
            [true, false] => Some(KEY),
            [false, true] => Some([KEY[1], KEY[0]]),
            _ => None,
        };
        options.of_env =
            bearer.map(|bearer| BedrockCredential::Bearer("AWS_BEARER_TOKEN_BEDROCK", bearer)).or_else(aws);
        config
    }

    /// Sets the region, as `us-west-2`. Its partition (China, GovCloud and others) tells the suffix of the host.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.options().region = Some(region.into());
        self
    }

    /// Sets the family of hosts; [`BedrockEndpoint::Mantle`] by default, or that of the host of the
    /// [`base_url`](Self::base_url).
    #[must_use]
    pub fn endpoint(mut self, endpoint: BedrockEndpoint) -> Self {
        self.options().family = Some(endpoint);
        self
    }

    /// Sets the URL that paths are appended to, instead of that of the region: for endpoints of private networks, and for
    /// gateways, which take an API key or a token only. `/openai/v1` is added to a URL without a path, and `/responses` at
    /// the end is left out.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.options().base_url = Some(url.into());
        self
    }

    /// Sets an API key of Bedrock, sent as a bearer token.
    #[must_use]
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.credential(BedrockCredential::Bearer("api_key", Bearer::Fixed(key.into())))
    }

    /// Sets a function that gets an API key or a token; it is called before each attempt, so it should keep its tokens
    /// itself.
    ///
    /// ```
    /// use openai_ext::bedrock::BedrockConfig;
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = BedrockConfig::new("us-west-2")
    ///     .token_provider(|| async { std::fs::read_to_string("/run/secrets/bedrock-token") })
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
        let source = source(CLOUD, "token", provider);
        self.credential(BedrockCredential::Bearer("token_provider", Bearer::Provider(source)))
    }

    /// Sets a function that gets a token and says how long it lives. The token is kept and shared by all clones of the
    /// client; it is renewed 1200 s before it ends, or at half of its life if that is later. One that the server refuses
    /// with 401 is dropped, and the call is sent once more.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openai_ext::bedrock::{AccessToken, BedrockConfig};
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = BedrockConfig::new("us-west-2")
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
        let bearer = Bearer::cached(source(CLOUD, "token", provider));
        self.credential(BedrockCredential::Bearer("cached_token_provider", bearer))
    }

    /// Sets AWS credentials, by which requests are signed.
    #[must_use]
    pub fn credentials(self, credentials: AwsCredentials) -> Self {
        self.credential(BedrockCredential::Aws("credentials", AwsSource::Fixed(credentials)))
    }

    /// Sets a function that gets AWS credentials, by which requests are signed. Those with an
    /// [end](AwsCredentials::expires_at) are kept and shared by all clones of the client, and renewed 1200 s before it, or at
    /// half of their life if that is later; others are asked for before each attempt. Kept ones that the server refuses with
    /// 401 are dropped, and the call is sent once more.
    ///
    /// The [module](crate::bedrock) has the lines that plug in the crate `aws-config`.
    ///
    /// ```
    /// use openai_ext::bedrock::{AwsCredentials, BedrockConfig};
    ///
    /// # fn main() -> openai_ext::Result<()> {
    /// let client = BedrockConfig::new("us-west-2")
    ///     .credential_provider(|| async { Ok::<_, openai_ext::Error>(AwsCredentials::new("AKIA…", "…").session_token("…")) })
    ///     .client()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn credential_provider<F, R, E>(self, provider: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<AwsCredentials, E>> + Send + 'static,
        E: Into<TokenSourceError>,
    {
        let source = AwsSource::Provider(source(CLOUD, "credentials", provider), Arc::new(TokenCache::new()));
        self.credential(BedrockCredential::Aws("credential_provider", source))
    }

    /// Builds a client with the default options; it reads no environment variable. For other options give the configuration
    /// to [`ClientBuilder::provider`].
    ///
    /// # Errors
    /// No region, no credential or two, or a base URL at a host that the credential is not for: an error of kind
    /// [`Config`](ErrorKind::Config) that says what to set.
    pub fn client(self) -> Result<Client> {
        let builder: ClientBuilder<Client> = ClientBuilder::new();
        builder.provider(self).build()
    }

    /// Sets a credential by hand. One by another option that was there before is an error when the client is built.
    fn credential(mut self, credential: BedrockCredential) -> Self {
        let options = self.options();
        let before =
            options.by_hand.as_ref().map(BedrockCredential::option).filter(|before| *before != credential.option());
        options.clash = options.clash.or(before.map(|before| [before, credential.option()]));
        options.by_hand = Some(credential);
        self
    }

    fn options(&mut self) -> &mut BedrockOptions {
        Arc::make_mut(&mut self.0)
    }
}

impl BedrockOptions {
    /// The credential, checked as far as it can be before a request.
    fn credential(&self) -> Result<&BedrockCredential> {
        if let Some([first, second]) = self.clash {
            return Err(wrong(&format!("`{first}` and `{second}` exclude each other: set one credential")));
        }
        let missing = || wrong(&self.missing_credential());
        let credential = self.by_hand.as_ref().or(self.of_env.as_ref()).ok_or_else(missing)?;
        match credential {
            BedrockCredential::Bearer(_, bearer) if bearer.is_blank() => Err(missing()),
            BedrockCredential::Aws(_, AwsSource::Fixed(fixed)) => fixed.clone().checked().map(|_| credential),
            _ => Ok(credential),
        }
    }

    fn missing_credential(&self) -> String {
        let half = match self.half_key {
            Some([set, missing]) => format!("{set} is set and {missing} is not, "),
            None => String::new(),
        };
        format!(
            "{half}no credential: set AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, `api_key`, \
             `credentials`, `credential_provider` or a token provider"
        )
    }

    fn route(&self) -> Result<BedrockRoute> {
        let set = |text: &'_ Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (base_url, region) = (set(&self.base_url), set(&self.region));
        let lacks_credential = match self.by_hand.as_ref().or(self.of_env.as_ref()) {
            Some(BedrockCredential::Bearer(_, bearer)) => bearer.is_blank(),
            Some(BedrockCredential::Aws(..)) => false,
            None => true,
        };
        // All that is missing at once.
        if lacks_credential && self.clash.is_none() && base_url.is_none() && region.is_none() {
            return Err(wrong(&format!("{NO_REGION}; {}", self.missing_credential())));
        }
        let signs = matches!(self.credential()?, BedrockCredential::Aws(..));
        BedrockRoute::of(Given { base_url: base_url.as_deref(), family: self.family, region: region.as_deref(), signs })
    }

    /// Signs a request with AWS credentials.
    async fn sign(&self, source: &AwsSource, request: &mut ProviderRequest) -> Result<()> {
        if let Some(name) = SIGNED.iter().find(|name| request.headers().contains_key(**name)) {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!("Bedrock: the header {name} is a part of the signature: don't set it by hand"),
            ));
        }
        let route = self.route()?;
        let credentials = source.get(request).await?;
        let mut digest = Sha256::new();
        request.read_body(|chunk| digest.update(chunk)).await?;
        let payload = hex(&digest.finalize());
        let time = timestamp(request.clock().now());
        let uri = Uri::try_from(request.url()).map_err(|error| {
            Error::new(ErrorKind::InvalidRequest, "Bedrock: the URL can't be signed").with_source(error)
        })?;
        let host = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase()).unwrap_or_default();
        let mut headers = vec![("host", &*host), ("x-amz-content-sha256", &*payload), ("x-amz-date", &*time)];
        let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok());
        headers.extend(content_type.map(|value| ("content-type", value)));
        headers.extend(credentials.session_token.as_ref().map(|token| ("x-amz-security-token", token.expose())));
        let query = uri.query().unwrap_or_default();
        let signed =
            SignedParts { method: request.method().as_str(), path: uri.path(), query, headers, payload: &payload };
        let region = route.region.as_deref().unwrap_or_default();
        let scope = Scope { region, service: route.family.service(), time: &time };
        let value = authorization(&signed, &credentials, &scope)?;
        for (name, text) in [("x-amz-content-sha256", &payload), ("x-amz-date", &time)] {
            let value = HeaderValue::try_from(text).map_err(|_| wrong("the signature is no header"))?;
            request.headers_mut().insert(name, value);
        }
        if let Some(token) = &credentials.session_token {
            request.set_secret_header("x-amz-security-token", token.expose())?;
        }
        request.set_secret_header("authorization", &value)
    }
}

impl Provider for BedrockConfig {
    fn base_url(&self) -> Result<Option<String>> {
        self.0.route().map(|route| Some(route.base))
    }

    fn has_credential(&self) -> bool {
        true
    }

    fn telemetry_name(&self) -> Option<&str> {
        Some("aws.bedrock")
    }

    fn prepare(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let options = self.0.clone();
        Box::pin(async move {
            if let BedrockCredential::Bearer(_, bearer) = options.credential()? {
                bearer.apply(&mut request, CLOUD).await?;
            }
            Ok(request)
        })
    }

    fn signs(&self) -> bool {
        matches!(self.0.credential(), Ok(BedrockCredential::Aws(..)))
    }

    fn sign(&self, mut request: ProviderRequest) -> BoxFuture<Result<ProviderRequest>> {
        let options = self.0.clone();
        Box::pin(async move {
            if let BedrockCredential::Aws(_, source) = options.credential()? {
                options.sign(source, &mut request).await?;
            }
            Ok(request)
        })
    }

    fn follows_redirects(&self) -> bool {
        false
    }

    fn refused(&self, extensions: &Extensions) -> bool {
        match self.0.credential() {
            Ok(BedrockCredential::Bearer(_, bearer)) => bearer.refused(extensions),
            Ok(BedrockCredential::Aws(_, source)) => source.refused(extensions),
            Err(_) => false,
        }
    }
}

impl fmt::Debug for BedrockConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &*self.0;
        let credential = options.by_hand.as_ref().or(options.of_env.as_ref());
        f.debug_struct("BedrockConfig")
            .field("base_url", &options.base_url.as_deref().map(openai_runtime::printable_url))
            .field("endpoint", &options.family)
            .field("region", &options.region.as_deref().map(|region| checked_region(region).unwrap_or("***")))
            .field("credential", &credential.map(BedrockCredential::option))
            .finish_non_exhaustive()
    }
}
