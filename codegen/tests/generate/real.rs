//! The real document: the index of all operations, some files a person can read, and the same bytes twice.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use openai_codegen::emit::RAW;
use openai_codegen::{Input, Output, generate};
use syn::{Expr, ExprLit, ExprStruct, Item, Lit};

static OUTPUT: LazyLock<Output> = LazyLock::new(real);

fn real() -> Output {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let fixups = ("codegen/overlays/fixups.yaml".to_owned(), read("overlays/fixups.yaml"));
    let input = Input {
        document: &read("../openapi.yaml"),
        names: &read("names.toml"),
        overlays: &[fixups],
        docs: &read("overlays/docs.yaml"),
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
    assert_eq!((&OUTPUT.report, &OUTPUT.public), (&again.report, &again.public));
}

#[test]
fn every_overlay_action_matches() {
    assert_eq!(OUTPUT.unmatched, [""; 0]);
}

#[test]
fn index_of_all_operations() {
    let table = table();
    assert_eq!(table.matches('\n').count(), 288 + 16, "operations and webhooks");
    insta::assert_snapshot!(table);
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
    types_of_few_shapes: "types/moderations_params.rs";
    types_with_unions: "types/evals_params.rs";
    one_builder_for_all: "request.rs";
}

#[test]
fn head_of_the_index() {
    let end = file("index.rs").match_indices("#[cfg(feature").nth(2).expect("at least three operations").0;
    insta::assert_snapshot!(file("index.rs")[..end].trim_end());
}

/// A line an operation, then a line a webhook.
fn table() -> String {
    let index = syn::parse_file(file("index.rs")).expect("the index is Rust");
    let mut out = String::new();
    for entry in entries(&index, "OPERATIONS") {
        let text = |name: &str| words(field(entry, name));
        let query = text("query").replace(' ', "=");
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let mut line =
            vec![text("id"), text("method"), text("path") + &query, format!("{}.{}", text("resource"), text("verb"))];
        line.push(format!("[{}] -> [{}]", text("request_media"), text("response_media")));
        line.push(if text("streams") == "true" { "stream" } else { "-" }.to_owned());
        line.push(format!("paging {}", text("paging").to_lowercase()));
        line.push(text("security").to_lowercase());
        out += &(line.join(" | ") + "\n");
    }
    for entry in entries(&index, "WEBHOOKS") {
        out += &format!("webhook | {} | {}\n", words(field(entry, "event")), words(field(entry, "type_name")));
    }
    out
}

/// The struct expressions of a static list.
fn entries<'a>(index: &'a syn::File, name: &str) -> Vec<&'a ExprStruct> {
    let list = index.items.iter().find_map(|item| match item {
        Item::Static(found) if found.ident == name => Some(&*found.expr),
        _ => None,
    });
    let Some(Expr::Reference(reference)) = list else { panic!("{name} is no reference to a list") };
    let Expr::Array(array) = &*reference.expr else { panic!("{name} is no list") };
    let structs = array.elems.iter().map(|element| match element {
        Expr::Struct(entry) => entry,
        _ => panic!("an entry of {name} is no struct"),
    });
    structs.collect()
}

fn field<'a>(entry: &'a ExprStruct, name: &str) -> &'a Expr {
    let named = |member: &syn::Member| matches!(member, syn::Member::Named(ident) if ident == name);
    let found = entry.fields.iter().find(|field| named(&field.member));
    &found.unwrap_or_else(|| panic!("an entry lacks {name}")).expr
}

/// The texts in an expression, set apart by spaces.
fn words(expr: &Expr) -> String {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => flag.value.to_string(),
        Expr::Reference(reference) => words(&reference.expr),
        Expr::Array(array) => array.elems.iter().map(words).collect::<Vec<_>>().join(" "),
        Expr::Tuple(tuple) => tuple.elems.iter().map(words).collect::<Vec<_>>().join(" "),
        Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        _ => panic!("an expression that the table does not show"),
    }
}
