//! The credentials that a request carries, wherever they were given.

use ::url::Url;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::channel::Channel;
use super::prepared::PreparedCall;
use crate::auth::credentials::Credential;
use crate::error::Redactor;
use crate::request::headers::Change;
use crate::request::sensitivity::{add_credentials, may_be_credential, tells_credential};

impl PreparedCall {
    /// Returns the redactor of a request's credentials: its key or token, its headers, its query, the secrets of its body.
    pub(super) fn redactor(
        &self,
        credential: Option<&Credential>,
        headers: &HeaderMap,
        changes: &[Change],
        url: &Url,
    ) -> Redactor {
        let mut found: Vec<String> =
            credential.map(|credential| credential.secret().expose().to_owned()).into_iter().collect();
        let mut add = |name: &HeaderName, value: &HeaderValue| {
            if value.is_sensitive() || tells_credential(name.as_str()) {
                add_credentials(name, value, &mut found);
            }
        };
        if self.channel.credentials.provider.is_some() || self.channel.credentials.service.is_some() {
            headers.iter().for_each(|(name, value)| add(name, value));
        } else {
            // The other headers are those that every call has.
            let levels = [&self.channel.defaults.headers, &self.inputs.headers, changes];
            let names = levels.iter().flat_map(|level| level.iter().map(|(name, _)| name));
            names.for_each(|name| headers.get(name).into_iter().for_each(|value| add(name, value)));
        }
        let pairs = url.query_pairs().filter(|(name, _)| self.is_credential(name));
        found.extend(pairs.map(|(_, value)| value.into_owned()));
        found.extend(self.body_secrets.iter().cloned());
        self.channel.last_redactor.of(found)
    }

    /// Returns the redactor of what the client and the call were given, for a request that came to no head.
    pub(super) fn given_redactor(&self) -> Redactor {
        let mut found = Vec::new();
        add_headers(&self.inputs.headers, &mut found);
        let of_client = self.redactor(None, &HeaderMap::new(), &[], &self.url);
        of_client.with(found).with(self.channel.secrets())
    }

    /// Remembers the credentials that were got for an attempt, before what is set by hand is added to it.
    pub(super) fn remember(&self, credential: Option<&Credential>, headers: &HeaderMap, url: &Url) {
        if self.channel.credentials.are_fetched() {
            let mut found = in_head(credential, headers);
            let pairs = url.query_pairs().filter(|(name, _)| tells_credential(name));
            found.extend(pairs.map(|(_, value)| value.into_owned()));
            self.channel.fetched.add(found);
        }
    }

    /// Returns true if a query parameter is a credential. One that the client sends with every request is one unless its
    /// name says otherwise; one of the call is an id as a rule.
    fn is_credential(&self, name: &str) -> bool {
        let name = without_brackets(name);
        let defaults = self.channel.defaults.query.iter().map(|(known, _)| known.as_str());
        let mut of_client = defaults.chain(self.channel.base.query().iter().map(|(known, _)| known.as_str()));
        tells_credential(name) || (may_be_credential(name) && of_client.any(|known| without_brackets(known) == name))
    }
}

/// Returns the credentials in the head of a request.
fn in_head(credential: Option<&Credential>, headers: &HeaderMap) -> Vec<String> {
    let mut found: Vec<String> =
        credential.map(|credential| credential.secret().expose().to_owned()).into_iter().collect();
    for (name, value) in headers {
        if value.is_sensitive() || tells_credential(name.as_str()) {
            add_credentials(name, value, &mut found);
        }
    }
    found
}

impl Channel {
    /// Returns the redactor of the credentials that the client was given, or got for its last attempts.
    pub(crate) fn redactor(&self) -> Redactor {
        Redactor::new(self.secrets())
    }

    /// Returns the credentials that the client was given, its keys, headers and query parameters, and those that it got.
    fn secrets(&self) -> Vec<String> {
        let keys = [&self.credentials.api_key, &self.credentials.admin_api_key].into_iter().flatten();
        let mut found: Vec<String> = keys.map(|key| key.expose().trim().to_owned()).collect();
        add_headers(&self.defaults.headers, &mut found);
        let is_secret = |name: &str| may_be_credential(without_brackets(name));
        let defaults = self.defaults.query.iter().filter(|(name, _)| is_secret(name));
        found.extend(defaults.filter_map(|(_, value)| value.as_str()).map(str::to_owned));
        found.extend(self.base.query().iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()));
        found.extend(self.fetched.all());
        found
    }
}

fn add_headers(changes: &[Change], found: &mut Vec<String>) {
    let values = changes.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    values.filter(|(_, value)| value.is_sensitive()).for_each(|(name, value)| add_credentials(name, value, found));
}

/// The name of a parameter of which `k[]` and `k[sub]` are parts.
fn without_brackets(name: &str) -> &str {
    name.split('[').next().unwrap_or_default()
}
