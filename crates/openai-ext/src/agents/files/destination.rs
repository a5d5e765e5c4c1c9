//! The rules for paths in an environment.

use crate::{Error, ErrorKind, Result};

/// The folder that all files of an environment are below.
const ROOT: &str = "/workspace";

/// The names directly below it that the server keeps for itself.
const RESERVED: [&str; 2] = [".codex", "outputs"];
const RESERVED_PREFIX: &str = ".managed-agents";

/// Checks a destination before anything is uploaded.
pub(super) fn check(destination: &str) -> Result<()> {
    match reason(destination) {
        None => Ok(()),
        Some(reason) => {
            let message = format!("destination {destination:?}: {reason}");
            Err(Error::new(ErrorKind::InvalidRequest, message))
        }
    }
}

/// Joins the destination of a directory and the path of a file in it.
pub(super) fn join(directory: &str, relative: &str) -> String {
    format!("{}/{relative}", directory.strip_suffix('/').unwrap_or(directory))
}

fn reason(destination: &str) -> Option<String> {
    let Some(path) = destination.strip_prefix(ROOT).and_then(|rest| rest.strip_prefix('/')) else {
        return Some(format!("it must be an absolute path below {ROOT}, as {ROOT}/data.csv"));
    };
    if destination.contains(['\\', '\0']) {
        return Some("it must have no backslash and no NUL".to_owned());
    }
    let first = path.split('/').next().unwrap_or_default();
    if RESERVED.contains(&first) || first.starts_with(RESERVED_PREFIX) {
        return Some(format!("{ROOT}/{first} is reserved for the server: choose another folder"));
    }
    let is_wrong = |part: &str| part.is_empty() || part == "." || part == "..";
    path.split('/').any(is_wrong).then(|| "no part of it may be empty, `.` or `..`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations() {
        for good in
            ["/workspace/a", "/workspace/a/b.csv", "/workspace/a/outputs/x", "/workspace/.env", "/workspace/ü b"]
        {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "workspace/a",
            "/workspace",
            "/workspace/",
            "/workspacex/a",
            "/tmp/a",
            "/workspace/../a",
            "/workspace/a/..",
            "/workspace/./a",
            "/workspace//a",
            "/workspace/a/",
            "/workspace/a\\b",
            "/workspace/a\0",
            "/workspace/.codex",
            "/workspace/.codex/a",
            "/workspace/outputs/a",
            "/workspace/.managed-agents",
            "/workspace/.managed-agents-x/a",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert_eq!(join("/workspace/", "a/b"), "/workspace/a/b");
        assert_eq!(join("/workspace/x", "a"), "/workspace/x/a");
    }
}
