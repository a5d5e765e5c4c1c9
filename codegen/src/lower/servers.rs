//! Servers of paths and operations.

use openapiv3::{Operation, PathItem, Server};

use super::Lower;
use crate::ir::OperationServer;

impl Lower<'_> {
    /// The server of an operation that has one of its own. `at` is its pointer.
    pub(super) fn server(&mut self, item: &PathItem, source: &Operation, at: &str) -> Option<OperationServer> {
        let (servers, at) = match (source.servers.as_slice(), item.servers.as_slice()) {
            ([], []) => return None,
            ([], servers) => (servers, format!("{}/servers", at.rsplit_once('/').map_or(at, |(path, _)| path))),
            (servers, _) => (servers, format!("{at}/servers")),
        };
        let first = servers.first()?;
        let Some(url) = filled(first).filter(|url| is_usable(url)) else {
            self.note(format!("{at}/0"), "no URL that a call can have: the operation is sent to the client's base URL");
            return None;
        };
        for number in 1..servers.len() {
            self.note(format!("{at}/{number}"), "another server of the operation: only the first is called");
        }
        let of_document = self.document.servers.first().and_then(filled);
        if of_document.as_deref() == Some(url.as_str()) {
            return None;
        }
        // What the document says of all operations it says of its own servers.
        let is_trusted = source.security.iter().flatten().any(|requirement| !requirement.is_empty());
        let is_elsewhere = url.contains("//") && of_document.as_deref().map(origin) != Some(origin(&url));
        let credential = match (is_elsewhere, is_trusted) {
            (false, _) => "",
            (true, true) => ", with the credential, because the operation has `security`",
            (true, false) => {
                ", without credential and headers of the client unless that is the host of its base URL: `security` at the operation would change it"
            }
        };
        self.note(format!("{at}/0"), &format!("the operation is sent to {url}{credential}"));
        Some(OperationServer { url, is_trusted })
    }
}

/// The URL of a server, with the defaults of its variables. It is none if a variable has no default.
pub(crate) fn filled(server: &Server) -> Option<String> {
    let mut url = String::new();
    let mut rest = server.url.trim();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        url += before;
        url += &server.variables.as_ref()?.get(name)?.default;
        rest = after;
    }
    url += rest;
    Some(url)
}

fn is_usable(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).or_else(|| {
        // A path on the client's host. `//host` would be another host by the client's scheme.
        url.strip_prefix('/').filter(|rest| !rest.starts_with(['/', '\\']))
    });
    let is_plain = |rest: &str| rest.chars().all(|c| c.is_ascii_graphic() && !"@{}\\?#\"<>^`|".contains(c));
    rest.is_some_and(|rest| {
        (url.starts_with('/') || rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')) && is_plain(rest)
    })
}

/// Scheme, host and port of an absolute URL.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", ""));
    format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()).to_ascii_lowercase()
}
