//! `cargo xtask regen` on a copy of what it reads and writes.

mod coverage;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const RESOURCE: &str = "crates/openai-raw/src/generated/resources/embeddings.rs";
const LOCK: &str = "codegen/names.lock";
const NOTES: &str = "codegen/notes.lock";

/// The files of the workspace that the command looks at, in a folder of the test's own.
struct Copy(PathBuf);

impl Copy {
    fn new(test: &str) -> io::Result<Self> {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("regen-{test}"));
        let _ = fs::remove_dir_all(&root);
        let files = [
            "openapi.yaml",
            "codegen/names.toml",
            LOCK,
            NOTES,
            "codegen/overlays",
            "crates/openai-ext/Cargo.toml",
            "crates/openai-raw/Cargo.toml",
            "crates/openai-raw/src",
            "crates/openai-ext-mock/src/generated",
            "tests/src/generated",
            "docs/api.md",
            "docs/python-methods.md",
        ];
        for name in files.into_iter().filter(|name| workspace().join(name).exists()) {
            copy(&workspace().join(name), &root.join(name))?;
        }
        Ok(Self(root))
    }

    fn regen(&self, args: &[&str]) -> io::Result<Output> {
        xtask().arg("regen").args(args).env("XTASK_ROOT", &self.0).output()
    }

    /// What `regen --check` complains about.
    fn complaint(&self) -> io::Result<String> {
        let output = self.regen(&["--check"])?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "it found nothing");
        Ok(text)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn append(&self, name: &str, text: &str) -> io::Result<()> {
        let before = fs::read_to_string(self.path(name))?;
        fs::write(self.path(name), before + text)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What is left of a test that failed is overwritten by its next run.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

fn xtask() -> Command {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn succeed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn check_is_clean() -> io::Result<()> {
    let copy = Copy::new("clean")?;
    let said = succeed(&copy.regen(&["--check"])?);
    assert!(said.starts_with("regen --check: "), "{said}");
    Ok(())
}

#[test]
fn check_names_edited_missing_and_orphan_files() -> io::Result<()> {
    let copy = Copy::new("files")?;
    copy.append(RESOURCE, "// A patch by hand.\n")?;
    let orphan = "crates/openai-raw/src/generated/types/left_over.rs";
    fs::write(copy.path(orphan), "")?;
    let missing = "crates/openai-raw/src/generated/client.rs";
    fs::remove_file(copy.path(missing))?;
    copy.append("crates/openai-raw/Cargo.toml", "more = []\n")?;

    let complaint = copy.complaint()?;
    assert!(complaint.starts_with("regen --check found 4 problems; run `cargo xtask regen`:"), "{complaint}");
    for line in [
        format!("{RESOURCE} differs from what regen writes"),
        format!("{missing} is missing"),
        format!("{orphan} is an orphan: nothing generates it"),
        "crates/openai-raw/Cargo.toml differs from what regen writes".to_owned(),
    ] {
        assert!(complaint.lines().any(|said| said == line), "{line}\nis not in\n{complaint}");
    }

    // The command mends what its check finds.
    let said = succeed(&copy.regen(&[])?);
    assert!(said.contains(" files, 3 changed, 1 removed"), "{said}");
    assert!(said.ends_with("\nNothing is new since the last commit.\n"), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(!copy.path(orphan).exists());
    succeed(&copy.regen(&["--check"])?);
    Ok(())
}

#[test]
fn an_overlay_action_must_match() -> io::Result<()> {
    let copy = Copy::new("overlay")?;
    let overlay = "overlay: 1.0.0\nactions:\n- target: $.components.schemas.NoSuchSchema\n  \
                   description: The document had it once.\n  remove: true\n";
    fs::write(copy.path("codegen/overlays/fixups.yaml"), overlay)?;
    let complaint = copy.complaint()?;
    assert!(complaint.starts_with("overlay actions match nothing"), "{complaint}");
    assert!(complaint.contains("fixups.yaml: $.components.schemas.NoSuchSchema"), "{complaint}");
    Ok(())
}

#[test]
fn a_public_name_is_dropped_only_when_told_so() -> io::Result<()> {
    let copy = Copy::new("names")?;
    copy.append(LOCK, "OnceUponAType\n")?;
    copy.append(RESOURCE, "// A patch by hand.\n")?;
    let complaint = copy.complaint()?;
    assert!(complaint.contains("public name OnceUponAType would be dropped"), "{complaint}");

    let refused = copy.regen(&[])?;
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.starts_with("1 public names would be dropped; nothing was written\n"), "{text}");
    assert!(text.lines().any(|line| line == "  dropped        OnceUponAType"), "{text}");
    assert!(text.contains("--accept-removals"), "{text}");
    let patched = fs::read_to_string(copy.path(RESOURCE))?;
    assert!(patched.ends_with("by hand.\n"), "it wrote although it refused");

    succeed(&copy.regen(&["--accept-removals"])?);
    assert!(!fs::read_to_string(copy.path(LOCK))?.contains("OnceUponAType"));
    succeed(&copy.regen(&["--check"])?);
    Ok(())
}

/// Each kind of news is a line, and what is to be done by hand ends the report.
#[test]
fn the_report_has_what_is_new_and_what_to_do() -> io::Result<()> {
    let copy = Copy::new("report")?;
    let overlay = r"
  - target: $.components.schemas.ResponseStreamEvent.anyOf
    description: A test's event.
    update: [{type: object, required: [type], properties: {type: {type: string, enum: [response.test.done]}}}]
  - target: $.components.schemas.ProjectEventTypeEnum.enum
    description: A test's value.
    update: [test.value]
  - target: $.paths
    description: A test's operation in an area of its own.
    update:
      /test_things: {get: {operationId: getTestThings, responses: {'204': {description: ''}}}}
";
    copy.append("codegen/overlays/fixups.yaml", overlay.trim_start_matches('\n'))?;
    let said = succeed(&copy.regen(&[])?);
    for line in [
        "  new form       ResponseStreamEvent::ResponseTestDone  (response.test.done)",
        "  new value      ProjectEventTypeEnum::TestValue  (test.value)",
        "  new operation  test_things.list  (GET /test_things)",
        "To do",
        "  - naming: operation getTestThings is not in names.toml, test_things.list by rule",
        "  - areas: crates/openai-ext/Cargo.toml has no feature test_things; add it there and to docs/guide/features.md",
        "  - areas: test_things is not in `order` of [areas] in names.toml",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\nis not in\n{said}");
    }
    assert!(said.contains("ResponseStreamEvent::ResponseTestDone is new: handle it, or decide not to, in crates/"));
    assert!(!said.contains("has states that the document has not"), "a committed note is told again:\n{said}");
    assert!(!said.contains("merge: "), "figures are told without --verbose:\n{said}");
    // The copy is no commit, so what is on disk is what the next run compares with.
    let said = succeed(&copy.regen(&["--verbose"])?);
    assert!(said.ends_with("\nNothing is new since the last commit.\n"), "{said}");
    assert!(said.contains("merge: "), "{said}");
    Ok(())
}

/// In a repository the report is against the last commit, however often the command ran since; so is `spec diff`.
#[test]
fn the_last_commit_is_what_is_compared_with() -> io::Result<()> {
    let copy = Copy::new("commit")?;
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
        Command::new("git").args(identity).args(args).current_dir(&copy.0).output()
    };
    if git(&["init", "--quiet"]).is_err() {
        eprintln!("skipped: git is not there");
        return Ok(());
    }
    succeed(&git(&["add", "--all"])?);
    succeed(&git(&["commit", "--quiet", "--message", "The API before"])?);
    let diff = || xtask().args(["spec", "diff"]).env("XTASK_ROOT", &copy.0).output();
    assert!(succeed(&diff()?).ends_with("\nNo changes.\n"));
    let overlay = "  - target: $.components.schemas.ProjectEventTypeEnum.enum\n    \
                   description: A test's value.\n    update: [test.value]\n";
    copy.append("codegen/overlays/fixups.yaml", overlay)?;
    let line = "  new value      ProjectEventTypeEnum::TestValue  (test.value)";
    for run in 1..=2 {
        let said = succeed(&copy.regen(&[])?);
        assert!(said.lines().any(|said| said == line), "run {run}:\n{said}");
    }
    let said = succeed(&diff()?);
    assert!(said.contains("- **webhooks**: New values: `test.value` of `ProjectEventTypeEnum`."), "{said}");
    succeed(&git(&["add", "--all"])?);
    succeed(&git(&["commit", "--quiet", "--message", "The API now"])?);
    assert!(succeed(&copy.regen(&[])?).ends_with("\nNothing is new since the last commit.\n"));
    assert!(succeed(&diff()?).ends_with("\nNo changes.\n"));
    Ok(())
}

#[test]
fn a_broken_document_changes_nothing() -> io::Result<()> {
    let copy = Copy::new("broken")?;
    fs::write(copy.path("openapi.yaml"), "openapi: [")?;
    let before = fs::read_to_string(copy.path(RESOURCE))?;
    let output = copy.regen(&[])?;
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.starts_with("openapi.yaml: "), "{said}");
    assert_eq!(fs::read_to_string(copy.path(RESOURCE))?, before);
    Ok(())
}

