//! The list of types that openai-ext matches by hand is true.
#![allow(missing_docs)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use openai_codegen::config::Names;
use openai_codegen::surface::{NameKind, Surface};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file, or of all files of a folder.
fn source(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    for entry in fs::read_dir(path)? {
        text += &source(&entry?.path())?;
    }
    Ok(text)
}

#[test]
fn each_type_exists_and_its_files_name_it() -> Result<(), Box<dyn std::error::Error>> {
    let read = |name: &str| fs::read_to_string(workspace().join(name));
    let names = Names::parse(&read("codegen/names.toml")?)?;
    let surface = Surface::parse(&read("codegen/names.lock")?);
    assert!(names.matched.len() > 20, "the list is not read");
    for (name, files) in &names.matched {
        let entry = surface.names.get(name).unwrap_or_else(|| panic!("names.lock has no {name}"));
        let target = if entry.kind == NameKind::Alias { &entry.place } else { name };
        let member = format!("{target}::");
        assert!(surface.names.keys().any(|name| name.starts_with(&member)), "{name} is neither a union nor an enum");
        for file in files {
            let text = source(&workspace().join(file)).map_err(|error| format!("[matched] {name}: {file}: {error}"))?;
            let named = text.split(|c: char| !c.is_alphanumeric()).any(|word| word == name);
            assert!(named, "[matched] {name}: {file} does not name it");
        }
    }
    Ok(())
}
