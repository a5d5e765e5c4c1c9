//! Names in words, for the placeholders of default sentences.

use crate::ir::snake;

/// Words that are written in capitals.
const CAPITALS: [&str; 14] =
    ["api", "dtmf", "http", "ip", "json", "llm", "mcp", "oauth", "sdp", "sip", "sse", "tts", "url", "vad"];

/// Endings of type names that say where a type is used, not what it is.
const ENDINGS: [&str; 11] = [
    "create_params",
    "update_params",
    "modify_params",
    "params",
    "param",
    "resource",
    "object",
    "create_response",
    "retrieve_response",
    "update_response",
    "delete_response",
];

/// Beginnings of type names that say in which part of the API a type is used.
const BEGINNINGS: [&str; 7] =
    ["beta_", "realtime_beta_", "realtime_", "deleted_", "response_", "input_item_", "conversation_item_"];

/// Words that make no sense without the word before them.
const DEPENDENT: [&str; 6] = ["error", "format", "status", "stream", "text", "usage"];

/// Returns a type's name in words: `VectorStoreFile` is `vector store file`.
#[must_use]
pub fn in_words(name: &str) -> String {
    let snake = snake(name);
    let ending = ENDINGS.iter().find_map(|ending| snake.strip_suffix(&format!("_{ending}")));
    let mut rest = ending.unwrap_or(&snake);
    for beginning in BEGINNINGS {
        let behind = rest.strip_prefix(beginning).filter(|behind| {
            let first = behind.split('_').next().unwrap_or_default();
            let is_narrow = ["response_", "realtime_"].contains(&beginning);
            !is_narrow || behind.contains('_') && !DEPENDENT.contains(&first)
        });
        rest = behind.unwrap_or(rest);
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

/// Returns the subject of a sentence that begins with an article: `A file of an environment, by its id.` is about a
/// `file of an environment`.
pub(super) fn subject(sentence: &str) -> Option<String> {
    let behind = ["A ", "An ", "The "].iter().find_map(|article| sentence.strip_prefix(article))?;
    const ENDS: [&str; 11] =
        [",", ":", ";", ".", " that ", " with ", " by ", " which ", " whose ", " in which ", " after "];
    let end = ENDS.iter().filter_map(|end| behind.find(end)).min()?;
    Some(behind[..end].to_owned())
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
