//! The words of the mock: answers, their pieces for a stream, the count of their tokens.

use serde_json::{Value, json};

/// The answer to a prompt: what it asks to be said, else a sentence that tells that this is the mock.
pub(crate) fn answer(prompt: &str, model: &str) -> String {
    match asked_for(prompt) {
        Some(text) => sentence(text),
        None => {
            let words = prompt.split_whitespace().count();
            let noun = if words == 1 { "word" } else { "words" };
            format!("This is the OpenAI mock, answering for {model}. Your message had {words} {noun}.")
        }
    }
}

/// About what the real tokenizers make of English: four bytes a token.
pub(crate) fn tokens(text: &str) -> u64 {
    text.len().div_ceil(4) as u64
}

/// The words of a text with the space before each, as models send them; together they are the text again.
pub(crate) fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (index, c) in text.char_indices() {
        let begins = c.is_whitespace() && before.is_some_and(|before: char| !before.is_whitespace());
        if begins {
            words.push(&text[start..index]);
            start = index;
        }
        before = Some(c);
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// Pieces of a few characters, for arguments in JSON, which have no words.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(6).map(|piece| piece.iter().collect()).collect()
}

/// As many of the words as fit into `limit` tokens, and whether that are all.
pub(crate) fn limited(text: &str, limit: Option<u64>) -> (String, bool) {
    let Some(limit) = limit.filter(|limit| tokens(text) > *limit) else {
        return (text.to_owned(), true);
    };
    let mut kept = String::new();
    for word in words(text) {
        if tokens(&kept) + tokens(word) > limit {
            break;
        }
        kept.push_str(word);
    }
    (kept, false)
}

/// All text in a message's content or in an input: a string, or parts with a `text`.
pub(crate) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n"),
        Value::Object(part) => {
            let keys = ["text", "content", "output", "arguments"];
            keys.iter().find_map(|key| part.get(*key)).map(text_of).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// The usage block of chat completions and completions.
pub(crate) fn completion_usage(prompt: u64, completion: u64) -> Value {
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// The text after `say` in a prompt such as `Say this is a test` or `Please say "hello".`
fn asked_for(prompt: &str) -> Option<&str> {
    // ASCII only, so that the byte positions are those of the prompt.
    let lower = prompt.to_ascii_lowercase();
    let starts = |index: usize| index == 0 || !lower.as_bytes()[index - 1].is_ascii_alphanumeric();
    let (index, _) = lower.match_indices("say ").find(|(index, _)| starts(*index))?;
    let line = prompt[index + 4..].lines().next()?.trim();
    let quoted = line.strip_prefix(['"', '\'', '`']).and_then(|rest| rest.split(['"', '\'', '`']).next());
    quoted.or(Some(line)).map(str::trim).filter(|text| !text.is_empty() && text.len() <= 200)
}

/// With a capital at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_what_was_asked_for() {
        assert_eq!(answer("Say this is a test", "m"), "This is a test.");
        assert_eq!(answer("Please say \"hello\" to me", "m"), "Hello.");
        assert_eq!(answer("ÄÖ say é!", "m"), "É!");
        assert_eq!(answer("essay ", "m"), "This is the OpenAI mock, answering for m. Your message had 1 word.");
        assert_eq!(answer("say ", "m"), "This is the OpenAI mock, answering for m. Your message had 1 word.");
    }

    #[test]
    fn words_and_pieces_make_the_text_again() {
        assert_eq!(words("This is a  test.\n"), ["This", " is", " a", "  test.", "\n"]);
        assert!(words("").is_empty());
        for text in ["", " a", "täst 日本 語", "{\"a\":1,\"b\":[2]}"] {
            assert_eq!(words(text).concat(), text);
            assert_eq!(pieces(text).concat(), text);
        }
    }

    #[test]
    fn a_limit_cuts_between_words() {
        assert_eq!(limited("one two three", None), ("one two three".to_owned(), true));
        assert_eq!(limited("one two three", Some(4)), ("one two three".to_owned(), true));
        assert_eq!(limited("one two three", Some(2)), ("one two".to_owned(), false));
        assert_eq!(limited("one two three", Some(0)), (String::new(), false));
    }

    #[test]
    fn text_is_found_in_every_form_of_content() {
        assert_eq!(text_of(&json!("a")), "a");
        assert_eq!(text_of(&json!([{"type": "text", "text": "a"}, {"type": "image_url"}, {"text": "b"}])), "a\nb");
        assert_eq!(text_of(&json!({"role": "user", "content": [{"type": "input_text", "text": "c"}]})), "c");
        assert_eq!(text_of(&json!(null)), "");
    }
}