/// `.ci/run` checks that what comes out compiles; here it is only looked at.
#[test]
fn an_older_document_makes_a_crate_of_its_own() -> io::Result<()> {
    let document = workspace().join("../shared/openai-openapi/openapi-2025-03-22.yaml");
    if !document.exists() {
        eprintln!("skipped: {} is not there", document.display());
        return Ok(());
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("regen-from");
    let _ = fs::remove_dir_all(&out);
    let output = xtask().args(["regen", "--from"]).arg(&document).arg("--out").arg(&out).output()?;
    let said = succeed(&output);
    assert!(said.contains(&format!("files in {}", out.display())), "{said}");
    let manifest = fs::read_to_string(out.join("Cargo.toml"))?;
    for part in ["[workspace]", "openai-runtime = { path = ", "[features]", "chat = []"] {
        assert!(manifest.contains(part), "{part} is not in\n{manifest}");
    }
    for file in [
        "src/lib.rs",
        "src/generated/mod.rs",
        "src/generated/index.rs",
        "src/generated/resources/chat/completions/mod.rs",
    ] {
        assert!(out.join(file).exists(), "{file} is missing");
    }
    fs::remove_dir_all(&out)
}

const PETS: &str = "
openapi: 3.0.3
info: {title: The Pets & Co. API, version: '7'}
servers: [{url: 'https://{region}.pets.example.com/v2/', variables: {region: {default: eu}}}]
security: [{key: []}]
paths:
  /pets:
    post: {operationId: addPet, responses: {'204': {description: ''}}}
  /health:
    get: {security: [], responses: {'204': {description: ''}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Pets}}
";

/// A folder of a test's own with the document of pets.
fn pets(test: &str) -> io::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pets-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("pets.yaml"), PETS)?;
    Ok(folder)
}

