//! Credentials in the JSON of requests and answers: those of MCP servers, which stand among the tools.

use serde_json::Value;

/// The members of a tool that are credentials, or hold them.
const SECRETS: [&str; 2] = ["authorization", "headers"];

/// Returns a body as it may be shown: what tools hold as credentials is masked.
pub(super) fn masked(body: &Value) -> Value {
    let mut shown = body.clone();
    if let Some(tools) = shown.get_mut("tools") {
        visit(tools, &mut |tool| {
            for name in SECRETS {
                if let Some(secret) = tool.get_mut(name).filter(|secret| !secret.is_null()) {
                    *secret = "***".into();
                }
            }
        });
    }
    shown
}

/// Takes credentials out of an answer that repeats the tools of its request, before it is stored.
pub(super) fn without_secrets(mut answer: Value) -> Value {
    if let Some(tools) = answer.get_mut("tools") {
        visit(tools, &mut |tool| {
            for name in SECRETS {
                tool.remove(name);
            }
            if let Some(Value::String(url)) = tool.get_mut("server_url") {
                *url = plain_url(url);
            }
        });
    }
    answer
}

/// Visits the objects in a list of tools.
fn visit(tools: &mut Value, seen: &mut impl FnMut(&mut serde_json::Map<String, Value>)) {
    match tools {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, seen)),
        Value::Object(tool) => {
            if tool.get("type").is_some_and(|kind| kind == "mcp") {
                seen(tool);
            }
            if let Some(tools) = tool.get_mut("tools") {
                visit(tools, seen);
            }
        }
        _ => {}
    }
}

/// Returns a URL without user, password, query and fragment.
fn plain_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let plain = url.get(..end).unwrap_or_default();
    let Some((scheme, rest)) = plain.split_once("://") else { return plain.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (url, plain) in [
            ("https://mcp.example.com/sse", "https://mcp.example.com/sse"),
            ("https://ada:pw@mcp.example.com:8/sse?token=a#b", "https://mcp.example.com:8/sse"),
            ("https://mcp.example.com?key=a/b@c", "https://mcp.example.com"),
            ("https://a@b@mcp.example.com", "https://mcp.example.com"),
            ("mcp.example.com?key=a", "mcp.example.com"),
        ] {
            assert_eq!(plain_url(url), plain);
        }
    }
}
