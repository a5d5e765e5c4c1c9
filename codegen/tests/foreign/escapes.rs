//! Texts of a document in docs and literals.

use crate::sound::problem;
use crate::support::made;

/// A text in every place whose text reaches generated code.
fn everywhere(text: &str) -> String {
    let text = serde_json::to_string(text).expect("a string is JSON");
    format!(
        r#"{{"openapi": "3.1.0", "info": {{"title": {text}, "version": {text}}},
        "paths": {{"/a": {{"post": {{
            "operationId": "op", "tags": [{text}],
            "parameters": [
                {{"name": {text}, "in": "query", "schema": {{"type": "string", "default": {text}, "enum": [{text}, "b"]}}}},
                {{"name": "p", "in": "query", "schema": {{"type": "string", "pattern": {text}, "default": {text}}}}}
            ],
            "requestBody": {{"content": {{"application/json": {{"schema": {{"$ref": "\#/components/schemas/Body"}}}}}}}},
            "responses": {{"200": {{"description": "", "content": {{"application/json": {{"schema": {{"$ref": "\#/components/schemas/Body"}}}}}}}}}}
        }}}}}},
        "components": {{"schemas": {{
            "Body": {{"type": "object", "title": {text}, "required": ["kind"], "properties": {{
                "kind": {{"type": "string", "const": {text}}},
                {text}: {{"type": "object", "default": {{"a": {text}}}, "properties": {{"b": {{"type": "string", "format": {text}}}}}}},
                "list": {{"type": "array", "items": {{"type": "string", "enum": ["x", {text}]}}}},
                "one": {{"oneOf": [{{"$ref": "\#/components/schemas/One"}}, {{"$ref": "\#/components/schemas/Two"}}]}}
            }}}},
            "One": {{"type": "object", "required": ["t"], "properties": {{"t": {{"const": {text}}}}}}},
            "Two": {{"type": "object", "required": ["t"], "properties": {{"t": {{"const": "two"}}}}}}
        }}}}}}"#
    )
    .replace("\\#", "#")
}

/// Texts that would be code, or be refused by a compiler, if they stood in a file as they are.
pub const TEXTS: &[&str] = &[
    "a */ fn injected_zq() {} /* b",
    "a\"; fn injected_zq() {} \"b",
    "a\n```\nfn injected_zq() {}\n```\nb",
    "a\n\n    fn injected_zq() {}\n",
    "a\r fn injected_zq() {}",
    "a\r\nfn injected_zq() {}",
    "a ` ``` injected_zq",
    "a #[injected_zq]",
    "a [`injected_zq`] [b](c) [",
    "a <script>injected_zq</script>",
    "a \u{202e}injected_zq\u{2066}",
    "a\u{200b}\u{200d}\u{feff}injected_zq",
    "a\u{2028}fn injected_zq() {}\u{2029}",
    "a\u{0}\u{7}\u{1b}[31m injected_zq",
    "a {injected_zq} #injected_zq $injected_zq",
    "a \\ injected_zq \\u{202e} '",
    "~~~\na injected_zq\n~~~",
    "# a injected_zq\n- b\n> c",
    "ä 日本 🦀 e\u{301} injected_zq",
];

#[test]
fn no_text_becomes_code() {
    for text in TEXTS {
        let document = everywhere(text);
        let (_, output) = made(&document).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(problem(&output), None, "{text:?}");
        let all: String = output.files.values().map(String::as_str).collect();
        let literal = proc_macro2::Literal::string(text).to_string();
        assert!(all.contains(&literal), "{text:?} is on the wire as it is");
    }
}

#[test]
fn docs_show_a_text_on_one_line() {
    let (_, output) = made(&everywhere("a\n```\nb`c\u{202e}")).expect("the text is only a text");
    let all: String = output.files.values().map(String::as_str).collect();
    assert!(all.contains("Server default: `a ''' b'c\\u{202e}`."), "{all}");
}

#[test]
fn a_text_of_a_million_characters_is_cut_in_docs() {
    let (_, output) = made(&everywhere(&"long ".repeat(200_000))).expect("the text is only a text");
    let rust = output.files.values().flat_map(|text| text.lines());
    let docs = rust.filter(|line| line.trim_start().starts_with("///")).map(str::len).max();
    assert!(docs.is_some_and(|longest| longest < 4000), "{docs:?}");
}
