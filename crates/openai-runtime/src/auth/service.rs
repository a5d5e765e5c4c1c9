//! The API of another document, as a crate that is made from it describes it.

use ::url::Url;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::secret::Secret;
use crate::error::{Error, Result};

/// An API that is not OpenAI's: where it is, where it takes its credential and what the environment calls that.
///
/// A client of it sends no header that is OpenAI's and reads none of OpenAI's variables.
///
/// ```
/// use openai_runtime::{Client, ClientBuilder, CredentialPlace, Service};
///
/// static PETS: Service = Service::new("Pets")
///     .with_base_url("https://pets.example.com/v1")
///     .with_credential(CredentialPlace::Header("x-api-key"))
///     .with_variables("PETS_API_KEY", "PETS_BASE_URL");
///
/// # fn main() -> openai_runtime::Result<()> {
/// let client: Client = ClientBuilder::for_service(&PETS).api_key("secret").build()?;
/// assert_eq!(client.base_url(), "https://pets.example.com/v1");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    name: &'static str,
    base_url: Option<&'static str>,
    credential: Option<CredentialPlace>,
    variables: Option<(&'static str, &'static str)>,
    user_agent: Option<&'static str>,
}

/// The place of a request that takes the credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialPlace {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `Authorization: Basic`, of a key that is `USER:PASSWORD`, or that is encoded already.
    Basic,
    /// The header of this name.
    Header(&'static str),
    /// The query parameter of this name.
    Query(&'static str),
    /// The cookie of this name.
    Cookie(&'static str),
}

impl Service {
    /// Describes an API by its name, which errors show. It has no base URL and takes no credential.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, base_url: None, credential: None, variables: None, user_agent: None }
    }

    /// Sets the URL that paths are appended to. Without it, a client has to be given one.
    #[must_use]
    pub const fn with_base_url(mut self, url: &'static str) -> Self {
        self.base_url = Some(url);
        self
    }

    /// Sets the place of the credential. Without it, a client needs no key.
    #[must_use]
    pub const fn with_credential(mut self, place: CredentialPlace) -> Self {
        self.credential = Some(place);
        self
    }

    /// Sets the variables of the environment that have the key and the base URL.
    #[must_use]
    pub const fn with_variables(mut self, key: &'static str, base_url: &'static str) -> Self {
        self.variables = Some((key, base_url));
        self
    }

    /// Sets the `User-Agent`. Without it, none is sent.
    #[must_use]
    pub const fn with_user_agent(mut self, text: &'static str) -> Self {
        self.user_agent = Some(text);
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn needs_credential(&self) -> bool {
        self.credential.is_some()
    }

    pub(crate) fn variables(&self) -> Option<(&'static str, &'static str)> {
        self.variables
    }

    pub(crate) fn user_agent(&self) -> Option<&'static str> {
        self.user_agent
    }

    pub(crate) fn base_url(&self) -> Result<&'static str> {
        self.base_url.ok_or_else(|| {
            let variable = self.variables.map_or_else(String::new, |(_, url)| format!(" or {url}"));
            Error::config(format!("{} has no base URL of its own: set `base_url`{variable}", self.name))
        })
    }

    /// Returns the error of a client that has no key.
    pub(crate) fn no_key(&self) -> Error {
        let variable = self.variables.map_or_else(String::new, |(key, _)| format!("set {key} and use `from_env`, or "));
        Error::config(format!(
            "no key for {}: {variable}give `api_key` to the builder; `no_api_key` is for servers that need none",
            self.name
        ))
    }

    /// Returns true for the header that takes the credential.
    pub(crate) fn is_credential(&self, name: &HeaderName) -> bool {
        match self.credential {
            Some(CredentialPlace::Header(own)) => name.as_str().eq_ignore_ascii_case(own),
            Some(CredentialPlace::Cookie(_)) => *name == header::COOKIE,
            _ => false,
        }
    }

    /// Puts the credential into the headers, if that is its place.
    pub(crate) fn put(&self, key: &Secret, headers: &mut HeaderMap) -> Result<()> {
        let key = key.expose();
        let (name, text) = match self.credential {
            Some(CredentialPlace::Bearer) | None => (header::AUTHORIZATION, format!("Bearer {key}")),
            Some(CredentialPlace::Basic) if key.contains(':') => {
                (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(key)))
            }
            Some(CredentialPlace::Basic) => (header::AUTHORIZATION, format!("Basic {key}")),
            Some(CredentialPlace::Header(name)) => {
                let name = HeaderName::try_from(name).map_err(|_| {
                    Error::config(format!("{} takes its key in `{name}`, which is no header", self.name))
                })?;
                (name, key.to_owned())
            }
            Some(CredentialPlace::Cookie(name)) => (header::COOKIE, format!("{name}={key}")),
            Some(CredentialPlace::Query(_)) => return Ok(()),
        };
        let mut value =
            HeaderValue::try_from(text).map_err(|_| Error::config("the key has characters that no header can have"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    }

    /// Puts the credential into the query, if that is its place.
    pub(crate) fn put_query(&self, key: &Secret, url: &mut Url) {
        if let Some(CredentialPlace::Query(name)) = self.credential {
            url.query_pairs_mut().append_pair(name, key.expose());
        }
    }
}
