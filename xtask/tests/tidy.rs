//! `cargo xtask tidy` on small workspaces, and on this one.
#![allow(missing_docs)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A workspace of one crate, `small`.
struct Workspace(PathBuf);

impl Workspace {
    fn new(test: &str, files: &[(&str, &str)]) -> io::Result<Self> {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tidy-{test}"));
        let _ = fs::remove_dir_all(&root);
        let settings = "[small]\npath = \"small\"\nquestion_docs = 0\nrepeated_types = 0\n";
        for (path, text) in [("xtask/tidy.toml", settings)].iter().chain(files) {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, text)?;
        }
        Ok(Self(root))
    }

    fn tidy(&self, args: &[&str]) -> io::Result<Output> {
        Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").args(args).env("XTASK_ROOT", &self.0).output()
    }

    /// Returns what it complains about; nothing if all is well.
    fn complaint(&self) -> io::Result<String> {
        let output = self.tidy(&[])?;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), complaint.is_empty(), "{complaint}");
        Ok(complaint)
    }
}

fn complaint(test: &str, files: &[(&str, &str)]) -> io::Result<String> {
    Workspace::new(test, files)?.complaint()
}

const LIB: &str = "small/src/lib.rs";
const LEFT: &str = "small/src/left.rs";
const RIGHT: &str = "small/src/right.rs";

#[test]
fn sentences_of_documents_that_begin_with_a_question_word_are_counted() -> io::Result<()> {
    let settings = "[prose]\npaths = [\"README.md\", \"docs\"]\nquestions = 0\n";
    let readme = "# Where to start\n\nIt is small. How it grows\nis told below.\n\n```rust\n// What is this?\n```\n\n| A | Whether B |\n";
    let lists =
        "- What a thing is\n- However, this is none, and `How` is none\n1. How two lines\n   What is one sentence\n";
    let entries = "# Sentences.\n\"Thing.size\": \"How tall it is.\"\nThing: An object. Where it grows.\n";
    let files =
        [("xtask/tidy.toml", settings), ("README.md", readme), ("docs/a.md", lists), ("docs/b/c.yaml", entries)];
    let message = complaint("prose", &files)?;
    let expected = [
        "prose: questions grew from 0 to 7:",
        "README.md: How it grows is told below.",
        "README.md: Where to start",
        "README.md: Whether B",
        "docs/a.md: How two lines What is one sentence",
        "docs/a.md: What a thing is",
        "docs/b/c.yaml: How tall it is.",
        "docs/b/c.yaml: Where it grows.",
    ];
    for line in expected {
        assert!(message.contains(line), "{line} is not in:\n{message}");
    }
    Ok(())
}

#[test]
fn imports_in_one_direction_are_no_circle() -> io::Result<()> {
    let lib = (LIB, "mod left;\nmod right;\npub use left::Left;\npub use right::Right;\n");
    let right = (RIGHT, "pub struct Right;\n#[cfg(test)]\nmod tests {\n    use crate::Left;\n}\n");
    assert_eq!(complaint("none", &[lib, (LEFT, "use crate::Right;\npub struct Left(Right);\n"), right])?, "");
    Ok(())
}

#[test]
fn a_circle_is_seen_through_each_kind_of_path() -> io::Result<()> {
    // What the right module says to reach `Left`, which the root hands on, renames, or opens.
    let reached = [
        ("reexport", "use crate::Left;\npub struct Right(Left);\n"),
        ("super", "pub struct Right(super::left::Left);\n"),
        ("glob", "use super::*;\npub struct Right(Left);\n"),
        ("renamed", "use super::Other as Mine;\npub struct Right(Mine);\n"),
        ("nested", "mod inner {\n    pub fn f() -> Option<crate::Left> { None }\n}\npub struct Right;\n"),
        ("macro-call", "pub struct Right;\nfn f(x: &u8) -> bool { matches!(x, crate::left::ONE) }\n"),
        ("macro-rules", "pub struct Right;\nmacro_rules! m { () => { $crate::left::Left } }\n"),
        ("attribute", "pub struct Right;\n#[some(with = \"crate::left::ONE\")]\nstruct S;\n"),
        ("expression", "pub struct Right;\nfn f() -> u8 { let x = super::left::ONE; x }\n"),
        ("use-in-function", "pub struct Right;\nfn f() { use crate::{left::{self, ONE}}; }\n"),
        ("impl", "pub struct Right;\nimpl crate::Left { fn f() {} }\n"),
        ("cfg", "pub struct Right;\n#[cfg(feature = \"x\")]\nuse crate::Left as _;\n"),
    ];
    let lib = "mod left;\nmod right;\npub use left::*;\npub use left::Left as Other;\npub use right::Right;\n";
    for (test, right) in reached {
        let left = "use crate::Right;\npub struct Left(Right);\npub const ONE: u8 = 1;\n";
        let complaint = complaint(test, &[(LIB, lib), (LEFT, left), (RIGHT, right)])?;
        assert!(complaint.contains("small: circle of 2 in crate: left, right"), "{test}: {complaint}");
        assert!(complaint.contains("small/src/left.rs -> src/right.rs: Right"), "{test}: {complaint}");
        assert!(complaint.contains("small/src/right.rs -> src/left.rs: "), "{test}: {complaint}");
    }
    Ok(())
}

