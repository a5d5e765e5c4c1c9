//! The real document: some files a person can read, and the same bytes twice. (The index is the acceptance crate's.)

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use openai_codegen::emit::RAW;
use openai_codegen::{Input, Output, generate};

static OUTPUT: LazyLock<Output> = LazyLock::new(real);

fn real() -> Output {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let fixups = ("codegen/overlays/fixups.yaml".to_owned(), read("overlays/fixups.yaml"));
    let mut docs = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("overlays/docs")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
            if path.is_dir() {
                open.push(path);
            } else {
                docs.push((path.to_string_lossy().into_owned(), read(&path.to_string_lossy())));
            }
        }
    }
    let input = Input {
        document: &read("../openapi.yaml"),
        names: &read("names.toml"),
        overlays: &[fixups],
        docs: &docs,
        strictness: Default::default(),
    };
    generate(input).unwrap_or_else(|error| panic!("{error}"))
}

fn file(name: &str) -> &'static str {
    let path = format!("{RAW}/{name}");
    OUTPUT.files.get(&path).unwrap_or_else(|| panic!("{path} is not generated any more"))
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let again = real();
    for (path, text) in &OUTPUT.files {
        assert_eq!(again.files.get(path), Some(text), "{path}");
    }
    assert_eq!(OUTPUT.files.len(), again.files.len());
    assert_eq!((&OUTPUT.report, &OUTPUT.surface), (&again.report, &again.surface));
}

#[test]
fn every_overlay_action_matches() {
    assert_eq!(OUTPUT.unmatched, [""; 0]);
}

macro_rules! files {
    ($($name:ident: $path:literal;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(file($path));
            }
        )*
    };
}

files! {
    resource_with_streams_and_pages: "resources/chat/completions/mod.rs";
    resource_with_one_operation: "resources/embeddings.rs";
    resource_below_resources: "resources/beta/threads/runs/mod.rs";
    types_of_few_shapes: "types/moderations.rs";
    types_with_unions: "types/evals/create.rs";
    index_of_all_types: "types/mod.rs";
}

#[test]
fn head_of_the_index() {
    let end = file("index.rs").match_indices("#[cfg(feature =").nth(2).expect("at least three operations").0;
    insta::assert_snapshot!(file("index.rs")[..end].trim_end());
}
