//! All options of a client, and where they come from.

use std::fmt;
use std::sync::Arc;

use http::Extensions;

use super::residency::DataResidency;
use crate::auth::credentials::{Credentials, is_credential};
use crate::auth::identity::{SharedIdentity, WorkloadIdentity};
use crate::auth::secret::Secret;
use crate::auth::service::Service;
use crate::error::{Error, Result};
use crate::exchange::channel::CallDefaults;
use crate::exchange::connections::options::ConnectionOptions;
#[cfg(feature = "tower")]
use crate::exchange::layers::Layers;
use crate::io::clock::Clock;
use crate::io::transport::Transport;
use crate::request::headers::change;
use crate::request::url::printable;

/// All options of a client; what every builder works on, whatever client it builds.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) credentials: Credentials,
    pub(super) defaults: CallDefaults,
    pub(super) setup: ClientSetup,
}

/// The options that tell how a client is built, and what else it gives out.
#[derive(Clone)]
pub(super) struct ClientSetup {
    pub(super) webhook_secret: Option<Secret>,
    pub(super) base_url: Option<String>,
    pub(super) data_residency: Option<DataResidency>,
    pub(super) connections: ConnectionOptions,
    pub(super) transport: Option<Arc<dyn Transport>>,
    /// Around whole calls.
    #[cfg(feature = "tower")]
    pub(super) layers: Layers,
    /// Around attempts.
    #[cfg(feature = "tower")]
    pub(super) attempt_layers: Layers,
    pub(super) clock: Option<Arc<dyn Clock>>,
    /// The transport is the user's, not one that this crate made.
    pub(super) own_transport: bool,
    pub(super) from_env: FromEnvironment,
    /// Options of layers above, one of each type.
    pub(super) extensions: Extensions,
    pub(super) problem: Option<String>,
}

/// The options that come from the environment, and were not set by hand since.
#[derive(Clone, Default)]
pub(super) struct FromEnvironment {
    pub(super) base_url: bool,
    pub(super) api_key: bool,
    pub(super) admin_api_key: bool,
    pub(super) organization: bool,
    pub(super) project: bool,
    /// The number of default headers, which are the first ones.
    pub(super) headers: usize,
    /// A header that cannot be sent.
    pub(super) problem: Option<String>,
}

impl Default for ClientSetup {
    fn default() -> Self {
        Self {
            webhook_secret: None,
            base_url: None,
            data_residency: None,
            connections: ConnectionOptions::default(),
            transport: None,
            #[cfg(feature = "tower")]
            layers: Layers::default(),
            #[cfg(feature = "tower")]
            attempt_layers: Layers::default(),
            clock: None,
            own_transport: false,
            from_env: FromEnvironment::default(),
            extensions: Extensions::new(),
            problem: None,
        }
    }
}