#[test]
fn a_module_is_taken_with_all_below_it() -> io::Result<()> {
    let files = [
        (LIB, "mod a;\n#[path = \"elsewhere/b.rs\"]\nmod b;\n"),
        ("small/src/a/mod.rs", "mod inner;\npub use inner::Deep;\npub struct Top;\n"),
        ("small/src/a/inner.rs", "pub struct Deep(crate::b::Other);\n"),
        ("small/src/elsewhere/b.rs", "mod c;\npub struct Other;\n"),
        ("small/src/elsewhere/c.rs", "use crate::a::Top;\n"),
    ];
    let complaint = complaint("below", &files)?;
    assert!(complaint.contains("circle of 2 in crate: a, b"), "{complaint}");
    assert!(complaint.contains("small/src/a/inner.rs -> src/elsewhere/b.rs: Other"), "{complaint}");
    assert!(complaint.contains("small/src/elsewhere/c.rs -> src/a/mod.rs: Top"), "{complaint}");
    Ok(())
}

#[test]
fn a_parent_is_no_sibling_but_is_reported() -> io::Result<()> {
    let files =
        [(LIB, "mod left;\npub struct Word;\nfn f() { left::go() }\n"), (LEFT, "pub fn go(w: crate::Word) {}\n")];
    let output = Workspace::new("parent", &files)?.tidy(&[])?;
    assert!(output.status.success());
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("small: src/lib.rs defines Word for modules that it uses itself: left.rs"), "{stdout}");
    Ok(())
}

#[test]
fn folders_and_files_have_limits() -> io::Result<()> {
    let names: Vec<String> = (1..=16).map(|number| format!("small/tests/t{number}.rs")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let long = "//\n".repeat(500);
    files.extend([(LIB, long.as_str()), ("small/tests/snapshots/a.snap", "")]);
    let message = complaint("limits", &files)?;
    assert!(message.contains("small/tests: 17 entries; a folder has at most 16"), "{message}");
    assert!(!message.contains("lines"), "{message}");

    files.pop();
    let longer = "//\n".repeat(501);
    files.push((LIB, &longer));
    let message = complaint("limits", &files)?;
    assert!(message.contains("small/src/lib.rs: 501 lines; a file has at most 500"), "{message}");
    assert!(!message.contains("entries"), "{message}");
    Ok(())
}

#[test]
fn kept_numbers_may_fall_but_not_grow() -> io::Result<()> {
    let lib = "mod left;\n/// What a thing is.\npub struct Thing {\n    /// How large it is.\n    pub size: u8,\n    /// Whether it is private.\n    own: u8,\n}\n/// A state.\npub struct State;\n";
    let mut files = vec![(LIB, lib), (LEFT, "struct State;\n")];
    let message = complaint("grown", &files)?;
    assert!(
        message.contains("small: question_docs grew from 0 to 2:\n  small/src/lib.rs: What a thing is."),
        "{message}"
    );
    assert!(
        message.contains("small: repeated_types grew from 0 to 1:\n  small State: src/left.rs, src/lib.rs"),
        "{message}"
    );

    files.push(("xtask/tidy.toml", "[small]\npath = \"small\"\nquestion_docs = 3\nrepeated_types = 1\n"));
    let output = Workspace::new("fallen", &files)?.tidy(&[])?;
    assert!(output.status.success());
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("small: question_docs fell to 2: write 2 for 3 in xtask/tidy.toml"), "{stdout}");
    Ok(())
}

#[test]
fn a_missing_file_and_a_wrong_name_are_errors() -> io::Result<()> {
    let message = complaint("missing", &[(LIB, "mod nowhere;\n")])?;
    assert!(message.contains("small/src/lib.rs declares `mod nowhere`, which has no file"), "{message}");
    let output = Workspace::new("wrong", &[(LIB, "")])?.tidy(&["--crate", "smal"])?;
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("has no crate `smal`; did you mean `small`?"), "{message}");
    Ok(())
}

#[test]
fn edges_between_top_level_modules_are_printed() -> io::Result<()> {
    let files = [
        (LIB, "mod left;\nmod right;\n"),
        (LEFT, "use crate::right::{A, B};\n"),
        (RIGHT, "pub struct A;\npub struct B;\n"),
    ];
    let output = Workspace::new("edges", &files)?.tidy(&["--edges"])?;
    assert!(String::from_utf8_lossy(&output.stdout).contains("\n  left -> right (2)\n"));
    Ok(())
}

#[test]
fn the_workspace_is_tidy() -> io::Result<()> {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("tidy").output()?;
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{printed}");
    Ok(())
}

/// Every member of the workspace has an entry.
#[test]
fn no_crate_is_left_out() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let settings = fs::read_to_string(root.join("xtask/tidy.toml"))?;
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let list = manifest.lines().find_map(|line| line.strip_prefix("members = [")).unwrap_or_default();
    for member in list.trim_end_matches(']').split(", ") {
        assert!(settings.contains(&format!("path = {member}\n")), "xtask/tidy.toml has no crate at {member}");
    }
    Ok(())
}
