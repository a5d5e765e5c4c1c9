//! Names in words, for the placeholders of default sentences.

use crate::ir::snake;

/// Words that are written in capitals.
const CAPITALS: [&str; 14] =
    ["api", "dtmf", "http", "ip", "json", "llm", "mcp", "oauth", "sdp", "sip", "sse", "tts", "url", "vad"];

/// Endings of type names that say where a type is used, not what it is.
const ENDINGS: [&str; 9] =
    ["create_params", "update_params", "modify_params", "params", "param", "response", "resource", "body", "details"];

/// Beginnings of type names that say where a type is used or what happened to it.
const BEGINNINGS: [&str; 4] = ["beta", "deleted", "create", "update"];

/// Returns a type's name in words: `VectorStoreFile` is `vector store file`, `DeletedVaultResource` is `vault`.
#[must_use]
pub fn in_words(name: &str) -> String {
    let snake = snake(name);
    let mut rest = snake.as_str();
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| rest.strip_suffix(*ending)?.strip_suffix('_')) {
        rest = shorter;
    }
    while let Some(shorter) = BEGINNINGS.iter().find_map(|beginning| rest.strip_prefix(*beginning)?.strip_prefix('_')) {
        rest = shorter;
    }
    // The types of a response's parts begin with `Response`.
    if let Some(part) = rest.strip_prefix("response_").filter(|part| part.contains('_')) {
        rest = part;
    }
    let words: Vec<String> = rest.split('_').map(capitals).collect();
    words.join(" ")
}

/// Returns the first sentence of a text.
#[must_use]
pub fn first_sentence(text: &str) -> &str {
    let is_end = |at: &usize| {
        let abbreviation = ["e.g", "i.e", "etc", "vs"].iter().any(|short| text[..*at].ends_with(short));
        !abbreviation && text[at + 2..].starts_with(|c: char| !c.is_ascii_lowercase())
    };
    let end = text.match_indices(". ").map(|(at, _)| at).find(is_end);
    end.map_or(text, |at| &text[..=at])
}

/// Returns words behind the article that they take.
pub(super) fn with_article(words: &str) -> String {
    let by_letter =
        words.starts_with(['a', 'e', 'i', 'o', 'u']) && !["use", "uni", "eu"].iter().any(|by| words.starts_with(by));
    let by_sound =
        ["API", "HTTP", "LLM", "MCP", "SDP", "SIP", "SSE", "OAuth"].iter().any(|word| words.starts_with(word));
    if by_letter || by_sound { format!("an {words}") } else { format!("a {words}") }
}

fn capitals(word: &str) -> String {
    match word {
        "oauth" => "OAuth".into(),
        _ if CAPITALS.contains(&word) => word.to_ascii_uppercase(),
        _ => word.to_owned(),
    }
}
