//! `cargo xtask regen --from`: a complete crate of anybody's document, beside the workspace.
//!
//! It uses no names, overlays or sentences but those that it is given.

mod crate_files;
mod options;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openai_codegen::emit::RAW;
use openai_codegen::import::Imported;
use openai_codegen::service::ServiceFacts;
use openai_codegen::strictness::{PassedOver, Strictness};
use openai_codegen::{Input, Output};

use self::crate_files::CrateName;
use self::options::Options;
use super::{FEATURES_MARK, counts, features_of, read, say_figures, write_if_changed};
use crate::workspace::say;

/// Makes the crate.
pub(super) fn run(root: &Path, words: &[&str], usage: &str) -> Result<(), String> {
    let options = Options::parse(words).map_err(|error| format!("regen: {error}\n\n{usage}"))?;
    let text = read(Path::new(&options.from))?;
    let imported = openai_codegen::import::import_with(&text, &options.from, Strictness::Lenient);
    let imported = imported.map_err(|error| error.to_string())?;
    let overlays = overlays(&options)?;
    let output = generate(&options, &imported, &overlays)?;
    // An overlay may say where the server is and where it takes the credential.
    let described = openai_codegen::overlay::overlaid(&imported.yaml, &overlays)?;
    let mut facts = ServiceFacts::of(&described);
    let name = CrateName::new(options.name.as_deref(), &facts.title, Path::new(&options.from))?;
    let files = files(root, &options, &name, &facts, &output)?;
    let manifest = manifest(root, &options.out, &name, &facts, features_of(&output)?)?;
    if let Some(path) = &options.write_names {
        write_names(path, &output.names)?;
    }
    write_if_changed(&options.out.join("Cargo.toml"), &manifest)?;
    let count = files.keys().filter(|path| path.starts_with("generated")).count();
    remove_orphans(&options.out.join("src/generated"), &options.out.join("src"), &files)?;
    for (path, text) in &files {
        write_if_changed(&options.out.join("src").join(path), text)?;
    }
    report(&options, &imported, &output, std::mem::take(&mut facts.passed_over));
    say(&format!("regen: crate {}: {count} files in {}; {}", name.as_str(), options.out.display(), counts(&output)));
    Ok(())
}

/// The overlays in their order: name and text.
fn overlays(options: &Options) -> Result<Vec<(String, String)>, String> {
    options.overlays.iter().map(|path| Ok((path.clone(), read(Path::new(path))?))).collect()
}

fn generate(options: &Options, imported: &Imported, overlays: &[(String, String)]) -> Result<Output, String> {
    let given =
        |path: &Option<String>, absent: &str| path.as_ref().map_or(Ok(absent.to_owned()), |path| read(Path::new(path)));
    let (names, docs) = (given(&options.names, "")?, given(&options.docs, "{}")?);
    let docs = [(options.docs.clone().unwrap_or_default(), docs)];
    let input =
        Input { document: &imported.yaml, names: &names, overlays, docs: &docs, strictness: Strictness::Lenient };
    // The generator knows its inputs by the names that they have in the workspace.
    openai_codegen::generate(input).map_err(|error| {
        let names = options.names.as_deref().unwrap_or("the names by rule");
        error.replace("codegen/names.toml", names).replace("openapi.yaml", &options.from)
    })
}

/// The files below `src`: the raw crate's own, those of this crate, and what is generated.
fn files(
    root: &Path,
    options: &Options,
    name: &CrateName,
    facts: &ServiceFacts,
    output: &Output,
) -> Result<BTreeMap<PathBuf, String>, String> {
    let mut out = BTreeMap::new();
    for (path, text) in super::hand_written(root)? {
        out.insert(path, text.replace("openai_raw", &name.ident()));
    }
    out.insert("lib.rs".into(), crate_files::library(name, facts));
    out.insert("client.rs".into(), crate_files::client(name, facts));
    let source: String = Path::new(&options.from)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_alphanumeric() || "._- ".contains(c) { c } else { '_' })
        .collect();
    for (path, text) in &output.files {
        let Some(below) = path.strip_prefix(RAW) else { continue };
        let text = text.replacen("from openapi.yaml.", &format!("from {source}."), 1);
        let text =
            text.replacen("//! The API's resources, where the official SDKs have them.", "//! The API's resources.", 1);
        out.insert(format!("generated{below}").into(), text);
    }
    Ok(out)
}

/// The manifest: its head stays as it is if this command wrote it, and the features are those of now.
fn manifest(root: &Path, out: &Path, name: &CrateName, facts: &ServiceFacts, features: &str) -> Result<String, String> {
    let path = out.join("Cargo.toml");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let head = match before.split_once(FEATURES_MARK) {
        Some((head, _)) => head.to_owned(),
        None if before.is_empty() || before.contains("\nopenai-runtime = { path = ") => {
            crate_files::manifest(name, facts, &root.join("crates/openai-runtime"))
        }
        None => return Err(format!("{} is the manifest of something else; pass another folder", path.display())),
    };
    // Without areas of its own choice, a crate has all of them.
    let features = features.replacen("default = []", "default = [\"full\"]", 1);
    Ok(format!("{head}{FEATURES_MARK}{features}"))
}

/// Writes the names to be edited. A file that is there already may have been edited.
fn write_names(path: &Path, names: &str) -> Result<(), String> {
    match fs::read_to_string(path) {
        Ok(found) if found == names => Ok(()),
        Ok(_) => Err(format!(
            "{} is there already and may have been edited; nothing was written. To do: pass another file to `--write-names`, or take it away",
            path.display()
        )),
        Err(_) => write_if_changed(path, names).map(|_| ()),
    }
}

/// Removes the generated files that nothing generates any more.
fn remove_orphans(folder: &Path, source: &Path, files: &BTreeMap<PathBuf, String>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_known = path.strip_prefix(source).is_ok_and(|below| files.contains_key(below));
        if path.is_dir() {
            remove_orphans(&path, source, files)?;
            // It may have become empty.
            let _ = fs::remove_dir(&path);
        } else if !is_known {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Tells what of the document is not done, each place with its pointer, then what there is to know about names.
fn report(options: &Options, imported: &Imported, output: &Output, of_service: Vec<PassedOver>) {
    let places = imported.report.passed_over().iter().chain(&output.passed_over).chain(&of_service);
    let places: Vec<String> = places.map(ToString::to_string).collect();
    if !places.is_empty() {
        say(&format!("Passed over, {} places:", places.len()));
        places.iter().for_each(|line| say(&format!("  {line}")));
    }
    let entries = output.unmatched.iter().chain(&output.outdated);
    let mut notes: Vec<String> = entries.map(|target| format!("overlay changes nothing: {target}")).collect();
    notes.extend(output.docs_faults.iter().cloned());
    notes.extend(output.report.iter().filter(|line| line.to_do).map(|line| line.text.clone()));
    if !notes.is_empty() {
        say("Notes:");
        notes.iter().for_each(|line| say(&format!("  {line}")));
    }
    say_figures(output, options.verbose);
}
