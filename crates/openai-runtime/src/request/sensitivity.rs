//! The headers, query parameters and members of a body that carry credentials, by their names, and the credentials in
//! their values.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::Extensions;
use http::header::{self, HeaderName, HeaderValue};

use crate::error::{Redactor, strings_of};
use crate::io::transport::ProxyLogin;

/// Parts of names that tell of a credential.
const TELLING: [&str; 11] =
    ["auth", "key", "token", "secret", "cookie", "credential", "passw", "pwd", "session", "signature", "bearer"];
/// Names of query parameters that are credentials, such as those of signed URLs and of functions.
const TELLING_NAMES: [&str; 8] = ["code", "sig", "sas", "pass", "jwt", "ticket", "apikey", "hmac"];
/// Names whose values are no credentials.
const PLAIN: [&str; 38] = [
    "accept",
    "after",
    "api-version",
    "api_version",
    "baggage",
    "before",
    "cache-control",
    "connection",
    "date",
    "deployment",
    "expect",
    "host",
    "http-referer",
    "idempotency-key",
    "include",
    "intent",
    "limit",
    "location",
    "model",
    "openai-beta",
    "openai-organization",
    "openai-project",
    "openai-version",
    "order",
    "origin",
    "priority",
    "purpose",
    "range",
    "region",
    "sec-websocket-key",
    "sec-websocket-version",
    "stream",
    "traceparent",
    "tracestate",
    "upgrade",
    "user-agent",
    "version",
    "x-title",
];
const PLAIN_STARTS: [&str; 5] = ["accept-", "content-", "if-", "x-stainless-", "x-request-id"];
/// The schemes that go before a credential in a header.
const SCHEMES: [&str; 5] = ["apikey", "basic", "bearer", "key", "token"];
/// The prefix of a key among the protocols that a WebSocket of a browser asks for.
const PROTOCOL_KEY: &str = "api-key.";

/// Returns true if the value of what is named so is a credential.
pub(crate) fn tells_credential(name: &str) -> bool {
    let name = lower(name);
    !is_plain(&name) && (TELLING.iter().any(|part| name.contains(part)) || TELLING_NAMES.contains(&&*name))
}

/// Returns true if the value of what is named so may be a credential: a gateway can give it any name.
pub(crate) fn may_be_credential(name: &str) -> bool {
    !is_plain(&lower(name))
}

/// The name in lower case, as names of headers are.
fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

fn is_plain(name: &str) -> bool {
    PLAIN.binary_search(&name).is_ok() || PLAIN_STARTS.iter().any(|start| name.starts_with(start))
}

/// Adds the credentials in the value of a header: all of it, the part after the scheme, what Basic encodes, a signature, the
/// values of cookies, and the key among the protocols of a WebSocket.
pub(crate) fn add_credentials(name: &HeaderName, value: &HeaderValue, found: &mut Vec<String>) {
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else { return };
    let text = text.trim();
    if *name == header::COOKIE {
        found.extend(text.split(';').filter_map(|pair| Some(pair.split_once('=')?.1.trim().to_owned())));
        return;
    }
    if *name == header::SEC_WEBSOCKET_PROTOCOL {
        let protocols = text.split(',').map(str::trim);
        let keys = protocols.filter_map(|protocol| Some(protocol.split_once(PROTOCOL_KEY)?.1.to_owned()));
        found.extend(keys);
        return;
    }
    // AWS's signatures and others: the signature by itself, besides the value that holds it.
    if let Some((_, signature)) = text.split_once("ignature=") {
        let signature = signature.split(',').next().unwrap_or_default();
        found.push(signature.trim().trim_matches('"').to_owned());
    }
    add_texts(text, found);
}

/// Returns the redactor of the proxy's login that a response has among its extensions, if there is one.
pub(crate) fn proxy_redactor(extensions: &Extensions) -> Redactor {
    let mut found = Vec::new();
    if let Some(ProxyLogin(login)) = extensions.get() {
        add_credentials(&header::PROXY_AUTHORIZATION, login, &mut found);
    }
    Redactor::new(found)
}

/// The secrets in the body of a request, by the names of their members. Headers for another server are among them.
pub(crate) fn secrets_in_body(body: Option<&[u8]>, names: &[&str]) -> Vec<String> {
    let body = body.filter(|_| !names.is_empty());
    let mut found = Vec::new();
    for text in body.map(|body| strings_of(body, names)).into_iter().flatten() {
        if !["application/", "text/"].iter().any(|media| text.starts_with(media)) {
            add_texts(&text, &mut found);
        }
    }
    found
}

/// Adds a credential that a text is: all of it, the part after the scheme, and what Basic encodes.
fn add_texts(text: &str, found: &mut Vec<String>) {
    if let Some((scheme, rest)) = text.split_once(' ') {
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("basic") {
            add_basic(rest, found);
        }
        found.push(rest.to_owned());
        // Any word may be a scheme, or a part of the credential.
        if SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return;
        }
    }
    found.push(text.to_owned());
}

/// Adds the user and the password that Basic encodes; the user alone if it is the key, with no password.
fn add_basic(encoded: &str, found: &mut Vec<String>) {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let decoded = GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(encoded);
    let Some(pair) = decoded.ok().and_then(|bytes| String::from_utf8(bytes).ok()) else { return };
    if let Some((user, password)) = pair.split_once(':') {
        found.push(if password.is_empty() { user } else { password }.to_owned());
    }
    found.push(pair);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(PLAIN.is_sorted());
        for name in
            ["Authorization", "api-key", "Ocp-Apim-Subscription-Key", "x-goog-api-key", "access_token", "sig", "code"]
        {
            assert!(tells_credential(name), "{name}");
        }
        for name in
            ["idempotency-key", "Content-Type", "after", "OpenAI-Organization", "x-stainless-retry-count", "encode"]
        {
            assert!(!tells_credential(name), "{name}");
        }
        assert!(may_be_credential("x-gateway") && !may_be_credential("Accept-Language"));
    }

    #[test]
    fn values() {
        for (name, value, expected) in [
            ("authorization", "Bearer sk-1", &["sk-1"][..]),
            ("authorization", "sk-1", &["sk-1"]),
            ("authorization", "Basic dXNlcjpwYXNz", &["pass", "user:pass", "dXNlcjpwYXNz"]),
            ("authorization", "basic c2stMTo=", &["sk-1", "sk-1:", "c2stMTo="]),
            ("x-phrase", "correct horse", &["horse", "correct horse"]),
            ("cookie", "a=one; b=two", &["one", "two"]),
            ("sec-websocket-protocol", "realtime, openai-insecure-api-key.ek_1", &["ek_1"]),
        ] {
            let mut found = Vec::new();
            add_credentials(&HeaderName::from_static(name), &HeaderValue::from_static(value), &mut found);
            assert_eq!(found, expected, "{name}: {value}");
        }
    }
}
