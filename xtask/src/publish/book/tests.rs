//! The checks on small repositories, and on this one.

use std::fs;
use std::path::{Path, PathBuf};

use super::{build, check};
use crate::workspace::root;

const SUMMARY: (&str, &str) = ("docs/SUMMARY.md", "[A](a.md)\n");

/// Writes files to a folder of their own.
fn repository(test: &str, files: &[(&str, &str)]) -> std::io::Result<PathBuf> {
    let root = std::env::temp_dir().join(format!("book-{}-{test}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for (path, text) in [SUMMARY].iter().chain(files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, text)?;
    }
    Ok(root)
}

fn problems(test: &str, files: &[(&str, &str)]) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let root = repository(test, files)?;
    let problems = check::all(&root)?.problems;
    fs::remove_dir_all(root)?;
    Ok(problems)
}

#[test]
fn each_kind_of_problem_is_found() -> Result<(), Box<dyn std::error::Error>> {
    let a = |text: &'static str| ("docs/a.md", text);
    let rows = [
        ("file", a("# A\n[x](b.md)\n"), "docs/a.md:2: the link b.md leads to docs/b.md, which does not exist"),
        ("image", a("![x](b.png)\n"), "docs/a.md:1: the link b.png leads to docs/b.png, which does not exist"),
        ("anchor", a("# A\n[x](#b)\n"), "docs/a.md:2: the link #b leads to #b of docs/a.md, which has no such heading"),
        ("out", a("[x](../../b.md)\n"), "docs/a.md:1: the link ../../b.md leads out of the repository"),
        (
            "code",
            a("```rust\nf();\n```\n"),
            "docs/a.md: its Rust is not compiled; add the page to tests/src/pages/book.rs",
        ),
    ];
    for (test, file, expected) in rows {
        assert_eq!(problems(test, &[file])?, [expected]);
    }
    let unlisted = [a("# A\n"), ("docs/c/d.md", "# D\n")];
    assert_eq!(problems("listed", &unlisted)?, ["docs/c/d.md is not in docs/SUMMARY.md; add a line for it"]);
    let migration = "| a | b |\n|---|---|\n| `x` | `f(1)` |\n\n```rust\nf(2);\n```\n";
    let files = [
        ("docs/SUMMARY.md", "[A](coming-from/a.md)\n"),
        ("docs/coming-from/a.md", migration),
        ("tests/src/pages/book.rs", "include_str!(\"../../../docs/coming-from/a.md\")"),
    ];
    let expected = "docs/coming-from/a.md:3: `f(1)` is in no Rust block of the page; add it to one";
    assert_eq!(problems("migration", &files)?, [expected]);
    Ok(())
}

#[test]
fn links_that_lead_somewhere_are_no_problem() -> Result<(), Box<dyn std::error::Error>> {
    let page = "# A b\n[x](#a-b) [y](../README.md#c) [z](https://example.com/none) [w](decisions/d.md) `[no](no.md)`\n";
    let files =
        [("docs/a.md", page), ("README.md", "## C\n"), ("docs/decisions/d.md", ""), ("target/e.md", "[n](o.md)")];
    assert_eq!(problems("whole", &files)?, [""; 0]);
    Ok(())
}

#[test]
fn the_copy_links_to_the_repository_and_lists_the_decisions() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        ("docs/a.md", "[x](../README.md#c) [y](decisions/d.md)\n"),
        ("docs/decisions/README.md", "- [D d](d.md): why.\n- [D again](d.md#x)\n- [A](../a.md)\n"),
        ("docs/decisions/d.md", "[x](../../examples/e.rs)\n"),
    ];
    let root = repository("copy", &files)?;
    build::copy(&root, &root.join("copy"))?;
    let read = |name: &str| fs::read_to_string(root.join("copy").join(name));
    let place = "https://github.com/openai-ext/openai-ext/blob/main/";
    assert_eq!(read("a.md")?, format!("[x]({place}README.md#c) [y](decisions/d.md)\n"));
    assert_eq!(read("decisions/d.md")?, format!("[x]({place}examples/e.rs)\n"));
    assert_eq!(read("SUMMARY.md")?, "[A](a.md)\n  - [D d](decisions/d.md)\n");
    fs::remove_dir_all(root)?;
    Ok(())
}

#[test]
fn this_repository_has_no_dead_link() -> Result<(), Box<dyn std::error::Error>> {
    let found = check::all(&root())?;
    assert_eq!(found.problems, [""; 0]);
    assert!(found.links > 200 && found.code > 20, "{} links, {} pages with code", found.links, found.code);
    Ok(())
}
