//! `cargo xtask docs-coverage` on small documents.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::xtask;

/// A workspace of one small document, for the commands that only generate.
fn garden(test: &str, docs: &[(&str, &str)]) -> io::Result<PathBuf> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("docs-{test}"));
    let _ = fs::remove_dir_all(&root);
    let document = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n  /things:\n    get:\n      operationId: getThing\n      \
                    responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}\n\
                    components: {schemas: {Thing: {type: object, properties: {id: {type: string}, size: {type: integer, minimum: 1}}}}}\n";
    let names = "[operations]\ngetThing = { resource = 'things', verb = 'retrieve' }\n";
    let overlay = "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions: []\n";
    let fixed = [("openapi.yaml", document), ("codegen/names.toml", names), ("codegen/overlays/fixups.yaml", overlay)];
    let docs = docs.iter().map(|(path, text)| (format!("codegen/overlays/docs/{path}"), *text));
    for (path, text) in fixed.into_iter().map(|(path, text)| (path.to_owned(), text)).chain(docs) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&root))?;
        fs::write(path, text)?;
    }
    Ok(root)
}

/// Runs `docs-coverage`; returns true if it succeeds, and its output.
fn coverage(root: &Path, args: &[&str]) -> io::Result<(bool, String)> {
    let output = xtask().arg("docs-coverage").args(args).env("XTASK_ROOT", root).output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[test]
fn items_with_facts_only_are_listed_and_fail() -> io::Result<()> {
    let defaults = "fields: {id: 'The id of the {type}.'}\n";
    let entries = "Thing: An object that grows.\nthings.retrieve: Fetches a thing.\n";
    let root = garden("list", &[("defaults.yaml", defaults), ("plants/things.yaml", entries)])?;
    let (is_success, text) = coverage(&root, &["--list", "things"])?;
    assert_eq!((is_success, text.trim_end()), (true, "Thing.size\tfield\tinteger. At least 1."));
    let (is_success, text) = coverage(&root, &[])?;
    let row = text.lines().find(|line| line.starts_with("things ")).unwrap_or_default();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["things", "4", "2", "1", "1", "1"]);
    assert!(!is_success && text.contains("1 item has facts only"), "{text}");
    let (is_success, text) = coverage(&root, &["--list", "moon"])?;
    assert!(!is_success && text.contains("`moon` is no area; known are things and all"), "{text}");
    let sample = coverage(&root, &["--sample", "2", "--seed", "5"])?;
    assert!(sample.0 && sample.1.starts_with("seed 5\n"), "{}", sample.1);
    assert_eq!(sample.1.lines().filter(|line| line.ends_with("(things)")).count(), 2, "{}", sample.1);
    assert_eq!(coverage(&root, &["--sample", "2", "--seed", "5"])?, sample);
    fs::write(root.join("codegen/overlays/docs/plants/things.yaml"), format!("{entries}Thing.size: The height.\n"))?;
    let (is_success, text) = coverage(&root, &[])?;
    assert!(is_success, "{text}");
    fs::remove_dir_all(root)
}

#[test]
fn entries_are_sorted_into_the_files_of_their_areas() -> io::Result<()> {
    let defaults = "fields: {id: 'The id of the {type}.'}\n";
    let moon = "things.retrieve: Fetches a thing.\nThing.size: \"The height: a number.\"\nThing.id: The id of the thing.\nThing.gone: Gone.\n";
    let root = garden(
        "sort",
        &[("defaults.yaml", defaults), ("moon.yaml", moon), ("plants/things.yaml", "Thing: An object.\n")],
    )?;
    let (is_success, text) = coverage(&root, &["--sort"])?;
    assert!(is_success && text.contains("4 entries in 2 files, 1 removed"), "{text}");
    let file = |name: &str| fs::read_to_string(root.join("codegen/overlays/docs").join(name));
    let things = file("plants/things.yaml")?;
    let lines: Vec<&str> = things.lines().skip(1).collect();
    let sorted = [
        r#""Thing": "An object.""#,
        r#""Thing.size": "The height: a number.""#,
        r#""things.retrieve": "Fetches a thing.""#,
    ];
    assert_eq!(lines, sorted);
    assert!(file("moon.yaml")?.ends_with("\"Thing.gone\": \"Gone.\"\n"), "an entry that names nothing stays");
    assert_eq!(file("defaults.yaml")?, defaults);
    fs::remove_dir_all(root)
}