fn from_pets(folder: &Path, args: &[&str]) -> io::Result<Output> {
    xtask().args(["regen", "--from", "pets.yaml", "--out", "made"]).args(args).current_dir(folder).output()
}

/// Nothing of the project's own document is in it: no names, headers, variables, sentences.
#[test]
fn anybodys_document_makes_a_crate_of_its_own() -> io::Result<()> {
    let folder = pets("own")?;
    let said = succeed(&from_pets(&folder, &[])?);
    assert!(said.contains("  /paths/~1health/get: "), "{said}");
    assert!(said.contains("regen: crate the-pets-co-api: "), "{said}");
    assert!(!said.contains("names.toml") && !said.contains("overlay"), "{said}");
    let read = |file: &str| fs::read_to_string(folder.join("made").join(file));
    let manifest = read("Cargo.toml")?;
    for part in ["name = \"the-pets-co-api\"", "version = \"0.1.0\"", "default = [\"full\"]", "pets = []"] {
        assert!(manifest.contains(part), "{part} is not in\n{manifest}");
    }
    let client = read("src/client.rs")?;
    for part in [
        "Service::new(\"The Pets & Co. API\")",
        ".with_base_url(\"https://eu.pets.example.com/v2\")",
        "CredentialPlace::Header(\"X-Pets\")",
        "\"THE_PETS_CO_API_API_KEY\", \"THE_PETS_CO_API_BASE_URL\"",
    ] {
        assert!(client.contains(part), "{part} is not in\n{client}");
    }
    assert!(read("src/generated/resources/health.rs")?.contains("security: Security::None"));
    assert!(read("src/generated/resources/pets.rs")?.starts_with("// @generated by cargo xtask regen from pets.yaml."));
    let mut open = vec![folder.join("made/src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path)?.flatten().map(|entry| entry.path()));
            continue;
        }
        let text = fs::read_to_string(&path)?;
        for word in ["OpenAI", "OPENAI", "openai.com", "openai_raw"] {
            assert!(!text.contains(word), "{word} is in {}", path.display());
        }
    }
    fs::remove_dir_all(&folder)
}

