//! Documents as web frameworks write them (../documents): the operations, what is passed over, and, beside the one-feature
//! documents, that the crate compiles.

use std::fs;
use std::path::PathBuf;

use openai_codegen::import::import_with;
use openai_codegen::strictness::{PassedOver, Strictness};
use openai_codegen::surface::NameKind;
use openai_codegen::{Input, Output, generate};

/// The documents, by file name.
pub const ALL: &[&str] = &[
    "fastapi.json",
    "goa.yaml",
    "goswag.json",
    "handwritten.yaml",
    "nestjs.json",
    "rswag.yaml",
    "springdoc.json",
    "swashbuckle.json",
    "typespec.yaml",
    "utoipa.json",
    "zod.yaml",
];

/// Generates as `cargo xtask regen --from` does; with the places that the import passed over.
pub fn output(file: &str) -> (Output, Vec<PassedOver>) {
    let text = fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let imported = import_with(&text, file, Strictness::Lenient).unwrap_or_else(|error| panic!("{error}"));
    let input =
        Input { document: &imported.yaml, names: "", overlays: &[], docs: &[], strictness: Strictness::Lenient };
    let output = generate(input).unwrap_or_else(|error| panic!("{file}: {error}"));
    (output, imported.report.passed_over().to_vec())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

#[test]
fn every_document_is_listed() {
    let entries = fs::read_dir(folder()).expect("the folder is there").flatten();
    let mut found: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(found, ALL);
}

/// Each operation by its name, then each place that is passed over.
fn snapshot(file: &str) -> String {
    let (output, passed_over) = output(file);
    let names = output.surface.names.iter().filter(|(_, entry)| entry.kind == NameKind::Operation);
    let operations = names.map(|(name, entry)| format!("{}  {name}\n", entry.place));
    let places = passed_over.iter().chain(&output.passed_over).map(|place| format!("{place}\n"));
    format!("{}\npassed over\n{}", operations.collect::<String>(), places.collect::<String>())
}

macro_rules! documents {
    ($($name:ident: $file:literal;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(snapshot($file));
            }
        )*
    };
}

documents! {
    fastapi: "fastapi.json";
    goa: "goa.yaml";
    go_swag: "goswag.json";
    by_hand: "handwritten.yaml";
    nestjs: "nestjs.json";
    rswag: "rswag.yaml";
    springdoc: "springdoc.json";
    swashbuckle: "swashbuckle.json";
    typespec: "typespec.yaml";
    utoipa: "utoipa.json";
    zod_to_openapi: "zod.yaml";
}
