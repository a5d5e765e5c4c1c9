//! Media types: the form that a body of each has.

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaForm {
    /// JSON, under whatever name.
    Json,
    /// A JSON value a line.
    Lines,
    /// Server-sent events.
    Events,
    /// `multipart/form-data`
    Multipart,
    /// `application/x-www-form-urlencoded`
    Form,
    /// Characters.
    Text,
    /// Bytes.
    Bytes,
    /// Whatever there is.
    Any,
}

/// Names of a JSON value a line.
const LINES: &[&str] = &[
    "application/jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/ndjson",
    "application/x-ndjson",
    "application/x-json-stream",
    "application/stream+json",
    "application/json-seq",
    "text/jsonl",
    "text/x-ndjson",
];

/// Names of texts that are not below `text/`.
const TEXTS: &[&str] = &[
    "application/csv",
    "application/graphql",
    "application/javascript",
    "application/jose",
    "application/jwt",
    "application/sdp",
    "application/sql",
    "application/toml",
    "application/x-pem-file",
    "application/x-yaml",
    "application/xml",
    "application/yaml",
];

/// The form of a body of a media type.
pub(super) fn form(media: &str) -> MediaForm {
    let name = essence(media);
    match name.as_str() {
        "*/*" | "application/*" | "*" => MediaForm::Any,
        "application/json" | "text/json" => MediaForm::Json,
        "text/event-stream" => MediaForm::Events,
        "multipart/form-data" => MediaForm::Multipart,
        "application/x-www-form-urlencoded" => MediaForm::Form,
        name if LINES.contains(&name) || name.ends_with("+json-seq") => MediaForm::Lines,
        name if name.ends_with("+json") => MediaForm::Json,
        name if ["image/", "audio/", "video/", "font/", "multipart/"].iter().any(|kind| name.starts_with(kind)) => {
            MediaForm::Bytes
        }
        name if name.starts_with("text/") || TEXTS.contains(&name) => MediaForm::Text,
        name if name.ends_with("+xml") || name.ends_with("+yaml") => MediaForm::Text,
        _ => MediaForm::Bytes,
    }
}

/// A media type without its parameters, in small letters.
pub(super) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase()
}

/// Tells if a media type can be the value of a header.
pub(super) fn is_sendable(media: &str) -> bool {
    !media.trim().is_empty() && media.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Tells if a media type is a range of several.
pub(super) fn is_range(media: &str) -> bool {
    media.contains('*')
}
