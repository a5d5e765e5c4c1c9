//! URLs of requests: base, path with its parameters, query.

use ::url::{Host, Url};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::flatten;
use super::style::{QUERY, Style, Styles};
use crate::error::{Error, Result};

/// The characters that stay as they are in a path parameter, besides letters and digits.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// The text that stands for a secret.
const MASK: &str = "***";

/// The host of the API; those of its regions are below it.
const OPENAI_HOST: &str = "api.openai.com";

/// The domains of Azure's resources that serve OpenAI's models, in its public cloud and those of governments and China.
const AZURE_DOMAINS: [&str; 8] = [
    "openai.azure.com",
    "cognitiveservices.azure.com",
    "services.ai.azure.com",
    "openai.azure.us",
    "cognitiveservices.azure.us",
    "services.ai.azure.us",
    "openai.azure.cn",
    "cognitiveservices.azure.cn",
];

/// The base URL, checked.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    url: Url,
    /// Without a slash at the end, without a query.
    text: String,
    query: Vec<(String, String)>,
}

impl Base {
    pub(crate) fn new(text: &str) -> Result<Self> {
        let mut url = absolute("base URL", text)?;
        let query = url.query_pairs().into_owned().collect();
        url.set_query(None);
        url.set_fragment(None);
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text, query })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The query parameters that the base URL has.
    pub(crate) fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// The path, without a slash at the end.
    pub(crate) fn path(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// Returns true if the host is one of OpenAI's or Azure's: `api.openai.com`, those of its regions, and Azure's resources.
    pub(crate) fn is_known_host(&self) -> bool {
        // Azure's resources also serve models of others, elsewhere than below `/openai`.
        let is_azure = || self.is_azure() && format!("{}/", self.path()).starts_with("/openai/");
        self.url.host_str().is_some_and(|host| host.trim_end_matches('.') == OPENAI_HOST)
            || self.is_below(OPENAI_HOST)
            || is_azure()
    }

    /// Returns true if the host is one of Azure's resources.
    pub(crate) fn is_azure(&self) -> bool {
        AZURE_DOMAINS.iter().any(|domain| self.is_below(domain))
    }

    fn is_below(&self, domain: &str) -> bool {
        let host = self.url.host_str().unwrap_or_default().trim_end_matches('.');
        host.strip_suffix(domain).is_some_and(|name| name.ends_with('.'))
    }

    #[cfg(any(feature = "otel", feature = "tracing"))]
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    #[cfg(any(feature = "otel", feature = "tracing"))]
    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The base of an operation's own server: an absolute URL, or a path on the same host.
    pub(crate) fn of_server(&self, server: &str) -> Result<Self> {
        if server.contains("://") {
            return Self::new(server);
        }
        let url = self.url.join(server);
        let url =
            url.map_err(|error| Error::config(format!("the server {server:?} of the operation is no URL: {error}")))?;
        Self::new(url.as_str())
    }

    /// Returns true if both have one scheme, host and port.
    pub(crate) fn is_same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// The URL of a path below the base, or of an absolute URL of the same origin. Later queries win. Their parameters have
    /// the forms of `styles`, or brackets without it.
    pub(crate) fn join(&self, path: &str, queries: &[&[(String, Value)]], styles: Option<&Styles>) -> Result<Url> {
        // A fragment is never sent.
        let path = path.split('#').next().unwrap_or_default();
        let (path_only, own_query) = path.split_once('?').unwrap_or((path, ""));
        // A URL parser drops tabs and line breaks, so that `.\t.` would become `..`.
        if path_only.contains(|c: char| c.is_ascii_control()) {
            return Err(Error::invalid("the path must not have control characters"));
        }
        let mut url = if path_only.starts_with("http://") || path_only.starts_with("https://") {
            let url = Url::parse(path_only).map_err(|error| Error::invalid(format!("the path is no URL: {error}")))?;
            if url.origin() != self.url.origin() {
                return Err(Error::invalid("an absolute URL must have the origin of the base URL"));
            }
            url
        } else {
            check_segments(path_only)?;
            let slash = if path_only.starts_with('/') { "" } else { "/" };
            let mut url = self.url.clone();
            // The host was parsed once and for all.
            url.set_path(&format!("{}{slash}{path_only}", self.path()));
            url
        };
        let pair = |pair: &(String, String)| (pair.0.clone(), encode_pairs(std::slice::from_ref(pair)));
        let mut pairs: Vec<(String, String)> = self.query.iter().map(pair).collect();
        let own: Vec<_> = query_pairs(own_query);
        replace(&mut pairs, own.iter().map(pair).collect());
        for (name, value) in queries.iter().copied().flatten() {
            // A null takes out what a lower level says.
            pairs.retain(|(key, _)| !is_within(key, name));
            let style = styles.map(|styles| styles.parameter(name, Style::FORM)).filter(|style| *style != Style::DEEP);
            if let Some(style) = style {
                let text = style.pairs(name, value);
                pairs.extend(Some((name.clone(), text)).filter(|(_, text)| !text.is_empty()));
                continue;
            }
            let mut flat = Vec::new();
            flatten::pairs(name, value, &mut flat);
            pairs.extend(flat.iter().map(pair));
        }
        if !pairs.is_empty() {
            let texts: Vec<&str> = pairs.iter().map(|(_, text)| text.as_str()).collect();
            url.set_query(Some(&texts.join("&")));
        }
        Ok(url)
    }
}

