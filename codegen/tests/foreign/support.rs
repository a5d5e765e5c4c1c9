//! A lenient import and generation, and how a snapshot shows them.

use openai_codegen::import::{Imported, import_with};
use openai_codegen::strictness::Strictness;
use openai_codegen::{Input, Output, generate};

/// The head of a document.
pub const HEAD: &str = "openapi: 3.1.0\ninfo: {title: Things, version: '1'}\n";

/// Imports and generates.
pub fn made(text: &str) -> Result<(Imported, Output), String> {
    let imported = import_with(text, "things.yaml", Strictness::Lenient).map_err(|error| error.to_string())?;
    let input =
        Input { document: &imported.yaml, names: "", overlays: &[], docs: &[], strictness: Strictness::Lenient };
    let output = generate(input)?;
    Ok((imported, output))
}

/// Facts of a document, what was passed over, and how the types look that it becomes.
pub fn shown(text: &str) -> String {
    let (imported, output) = made(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let start = imported.yaml.find("\npaths:").map_or(0, |at| at + 1);
    let mut out = format!("{}\n--- facts\n{}", text.trim_start_matches(HEAD).trim(), &imported.yaml[start..]);
    let notes = imported.report.passed_over().iter().chain(&output.passed_over);
    let notes: Vec<String> = notes.map(ToString::to_string).collect();
    if !notes.is_empty() {
        out += &format!("\n--- passed over\n{}", notes.join("\n"));
    }
    out
}

/// The import's error.
pub fn error(text: &str) -> String {
    match made(text) {
        Err(error) => error,
        Ok((imported, _)) => panic!("it was imported:\n{}", imported.yaml),
    }
}

/// A document with an answer of the schema `Thing`; `schemas` are the lines below `components/schemas`.
pub fn with_schemas(schemas: &str) -> String {
    let lines: String = schemas.trim_matches('\n').lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "{HEAD}paths:\n  /things:\n    get:\n      operationId: getThing\n      responses:\n        '200': \
         {{description: '', content: {{application/json: {{schema: {{$ref: '#/components/schemas/Thing'}}}}}}}}\n\
         components:\n  schemas:\n{lines}"
    )
}

/// A document from `paths` on.
pub fn document(text: &str) -> String {
    format!("{HEAD}{}\n", text.trim_matches('\n'))
}

/// Declares snapshot tests of documents.
macro_rules! shows {
    ($($name:ident: $text:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!($crate::support::shown(&$text));
            }
        )*
    };
}

pub(crate) use shows;