/// A reader of a variable of the environment.
type ReadVariable<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    pub(super) fn from_vars(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut settings = Self::default();
        settings.credentials.api_key = set("OPENAI_API_KEY").map(Secret::from);
        settings.credentials.admin_api_key = set("OPENAI_ADMIN_KEY").map(Secret::from);
        settings.defaults.organization = set("OPENAI_ORG_ID");
        settings.defaults.project = set("OPENAI_PROJECT_ID");
        settings.setup.webhook_secret = set("OPENAI_WEBHOOK_SECRET").map(Secret::from);
        settings.setup.base_url = set("OPENAI_BASE_URL");
        let lines = set("OPENAI_CUSTOM_HEADERS").unwrap_or_default();
        for (name, value) in lines.lines().filter_map(|line| line.split_once(':')) {
            match change(name.trim(), value.trim().into()) {
                Ok(change) => settings.defaults.headers.push(change),
                Err(problem) => settings.setup.from_env.problem = Some(format!("OPENAI_CUSTOM_HEADERS: {problem}")),
            }
        }
        settings.setup.from_env = FromEnvironment {
            base_url: settings.setup.base_url.is_some(),
            api_key: settings.credentials.api_key.is_some(),
            admin_api_key: settings.credentials.admin_api_key.is_some(),
            organization: settings.defaults.organization.is_some(),
            project: settings.defaults.project.is_some(),
            headers: settings.defaults.headers.len(),
            problem: settings.setup.from_env.problem.take(),
        };
        settings
    }

    /// The settings of a client of another API, and what the environment says for it if that is asked.
    pub(super) fn of_service(service: &'static Service, variable: Option<ReadVariable<'_>>) -> Self {
        let mut settings = Self::default();
        settings.credentials.service = Some(service);
        settings.credentials.keyless = !service.needs_credential();
        let (Some(variable), Some((key, base_url))) = (variable, service.variables()) else { return settings };
        let set = |name| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        settings.credentials.api_key = set(key).map(Secret::from);
        settings.setup.base_url = set(base_url);
        settings.setup.from_env.api_key = settings.credentials.api_key.is_some();
        settings.setup.from_env.base_url = settings.setup.base_url.is_some();
        if settings.setup.from_env.api_key {
            settings.credentials.keyless = false;
        }
        settings
    }

    /// The base URL that the options come to.
    pub(super) fn resolve_base_url(&self) -> Result<String> {
        let of_env = self.setup.from_env.problem.as_ref().filter(|_| !self.credentials.provider_has_credential());
        if let Some(problem) = self.setup.problem.as_ref().or(of_env) {
            return Err(Error::config(problem.clone()));
        }
        if let Some(identity) =
            self.credentials.workload_identity.as_ref().filter(|identity| identity.options().is_x509())
        {
            return self.resolve_certificate_url(identity.options());
        }
        if let Some(url) = self.credentials.provider.as_ref().map(|provider| provider.base_url()).transpose()?.flatten()
        {
            if self.setup.data_residency.is_some() || self.setup.base_url.is_some() && !self.setup.from_env.base_url {
                return Err(Error::config(
                    "the provider says the base URL: leave out `base_url` and `data_residency`, and tell the provider",
                ));
            }
            return Ok(url);
        }
        match (&self.setup.base_url, self.setup.data_residency) {
            (Some(_), Some(_)) if !self.setup.from_env.base_url => {
                Err(Error::config("`base_url` and `data_residency` exclude each other"))
            }
            (_, Some(region)) => Ok(region.base_url().to_owned()),
            (Some(url), None) => Ok(url.clone()),
            (None, None) => match self.credentials.service {
                Some(service) => service.base_url().map(str::to_owned),
                None => Ok(DataResidency::Global.base_url().to_owned()),
            },
        }
    }

    /// The base URL of a client that proves itself by a certificate, and whose token goes to few hosts.
    fn resolve_certificate_url(&self, identity: &WorkloadIdentity) -> Result<String> {
        let url = match (&self.setup.base_url, self.setup.data_residency) {
            (Some(_), Some(_)) if !self.setup.from_env.base_url => {
                return Err(Error::config("`base_url` and `data_residency` exclude each other"));
            }
            (Some(url), None) => url.clone(),
            (_, region) => certificate_region(region.unwrap_or(DataResidency::Global))?,
        };
        identity.check_api_host(&url)?;
        Ok(url)
    }

    /// Checks the workload identity, and takes out a key of the environment that it overrides. Gives whether the
    /// exchange of tokens needs TLS.
    pub(super) fn resolve_identity(&mut self) -> Result<bool> {
        let Some(identity) = &self.credentials.workload_identity else { return Ok(false) };
        if self.setup.from_env.api_key {
            self.credentials.api_key = None;
            self.setup.from_env.api_key = false;
        }
        if self.credentials.api_key.is_some() || self.credentials.api_key_provider.is_some() {
            return Err(Error::config(
                "`workload_identity` excludes `api_key` and `api_key_provider`: set only one of them, on a new builder \
                 if the client that options are changed of has another",
            ));
        }
        let presents = self.setup.own_transport || self.setup.connections.client_certificate.is_some();
        if identity.options().is_x509() && !presents {
            return Err(Error::config(
                "an X.509 workload identity needs the certificate on its connections: set `client_certificate`, or a \
                 transport or HTTP client of your own that presents it",
            ));
        }
        identity.options().check()
    }

    /// Takes out what the provider's credential stands for.
    pub(super) fn resolve_provider(&mut self) -> Result<()> {
        if !self.credentials.provider_has_credential() {
            return Ok(());
        }
        self.forget_environment();
        if self.credentials.api_key.is_some()
            || self.credentials.admin_api_key.is_some()
            || self.credentials.api_key_provider.is_some()
            || self.credentials.workload_identity.is_some()
        {
            return Err(Error::config(
                "the provider sets the credential: leave out `api_key`, `admin_api_key`, `api_key_provider` and \
                 `workload_identity`, and give the key to the provider",
            ));
        }
        Ok(())
    }

    /// Takes out what the environment says for OpenAI: keys, organization, project and headers are not another server's.
    fn forget_environment(&mut self) {
        let FromEnvironment { base_url, api_key, admin_api_key, organization, project, headers, .. } =
            std::mem::take(&mut self.setup.from_env);
        self.setup.from_env.base_url = base_url;
        if api_key {
            self.credentials.api_key = None;
        }
        if admin_api_key {
            self.credentials.admin_api_key = None;
        }
        if organization {
            self.defaults.organization = None;
        }
        if project {
            self.defaults.project = None;
        }
        self.defaults.headers.drain(..headers.min(self.defaults.headers.len()));
    }

    pub(super) fn has_credential(&self) -> bool {
        let is_of_service = |name| self.credentials.service.is_some_and(|service| service.is_credential(name));
        let mut headers = self.defaults.headers.iter();
        self.credentials.is_any() || headers.any(|(name, _)| is_credential(name) || is_of_service(name))
    }
}

fn certificate_region(region: DataResidency) -> Result<String> {
    region.certificate_base_url().map(str::to_owned).ok_or_else(|| {
        Error::config(format!("no host takes X.509 workload identities in {region:?}: use Global, Us or Eu"))
    })
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values and query values may be secrets too.
        let headers: Vec<&str> = self.defaults.headers.iter().map(|(name, _)| name.as_str()).collect();
        let query: Vec<&str> = self.defaults.query.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("api_key", &self.credentials.api_key)
            .field("workload_identity", &self.credentials.workload_identity.as_deref().map(SharedIdentity::options))
            .field("admin_api_key", &self.credentials.admin_api_key)
            .field("keyless", &self.credentials.keyless)
            .field("has_provider", &self.credentials.provider.is_some())
            .field("organization", &self.defaults.organization)
            .field("project", &self.defaults.project)
            .field("base_url", &self.setup.base_url.as_deref().map(printable))
            .field("data_residency", &self.setup.data_residency)
            .field("timeout", &self.defaults.timeout)
            .field("connections", &self.setup.connections)
            .field("idle_timeout", &self.defaults.idle_timeout)
            .field("event_idle_timeout", &self.defaults.event_idle_timeout)
            .field("max_event_size", &self.defaults.max_event_size)
            .field("max_response_size", &self.defaults.max_response_size)
            .field("min_download_rate", &self.defaults.min_rate)
            .field("strict_decoding", &self.defaults.strict_decoding)
            .field("max_retries", &self.defaults.max_retries)
            .field("headers", &headers)
            .field("query", &query)
            .finish_non_exhaustive()
    }
}