/// A URL that was given as an option; `what` names the option.
pub(crate) fn absolute(what: &str, text: &str) -> Result<Url> {
    let wrong = |why: &str| Error::config(format!("the {what} {:?} {why}", printable(text)));
    let url = Url::parse(text.trim()).map_err(|error| wrong(&format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("must start with http:// or https:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user or password: give a credential by `api_key` or a header"));
    }
    Ok(url)
}

/// Returns true if a URL is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The URL as the `http` crate has it.
pub(crate) fn uri(url: &Url) -> Result<http::Uri> {
    http::Uri::try_from(url.as_str())
        .map_err(|error| Error::invalid("the URL of the request can't be sent").with_source(error))
}

/// The path of a template. `values` are the parameters, encoded already.
pub(crate) fn fill(template: &str, values: &[(&str, String)]) -> Result<String> {
    let mut path = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            return Err(Error::invalid(format!("the path {template} has a brace without its pair")));
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => path.push_str(value),
            None => return Err(Error::invalid(format!("the path parameter `{name}` is not set"))),
        }
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// Encodes a path parameter, so that it can only ever be one segment.
pub(crate) fn path_value(name: &str, value: &str) -> Result<String, String> {
    if value.is_empty() {
        return Err(format!("the path parameter `{name}` is empty"));
    }
    if is_dots(value) {
        return Err(format!("the path parameter `{name}` must not be {value:?}"));
    }
    Ok(utf8_percent_encode(value, PATH).to_string())
}

/// Encodes the parameter of a path in its style. The result can only ever be one segment.
pub(crate) fn styled_path_value(name: &str, value: &Value, style: Style) -> Result<String, String> {
    match style.segment(name, value) {
        text if matches!(&*text, "" | "." | ";") => Err(format!("the path parameter `{name}` is empty")),
        text if is_dots(&text) => Err(format!("the path parameter `{name}` must not be {text:?}")),
        text => Ok(text),
    }
}

/// `name=value&…`, encoded.
pub(crate) fn encode_pairs(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, QUERY));
        text.push('=');
        text.extend(utf8_percent_encode(value, QUERY));
    }
    text
}

/// A URL for people: without its query and credentials, which may be secrets. Where an `@` leaves in doubt how much of the
/// text is a credential, as with a slash in a password, nothing but the scheme is shown.
#[must_use]
pub fn printable(text: &str) -> String {
    let text = text.trim();
    // A path, which has neither.
    if text.starts_with('/') && !text[1..].starts_with(['/', '\\']) {
        return text.split(['?', '#']).next().unwrap_or_default().to_owned();
    }
    // A key that was given as the URL.
    if text.starts_with("sk-") {
        return MASK.to_owned();
    }
    let ats = text.matches(['@', '＠', '﹫']).count();
    if ats == 0 {
        return text.split(['?', '#']).next().unwrap_or_default().to_owned();
    }
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "ws" | "wss"));
    // Of a URL that is read as one, nothing but the user's part may have an `@`.
    let clear = parsed.filter(|url| {
        let user = [url.username(), url.password().unwrap_or_default()].join(":");
        ats == 1 && user.len() > 1 && !url.path().contains('@')
    });
    let Some(mut url) = clear else {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let scheme = scheme.filter(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphabetic()));
        return scheme.map_or_else(|| MASK.to_owned(), |scheme| format!("{scheme}://{MASK}"));
    };
    url.set_query(None);
    url.set_fragment(None);
    // These fail for a URL without a host, which these schemes have.
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return MASK.to_owned();
    }
    let slash = text.split(['?', '#']).next().is_some_and(|text| text.ends_with(['/', '\\']));
    let text = url.as_str();
    if slash { text.to_owned() } else { text.strip_suffix('/').unwrap_or(text).to_owned() }
}

/// Returns true if a segment is `.` or `..`, also if encoded, even twice.
fn is_dots(segment: &str) -> bool {
    if memchr::memchr2(b'.', b'%', segment.as_bytes()).is_none() {
        return false;
    }
    let mut text = segment.to_owned();
    for _ in 0..3 {
        if text == "." || text == ".." {
            return true;
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    false
}

fn check_segments(path: &str) -> Result<()> {
    // A URL parser takes a backslash for a slash.
    match path.split(['/', '\\']).find(|segment| is_dots(segment)) {
        Some(segment) => Err(Error::invalid(format!("the path must not have the segment {segment:?}"))),
        None => Ok(()),
    }
}

pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn replace(pairs: &mut Vec<(String, String)>, by: Vec<(String, String)>) {
    pairs.retain(|(key, _)| !by.iter().any(|(name, _)| is_within(key, name)));
    pairs.extend(by);
}

/// Returns true if a key belongs to a parameter: `k`, `k[]` and `k[sub]` belong to `k`, but `k[other]` does not belong
/// to `k[sub]`, so that `k[gte]` and `k[lt]` can be set one after the other.
fn is_within(key: &str, name: &str) -> bool {
    let name = name.strip_suffix("[]").unwrap_or(name);
    key.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}
