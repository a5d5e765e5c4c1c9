//! Azure's URLs for the same operations: below `/openai/v1`, below `/openai/deployments/{deployment}`, and below `/openai`.

use percent_encoding::percent_decode_str;

/// A path of Azure's, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AzurePath<'a> {
    /// The path as OpenAI has it below its base URL.
    pub(crate) below: &'a str,
    /// Encoded.
    pub(crate) deployment: Option<&'a str>,
    /// The mode that has no `api-version`.
    pub(crate) v1: bool,
}

/// Takes a path apart, if it is one of Azure's.
pub(crate) fn read(path: &str) -> Option<AzurePath<'_>> {
    let below = path.strip_prefix("/openai").filter(|below| below.starts_with('/'))?;
    if let Some(below) = below.strip_prefix("/v1").filter(|below| below.starts_with('/')) {
        return Some(AzurePath { below, deployment: None, v1: true });
    }
    match below.strip_prefix("/deployments/").and_then(|rest| rest.split_once('/')) {
        Some((deployment, rest)) => {
            let below = &below[below.len() - rest.len() - 1..];
            Some(AzurePath { below, deployment: Some(deployment), v1: false })
        }
        None => Some(AzurePath { below, deployment: None, v1: false }),
    }
}

/// The path below the base URL, of OpenAI's or of Azure's.
pub(crate) fn below(path: &str) -> Option<&str> {
    path.strip_prefix("/v1").or_else(|| read(path).map(|azure| azure.below))
}

/// The deployment that a path names.
pub(crate) fn deployment(path: &str) -> Option<String> {
    let deployment = read(path)?.deployment?;
    Some(percent_decode_str(deployment).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let path = |below, deployment, v1| Some(AzurePath { below, deployment, v1 });
        assert_eq!(read("/openai/v1/chat/completions"), path("/chat/completions", None, true));
        assert_eq!(read("/openai/deployments/my%20gpt/embeddings"), path("/embeddings", Some("my%20gpt"), false));
        assert_eq!(read("/openai/files/file-1"), path("/files/file-1", None, false));
        assert_eq!(read("/openai/v12/files"), path("/v12/files", None, false));
        assert_eq!(read("/v1/chat/completions"), None);
        assert_eq!(read("/openaix/files"), None);
        assert_eq!(deployment("/openai/deployments/my%20gpt/embeddings").as_deref(), Some("my gpt"));
    }
}
