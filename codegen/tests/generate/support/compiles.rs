//! The one-feature documents become Rust that compiles without a warning, can be used as it is meant, and sends
//! what its document says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use openai_codegen::Output;
use openai_codegen::emit::RAW;

use super::{Case, served};
use crate::calls::{self, documents};
use crate::fields::secrets;
use crate::{enums, merging, names, objects, operations, polling, streams, unions};

/// All documents become modules of one crate, since a crate each would start the compiler a hundred times.
#[test]
fn everything_generated_compiles_and_is_called() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    if Command::new(&cargo).arg("--version").output().is_err() {
        eprintln!("skipped: cargo can't be run");
        return;
    }
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("one-feature-crates");
    let cases: Vec<(String, &'static Case)> = cases().collect();
    write_crate(&scratch, &cases, &served::program(&cases));
    let mut run = Command::new(&cargo);
    run.args(["run", "--offline", "--quiet", "--all-features"]).current_dir(&scratch);
    // Flags of the caller (coverage, another target folder) would only make another build of the runtime.
    run.env_remove("RUSTFLAGS").env("CARGO_TARGET_DIR", scratch.join("target"));
    let output = run.output().expect("cargo runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let requests: usize = cases.iter().map(|(_, case)| case.sends.len()).sum();
    assert!(requests > 30, "{requests} requests are told");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), format!("{requests} requests"), "{said}");
}

fn cases() -> impl Iterator<Item = (String, &'static Case)> {
    let modules = [
        ("calls", calls::ALL),
        ("answers", calls::answers::ALL),
        ("enums", enums::ALL),
        ("merging", merging::ALL),
        ("names", names::ALL),
        ("objects", objects::ALL),
        ("operations", operations::ALL),
        ("polling", polling::ALL),
        ("secrets", secrets::ALL),
        ("streams", streams::ALL),
        ("unions", unions::ALL),
    ];
    modules.into_iter().flat_map(|(module, all)| all.iter().map(move |(name, case)| (format!("{module}_{name}"), case)))
}

/// The result of each document, by the name of its module, with statements that use it.
fn outputs<'a>(cases: &'a [(String, &'static Case)]) -> impl Iterator<Item = (String, Output, &'static str)> + 'a {
    let one_feature = cases.iter().map(|(name, case)| {
        let output = case.output().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name.clone(), output, case.usage)
    });
    let dialects = documents::ALL.iter().map(|file| {
        let name = file.split('.').next().unwrap_or(file);
        (format!("documents_{name}"), documents::output(file).0, "")
    });
    one_feature.chain(dialects)
}

/// Writes a crate with a module for each document; `main` is the rest of its root.
fn write_crate(scratch: &Path, cases: &[(String, &'static Case)], main: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let source = scratch.join("src");
    // Left over from a case that has another name now.
    let _ = fs::remove_dir_all(&source);
    let mut modules = String::from("//! One module a document.\n#![deny(warnings, missing_docs)]\n\n");
    let mut features = BTreeSet::from(["blocking".to_owned()]);
    for (name, output, statements) in outputs(cases) {
        for (path, text) in &output.files {
            let Some(below) = path.strip_prefix(RAW) else {
                continue;
            };
            write(&source.join(format!("{name}/generated{below}")), &as_module(text, &name));
        }
        for entry in fs::read_dir(root.join("crates/openai-raw/src")).expect("the raw crate is there") {
            let path = entry.expect("the raw crate is there").path();
            let Some(file) = path.file_name().and_then(|file| file.to_str()).filter(|_| path.is_file()) else {
                continue;
            };
            let text = fs::read_to_string(&path).expect("the raw crate's source is text");
            let below = if file == "lib.rs" { format!("{name}/mod.rs") } else { format!("{name}/{file}") };
            let usage = if file == "lib.rs" { usage(statements) } else { String::new() };
            write(&source.join(below), &format!("{}{usage}", as_module(&text, &name)));
        }
        for line in output.files["crates/openai-raw/features.toml"].lines() {
            features.extend(line.strip_suffix(" = []").map(str::to_owned));
        }
        let _ = writeln!(modules, "pub mod {name};");
    }
    write(&source.join("main.rs"), &format!("{modules}{main}"));
    let features: String = features.iter().map(|feature| format!("{feature} = []\n")).collect();
    let runtime = root.join("crates/openai-runtime").canonicalize().expect("the runtime is there");
    let manifest = format!(
        "[package]\nname = \"one-feature-crates\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [profile.dev]\ndebug = false\n\n[dependencies]\n\
         futures-core = \"0.3\"\ntokio = {{ version = \"1\", features = [\"rt\", \"time\"] }}\n\
         openai-runtime = {{ path = {runtime:?}, default-features = false, features = [\"blocking\"] }}\n\n[features]\n{features}"
    );
    write(&scratch.join("Cargo.toml"), &manifest);
    // The versions that the workspace has, which are the ones at hand without a network.
    fs::copy(root.join("Cargo.lock"), scratch.join("Cargo.lock")).expect("the workspace has a lock file");
}

/// The root of a crate to the generator is a module here.
fn as_module(text: &str, name: &str) -> String {
    text.replace("crate::", &format!("crate::{name}::")).replace("#![forbid(unsafe_code)]\n", "#![allow(dead_code)]\n")
}

/// A function that makes the calls a user would make.
fn usage(statements: &str) -> String {
    format!(
        "\n/// Calls that a user would make.\n#[allow(deprecated, unused_imports, unused_variables, clippy::all)]\n\
         pub async fn usage(client: &Client) -> openai_runtime::Result<()> {{\n    use types::*;\n    {}\n    Ok(())\n}}\n",
        statements.trim()
    )
}

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the folder for temporary files takes folders");
    }
    fs::write(path, text).expect("the folder for temporary files takes files");
}