#[test]
fn names_are_written_edited_and_given_back() -> io::Result<()> {
    let folder = pets("names")?;
    succeed(&from_pets(&folder, &["--write-names"])?);
    // What is there already is the same, so there is nothing to be lost.
    succeed(&from_pets(&folder, &["--write-names"])?);
    let written = folder.join("made/names.toml");
    let names = fs::read_to_string(&written)?;
    assert!(names.contains("[operations.addPet]"), "{names}");
    fs::write(&written, names.replacen("verb = \"create\"", "verb = \"adopt\"", 1))?;
    let refused = from_pets(&folder, &["--write-names"])?;
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && text.contains("may have been edited"), "{text}");
    succeed(&from_pets(&folder, &["--names", "made/names.toml", "--name", "pet-shop", "--write-names", "all.toml"])?);
    assert!(fs::read_to_string(folder.join("made/src/generated/resources/pets.rs"))?.contains("pub fn adopt(&self)"));
    assert!(fs::read_to_string(folder.join("all.toml"))?.contains("verb = \"adopt\""));
    // The manifest was there, and its head is the user's.
    assert!(fs::read_to_string(folder.join("made/Cargo.toml"))?.contains("name = \"the-pets-co-api\""));
    let wrong = from_pets(&folder, &["--names", "pets.yaml"])?;
    let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && text.starts_with("pets.yaml: "), "{text}");
    fs::remove_dir_all(&folder)
}

#[test]
fn overlays_are_applied_in_their_order() -> io::Result<()> {
    let folder = pets("overlays")?;
    let overlay = |name: &str, target: &str, update: &str| {
        let text =
            format!("overlay: 1.0.0\nactions:\n- target: {target}\n  description: A test's.\n  update: {update}\n");
        fs::write(folder.join(name), text)
    };
    overlay("first.yaml", "$.paths", "{/toys: {get: {operationId: toys, responses: {'204': {description: ''}}}}}")?;
    overlay(
        "second.yaml",
        "$.paths['/toys']",
        "{delete: {operationId: noToys, responses: {'204': {description: ''}}}}",
    )?;
    overlay("third.yaml", "$.paths['/none']", "{}")?;
    let args = ["--overlay", "first.yaml", "--overlay", "second.yaml", "--overlay", "third.yaml"];
    let said = succeed(&from_pets(&folder, &args)?);
    assert!(said.contains("  overlay changes nothing: third.yaml: $.paths['/none']"), "{said}");
    let toys = fs::read_to_string(folder.join("made/src/generated/resources/toys.rs"))?;
    assert!(toys.contains("pub fn list(&self)") && toys.contains("pub fn delete(&self)"), "{toys}");
    fs::remove_dir_all(&folder)
}

#[test]
fn a_folder_of_something_else_is_left_alone() -> io::Result<()> {
    let folder = pets("else")?;
    let manifest = folder.join("made/Cargo.toml");
    fs::create_dir_all(folder.join("made"))?;
    fs::write(&manifest, "[package]\nname = \"mine\"\n")?;
    let output = from_pets(&folder, &[])?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.contains("is the manifest of something else"), "{text}");
    assert!(fs::read_to_string(&manifest)?.contains("mine") && !folder.join("made/src").exists());
    fs::remove_dir_all(&folder)
}

/// The checkout that is written to is the one that the command is called in, not the one that it was compiled in.
#[test]
fn the_working_directory_decides_which_checkout_is_written() -> io::Result<()> {
    let copy = Copy::new("working-directory")?;
    let orphan = copy.path("crates/openai-raw/src/generated/types/left_over.rs");
    fs::write(&orphan, "")?;
    let inner = copy.path("crates/openai-raw/src");
    let call = |folder: &Path| xtask().arg("regen").current_dir(folder).env_remove("XTASK_ROOT").output();
    succeed(&call(&inner)?);
    assert!(!orphan.exists(), "another checkout was written");
    let nowhere = call(Path::new("/"))?;
    let text = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(!nowhere.status.success() && text.contains("is in no checkout") && text.contains("To do: "), "{text}");
    Ok(())
}

#[test]
fn wrong_arguments_show_the_usage() -> io::Result<()> {
    let pairs: [&[&str]; 7] = [
        &["--force"],
        &["--from", "a"],
        &["--check", "--accept-removals"],
        &["--from", "a", "--out"],
        &["--from", "a", "--out", "b", "--out", "c"],
        &["--from", "a", "--out", "b", "--check"],
        &["--names", "a"],
    ];
    for args in pairs {
        let output = xtask().arg("regen").args(args).output()?;
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("Usage: cargo xtask regen"), "{said}");
    }
    Ok(())
}
