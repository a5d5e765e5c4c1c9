//! The endpoint of a resource, taken out of whatever the portal shows: with `/openai/`, a deployment, an operation, a query.

use openai_runtime::{Error, ErrorKind, Result};

/// The parts of an endpoint.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Endpoint<'a> {
    /// The URL of the resource, without a slash at its end.
    pub(super) resource: &'a str,
    pub(super) deployment: Option<&'a str>,
    pub(super) version: Option<&'a str>,
}

impl<'a> Endpoint<'a> {
    #[inline]
    pub(super) fn parse(text: &'a str) -> Result<Self> {
        // None of it is repeated: where a password ends may be in doubt.
        if text.contains('@') {
            return Err(wrong("the endpoint must not hold a user or password: give the key as `api_key`"));
        }
        let text = text.split('#').next().unwrap_or_default();
        let (url, query) = text.split_once('?').unwrap_or((text, ""));
        let mut endpoint = Self { resource: url.trim_end_matches('/'), ..Self::default() };
        for (name, value) in
            query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        {
            match name {
                "api-version" => endpoint.version = Some(value).filter(|value| !value.is_empty()),
                _ => {
                    return Err(wrong(
                        "the endpoint has a query parameter besides api-version: give it as `default_query` of the client",
                    ));
                }
            }
        }
        let Some((resource, path)) = split_openai(endpoint.resource) else { return Ok(endpoint) };
        endpoint.resource = resource;
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        match (segments.next(), segments.next()) {
            (None, _) => {}
            (Some("deployments"), Some(deployment)) => endpoint.deployment = Some(deployment),
            (Some("v1"), None) => {
                return Err(wrong(
                    "the endpoint ends with /openai/v1, which is added to it: leave that out, or give the whole as `base_url`",
                ));
            }
            _ => {
                return Err(wrong(&format!(
                    "the endpoint has the path /openai{path} of an operation: give {resource} alone, with `v1` for the API without versions"
                )));
            }
        }
        Ok(endpoint)
    }
}

/// Splits a URL at its first segment `openai`, which is not a part of the host.
#[inline]
fn split_openai(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let at = url[start..].match_indices("/openai").map(|(at, _)| start + at);
    at.map(|at| (&url[..at], &url[at + "/openai".len()..])).find(|(_, rest)| rest.is_empty() || rest.starts_with('/'))
}

#[inline]
fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("Azure: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_portal_shows_is_taken_apart() {
        for (text, resource, deployment, version) in [
            ("https://r.azure.com", "https://r.azure.com", None, None),
            ("https://r.azure.com/", "https://r.azure.com", None, None),
            ("https://r.azure.com/openai/", "https://r.azure.com", None, None),
            ("https://openai/openai", "https://openai", None, None),
            ("https://gateway/openai-proxy/", "https://gateway/openai-proxy", None, None),
            ("https://gateway/team/openai/deployments/d", "https://gateway/team", Some("d"), None),
            (
                "https://r.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
                "https://r.azure.com",
                Some("d"),
                Some("2024-10-21"),
            ),
            ("https://r.azure.com/?api-version=2024-10-21", "https://r.azure.com", None, Some("2024-10-21")),
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!(endpoint, Endpoint { resource, deployment, version }, "{text}");
        }
        for text in [
            "https://r.azure.com/openai/v1",
            "https://r.azure.com/openai/v1/",
            "https://r.azure.com/openai/v1/chat/completions",
            "https://r.azure.com/openai/responses?api-version=2025-04-01-preview",
            "https://r.azure.com/?key=pass-word",
            "https://r.azure.com/?pass-word",
            "https://user:pass-word@r.azure.com/openai/responses",
            "https://user:pass-word/openai/responses@r.azure.com/openai/responses",
            "https:user:pass-word?x@r.azure.com/openai/responses",
        ] {
            let error = Endpoint::parse(text).expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!error.to_string().contains("pass-word"), "{error}");
        }
    }
}
