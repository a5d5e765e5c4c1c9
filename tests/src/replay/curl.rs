//! The JSON bodies of a curl command.

use serde_json::Value;

/// The arguments of `-d` and `--data` that are JSON.
#[must_use]
pub fn bodies(command: &str) -> Vec<Value> {
    let mut out = Vec::new();
    let mut rest = command;
    while let Some(at) = rest.find("-d ").or_else(|| rest.find("--data ")) {
        rest = &rest[at..];
        let Some(open) = rest.find('\'') else { break };
        let body = &rest[open + 1..];
        let Some(close) = body.find('\'') else { break };
        // A quote inside a shell's single quotes is written '\'' or '"'"'; such examples end early and are no JSON.
        if let Ok(value) = serde_json::from_str::<Value>(&body[..close]) {
            out.push(value);
        }
        rest = &body[close + 1..];
    }
    out
}
