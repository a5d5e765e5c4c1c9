//! Facts of a document about the server: its title, where it is, and where it takes the credential.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::areas;
use crate::strictness::PassedOver;

/// The server of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// The first server's URL with the defaults of its variables; none if it is relative or absent.
    pub base_url: Option<String>,
    /// The place of the credential; none if no operation asks for one that a client can send.
    pub credential: Option<CredentialPlace>,
    /// The parts of it that the client does not do by itself.
    pub passed_over: Vec<PassedOver>,
}

/// The place of a request that takes the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialPlace {
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Basic`.
    Basic,
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// A cookie of this name.
    Cookie(String),
}

impl ServiceFacts {
    /// Reads them off an imported document.
    #[must_use]
    pub fn of(document: &Value) -> Self {
        let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut facts = Self { title: text("/info/title"), version: text("/info/version"), ..Self::default() };
        facts.find_server(document);
        facts.find_credential(document);
        facts
    }

    fn find_server(&mut self, document: &Value) {
        let Some(server) = document.pointer("/servers/0") else {
            let reason = "the document names no server; a client has to be given `base_url`";
            self.passed_over.push(PassedOver::new("/servers", reason));
            return;
        };
        let mut url = server.get("url").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (name, variable) in areas::members(server, "/variables") {
            let default = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            url = url.replace(&format!("{{{name}}}"), default);
        }
        let is_whole = ["http://", "https://"].iter().any(|scheme| url.to_lowercase().starts_with(scheme));
        let is_plain = url.chars().all(|c| c.is_ascii_graphic()) && !url.contains(['{', '}', '"', '\\']);
        if is_whole && is_plain {
            self.base_url = Some(url.trim_end_matches('/').to_owned());
            return;
        }
        let reason = format!("`{url}` is no absolute URL; a client has to be given `base_url`");
        self.passed_over.push(PassedOver::new("/servers/0/url", reason));
    }

    /// Finds the scheme that the most operations can be called with. The others are noted.
    fn find_credential(&mut self, document: &Value) {
        let Some(schemes) = document.pointer("/components/securitySchemes").and_then(Value::as_object) else { return };
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        let of_all = document.get("security");
        for (_, _, _, operation) in areas::operations(document) {
            let security = operation.get("security").or(of_all).and_then(Value::as_array);
            let names = security.into_iter().flatten().filter_map(Value::as_object).flat_map(Map::keys);
            names.for_each(|name| *uses.entry(name).or_default() += 1);
        }
        let placed = schemes.iter().filter_map(|(name, scheme)| Some((name, place(document, scheme)?)));
        let used = placed.filter_map(|(name, place)| Some((*uses.get(name.as_str())?, name, place)));
        let mut chosen: Option<(usize, &String, CredentialPlace)> = None;
        for candidate in used {
            if chosen.as_ref().is_none_or(|(count, ..)| candidate.0 > *count) {
                chosen = Some(candidate);
            }
        }
        let chosen_name = chosen.as_ref().map(|(_, name, _)| *name);
        for name in schemes.keys().filter(|name| chosen_name != Some(*name) && uses.contains_key(name.as_str())) {
            let instead = match chosen_name {
                Some(other) => format!("the client's key is that of `{other}`"),
                None => "the client has no key".to_owned(),
            };
            let reason = format!("this scheme is not sent by itself: {instead}; set its header with `default_header`");
            self.passed_over.push(PassedOver::new(format!("/components/securitySchemes/{}", escaped(name)), reason));
        }
        self.credential = chosen.map(|(.., place)| place);
    }
}

fn place(document: &Value, scheme: &Value) -> Option<CredentialPlace> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name").to_owned();
    let is_header =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b));
    match (text("type"), text("in")) {
        ("", _) => {
            let target = text("$ref").strip_prefix('#')?;
            document
                .pointer(target)
                .filter(|target| target.get("$ref").is_none())
                .and_then(|target| place(document, target))
        }
        ("http", _) if text("scheme").eq_ignore_ascii_case("basic") => Some(CredentialPlace::Basic),
        ("http", _) if text("scheme").eq_ignore_ascii_case("bearer") => Some(CredentialPlace::Bearer),
        ("oauth2" | "openIdConnect", _) => Some(CredentialPlace::Bearer),
        ("apiKey", "header") if is_header => Some(CredentialPlace::Header(name)),
        ("apiKey", "query") if !name.is_empty() => Some(CredentialPlace::Query(name)),
        ("apiKey", "cookie") if is_header => Some(CredentialPlace::Cookie(name)),
        _ => None,
    }
}

fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
