//! What every crate of the workspace is checked for, it is checked for: no crate leaves itself out.
#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders of the workspace's members.
fn members() -> Vec<PathBuf> {
    let manifest = read(&workspace().join("Cargo.toml"));
    let list = manifest.lines().find_map(|line| line.strip_prefix("members = [")).expect("members on one line");
    let names = list.trim_end_matches(']').split(',').map(|name| name.trim().trim_matches('"'));
    names.map(|name| workspace().join(name)).collect()
}

#[test]
fn lints_are_those_of_the_workspace() {
    let manifest = read(&workspace().join("Cargo.toml"));
    for line in ["unsafe_code = \"forbid\"", "missing_docs = \"deny\"", "incompatible_msrv = \"deny\""] {
        assert!(manifest.contains(line), "Cargo.toml has not {line}");
    }
    let members = members();
    assert!(members.len() >= 7);
    for member in members {
        let manifest = read(&member.join("Cargo.toml"));
        for lines in ["[lints]\nworkspace = true", "rust-version.workspace = true"] {
            assert!(manifest.contains(lines), "{} has not {lines}", member.display());
        }
    }
}

#[test]
fn roots_forbid_unsafe_code_and_no_source_allows_missing_docs() {
    for member in members() {
        let source = member.join("src");
        let root = ["lib.rs", "main.rs"].map(|name| source.join(name)).into_iter().find(|path| path.exists());
        let root = root.unwrap_or_else(|| panic!("{} has no root", member.display()));
        assert!(read(&root).contains("#![forbid(unsafe_code)]"), "{}", root.display());
        let mut open = vec![source];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).expect("a folder that is there").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    assert!(!read(&path).contains("allow(missing_docs)"), "{}", path.display());
                }
            }
        }
    }
}
