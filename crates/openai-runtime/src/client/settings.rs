//! All options together: what every builder works on, and what the environment says.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{DataResidency, KeyProvider};
use crate::error::{Error, Result};
use crate::headers::{Change, change};
use crate::identity::Identity;
use crate::provider::Provider;
use crate::retry::Clock;
use crate::secret::Secret;
use crate::sse::MAX_EVENT;
use crate::transport::Transport;

/// All options of a client; what every builder works on, whatever client it builds.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) api_key: Option<Secret>,
    pub(crate) api_key_provider: Option<KeyProvider>,
    /// With its token, which clients made of one another share.
    pub(crate) workload_identity: Option<Arc<Identity>>,
    pub(crate) admin_api_key: Option<Secret>,
    /// No credential is wanted.
    pub(crate) keyless: bool,
    pub(crate) provider: Option<Arc<dyn Provider>>,
    pub(crate) organization: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) webhook_secret: Option<Secret>,
    pub(crate) base_url: Option<String>,
    pub(crate) data_residency: Option<DataResidency>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
    pub(crate) max_event_size: usize,
    pub(crate) max_retries: u32,
    pub(crate) max_connections: usize,
    /// From `OPENAI_CUSTOM_HEADERS`, then those set by hand, which win.
    pub(crate) headers: Vec<Change>,
    pub(crate) query: Vec<(String, Value)>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    /// The transport is the user's, not one that this crate made.
    pub(super) own_transport: bool,
    pub(super) base_url_from_env: bool,
    pub(super) api_key_from_env: bool,
    pub(super) problem: Option<String>,
}

impl Settings {
    pub(super) fn new() -> Self {
        Self {
            api_key: None,
            api_key_provider: None,
            workload_identity: None,
            admin_api_key: None,
            keyless: false,
            provider: None,
            organization: None,
            project: None,
            webhook_secret: None,
            base_url: None,
            data_residency: None,
            timeout: Duration::from_secs(600),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(600),
            max_event_size: MAX_EVENT,
            max_retries: 2,
            max_connections: 1000,
            headers: Vec::new(),
            query: Vec::new(),
            transport: None,
            clock: None,
            own_transport: false,
            base_url_from_env: false,
            api_key_from_env: false,
            problem: None,
        }
    }

    pub(super) fn from_vars(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut settings = Self::new();
        settings.api_key = set("OPENAI_API_KEY").map(Secret::from);
        settings.api_key_from_env = settings.api_key.is_some();
        settings.admin_api_key = set("OPENAI_ADMIN_KEY").map(Secret::from);
        settings.organization = set("OPENAI_ORG_ID");
        settings.project = set("OPENAI_PROJECT_ID");
        settings.webhook_secret = set("OPENAI_WEBHOOK_SECRET").map(Secret::from);
        settings.base_url = set("OPENAI_BASE_URL");
        settings.base_url_from_env = settings.base_url.is_some();
        let lines = set("OPENAI_CUSTOM_HEADERS").unwrap_or_default();
        for (name, value) in lines.lines().filter_map(|line| line.split_once(':')) {
            match change(name.trim(), value.trim().into()) {
                Ok(change) => settings.headers.push(change),
                Err(problem) => settings.problem = Some(format!("OPENAI_CUSTOM_HEADERS: {problem}")),
            }
        }
        settings
    }

    /// The base URL that the options come to.
    pub(crate) fn resolve_base_url(&self) -> Result<String> {
        if let Some(problem) = &self.problem {
            return Err(Error::config(problem.clone()));
        }
        if let Some(url) = self.provider.as_ref().map(|provider| provider.base_url()).transpose()?.flatten() {
            if self.data_residency.is_some() || self.base_url.is_some() && !self.base_url_from_env {
                return Err(Error::config(
                    "the provider says the base URL: leave out `base_url` and `data_residency`, and tell the provider",
                ));
            }
            return Ok(url);
        }
        match (&self.base_url, self.data_residency) {
            (Some(_), Some(_)) if !self.base_url_from_env => {
                Err(Error::config("`base_url` and `data_residency` exclude each other"))
            }
            (_, Some(region)) => Ok(region.base_url().to_owned()),
            (Some(url), None) => Ok(url.clone()),
            (None, None) => Ok(DataResidency::Global.base_url().to_owned()),
        }
    }

    /// Checks the workload identity, and takes out a key of the environment that it overrides. Gives whether the
    /// exchange of tokens needs TLS.
    pub(crate) fn resolve_identity(&mut self) -> Result<bool> {
        let Some(identity) = &self.workload_identity else { return Ok(false) };
        if self.api_key_from_env {
            self.api_key = None;
            self.api_key_from_env = false;
        }
        if self.api_key.is_some() || self.api_key_provider.is_some() {
            return Err(Error::config(
                "`workload_identity` excludes `api_key` and `api_key_provider`: set only one of them, on a new builder \
                 if the client that options are changed of has another",
            ));
        }
        identity.options().check()
    }

    /// Takes out what the provider's credential stands for.
    pub(crate) fn resolve_provider(&mut self) -> Result<()> {
        if !self.provider_has_credential() {
            return Ok(());
        }
        if self.api_key_from_env {
            self.api_key = None;
            self.api_key_from_env = false;
        }
        if self.api_key.is_some() || self.api_key_provider.is_some() || self.workload_identity.is_some() {
            return Err(Error::config(
                "the provider sets the credential: leave out `api_key`, `api_key_provider` and `workload_identity`, and \
                 give the key to the provider",
            ));
        }
        Ok(())
    }

    pub(crate) fn provider_has_credential(&self) -> bool {
        self.provider.as_ref().is_some_and(|provider| provider.has_credential())
    }

    pub(crate) fn has_credential(&self) -> bool {
        self.keyless
            || self.provider_has_credential()
            || self.api_key.is_some()
            || self.api_key_provider.is_some()
            || self.workload_identity.is_some()
            || self.admin_api_key.is_some()
            || self.headers.iter().any(|(name, _)| name == http::header::AUTHORIZATION || name == "api-key")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values and query values may be secrets too.
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let query: Vec<&str> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("api_key", &self.api_key)
            .field("workload_identity", &self.workload_identity.as_deref().map(Identity::options))
            .field("admin_api_key", &self.admin_api_key)
            .field("keyless", &self.keyless)
            .field("has_provider", &self.provider.is_some())
            .field("organization", &self.organization)
            .field("project", &self.project)
            .field("base_url", &self.base_url.as_deref().map(crate::url::printable))
            .field("data_residency", &self.data_residency)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_event_size", &self.max_event_size)
            .field("max_retries", &self.max_retries)
            .field("max_connections", &self.max_connections)
            .field("headers", &headers)
            .field("query", &query)
            .finish_non_exhaustive()
    }
}
