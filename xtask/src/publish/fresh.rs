//! A program in a folder of its own that depends on the packages, as a new user's does, and runs the code of the pages.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace::{finish, program, root, say, target};

/// The name of the program.
pub const NAME: &str = "fresh";

/// The features of `openai-ext` that the pages use.
const FEATURES: &str = "bedrock,blocking,full,logging,macros,vertex";

/// The arguments that the functions of the pages take, as they stand there, each with a value.
const ARGUMENTS: &[(&str, &str)] = &[
    ("client: &Client", "&client"),
    ("client: Client", "client.clone()"),
    ("tools: &Toolbox", "&tools"),
    ("tools: Toolbox", "tools.clone()"),
    ("temperature: Option<f32>", "None"),
    ("effort: Option<&str>", "None"),
    ("question: &[u8]", "&SOUND"),
    ("sound: &[u8]", "&SOUND"),
    ("frames: Vec<Vec<u8>>", "vec![SOUND.to_vec()]"),
    ("questions: Vec<String>", "vec![\"One?\".to_owned()]"),
    ("guides: Vec<PathBuf>", "vec![\"notes.pdf\".into()]"),
    ("body: serde_json::Value", "serde_json::json!({})"),
];

/// The functions that the mock cannot bring to their end without a script, each with the reason.
const UNFINISHED: &[(&str, &str)] = &[
    ("docs/guide/agents.md 2: sums", "an agent of the mock leaves no file"),
    ("docs/guide/realtime.md 2: answer", "a Live session of the mock delegates nothing"),
];

/// A block of Rust in a page.
struct Block {
    /// The page and the number of the block in it.
    name: String,
    code: String,
}

/// Writes the program into a folder of the packages' workspace.
///
/// # Errors
/// A page cannot be read, or a file cannot be written.
pub fn write(folder: &Path, version: &str) -> Result<(), String> {
    let fresh = folder.join(NAME);
    let work = fresh.join("work");
    let fail = |error: std::io::Error| format!("{}: {error}", fresh.display());
    fs::create_dir_all(fresh.join("src")).map_err(fail)?;
    fs::create_dir_all(work.join("data")).map_err(fail)?;
    for (name, bytes) in FILES {
        fs::write(work.join(name), bytes).map_err(fail)?;
    }
    fs::write(fresh.join("Cargo.toml"), manifest(version)).map_err(fail)?;
    fs::write(fresh.join("src/main.rs"), source(&blocks()?)).map_err(fail)
}

/// Runs the program.
///
/// # Errors
/// It does not compile, or a function of a page fails.
pub fn run(folder: &Path) -> Result<(), String> {
    say("== running the code of the pages from the packages");
    let mut command = program(env!("CARGO"));
    command.args(["run", "--quiet", "--package", NAME, "--manifest-path"]).arg(folder.join("Cargo.toml"));
    command.env("CARGO_TARGET_DIR", target().join("package-build")).current_dir(folder.join(NAME).join("work"));
    finish(command, "the code of the pages does not run from the packages; the lines above name the blocks")
}

/// The files that the pages read.
const FILES: &[(&str, &[u8])] = &[
    ("notes.pdf", b"%PDF-1.4\n"),
    ("boat.jpg", b"\xff\xd8\xff\xe0boat"),
    ("speech.wav", b"RIFF\x24\0\0\0WAVEfmt "),
    ("training.jsonl", b"{}\n"),
    ("a.pdf", b"%PDF-1.4\n"),
    ("b.pdf", b"%PDF-1.4\n"),
    ("data/sums.csv", b"1,2\n"),
];

fn manifest(version: &str) -> String {
    let features: Vec<String> = FEATURES.split(',').map(|name| format!("\"{name}\"")).collect();
    format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         openai-ext = {{ version = \"{version}\", features = [{}] }}\n\
         openai-ext-mock = \"{version}\"\n\
         reqwest = {{ version = \"0.13\", default-features = false }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\
         tokio = {{ version = \"1\", features = [\"fs\", \"macros\", \"rt\", \"time\"] }}\n",
        features.join(", ")
    )
}

/// Returns the blocks of README.md and of the book.
fn blocks() -> Result<Vec<Block>, String> {
    let mut pages = vec![PathBuf::from("README.md")];
    let mut open = vec![PathBuf::from("docs")];
    while let Some(folder) = open.pop() {
        let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(root().join(&folder)).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    let mut found = Vec::new();
    for page in pages {
        let text = fs::read_to_string(root().join(&page)).map_err(|error| format!("{}: {error}", page.display()))?;
        let codes = text.split("\n```rust").skip(1).filter_map(|rest| {
            let start = rest.find('\n')? + 1;
            rest[start..].split("\n```").next().map(str::to_owned)
        });
        found.extend(
            codes.enumerate().map(|(number, code)| Block { name: format!("{} {}", page.display(), number + 1), code }),
        );
    }
    Ok(found)
}

/// Returns the program's source.
fn source(blocks: &[Block]) -> String {
    let (mut modules, mut calls) = (String::new(), String::new());
    for (number, block) in blocks.iter().enumerate() {
        let mut code = String::new();
        for line in block.code.lines() {
            let item = ["async fn ", "fn "].iter().any(|start| line.starts_with(start));
            let _ = writeln!(code, "{}{line}", if item { "pub(crate) " } else { "" });
        }
        let _ = writeln!(modules, "mod block_{number} {{\n{code}}}");
        for (function, call) in callable(&block.code) {
            let name = format!("{}: {function}", block.name);
            let _ = writeln!(calls, "    run!(\"{name}\", client, tools, failed, block_{number}::{call});");
        }
    }
    let unfinished = format!("const UNFINISHED: &[(&str, &str)] = &{UNFINISHED:?};\n\n");
    format!("{HEAD}{calls}{TAIL}{unfinished}{modules}")
}

/// Returns the asynchronous functions whose arguments are known, each with its call. Functions without arguments make clients of
/// other hosts, and are left out.
fn callable(code: &str) -> Vec<(String, String)> {
    let heads = code.lines().filter_map(|line| line.strip_prefix("async fn "));
    let mut found = Vec::new();
    for head in heads {
        let Some((name, rest)) = head.split_once('(') else { continue };
        let Some((arguments, _)) = rest.split_once(") ->") else { continue };
        let value = |argument: &str| ARGUMENTS.iter().find(|(known, _)| *known == argument).map(|(_, value)| *value);
        let values: Option<Vec<&str>> = arguments.split(", ").map(value).collect();
        if let Some(values) = values {
            found.push((name.to_owned(), format!("{name}({})", values.join(", "))));
        }
    }
    found
}

const HEAD: &str = r#"//! Written by `cargo xtask package`: the code of the pages, run against the mock.
#![allow(dead_code, unused)]

use openai_ext::{Client, tools::Toolbox};
use openai_ext_mock::MockServer;

const SOUND: [u8; 9600] = [0; 9600];

/// Runs a function; ids that the pages made up are known to the mock that keeps nothing.
macro_rules! run {
    ($name:literal, $client:ident, $tools:ident, $failed:ident, $call:expr) => {{
        let mut last = String::new();
        for keeps in [true, false] {
            let builder = MockServer::builder();
            let mock = if keeps { builder.start().await? } else { builder.stateless().start().await? };
            let $client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
            let ask = |question: String| async move { question };
            let $tools = Toolbox::new().with(openai_ext::tools::tool("ask_user", "Asks the user", ask));
            last = match tokio::time::timeout(std::time::Duration::from_secs(20), $call).await {
                Ok(Ok(_)) => String::new(),
                // A path that no document has, as the pages call one on purpose.
                Ok(Err(error)) if error.to_string().contains("unknown_url") => String::new(),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "not done after 20 s".to_owned(),
            };
            if last.is_empty() {
                break;
            }
        }
        println!("{} {}", if last.is_empty() { "ok    " } else { "FAILED" }, $name);
        if !last.is_empty() {
            println!("       {last}");
            $failed.push($name);
        }
    }};
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut failed: Vec<&str> = Vec::new();
"#;

const TAIL: &str = r#"    let unexpected: Vec<&&str> = failed.iter().filter(|name| !UNFINISHED.iter().any(|(known, _)| *known == **name)).collect();
    if unexpected.is_empty() { Ok(()) } else { Err(format!("{} functions failed: {unexpected:?}", unexpected.len()).into()) }
}

"#;

#[cfg(test)]
mod tests {
    use super::callable;

    #[test]
    fn functions_with_known_arguments_are_called() {
        let code = "async fn a(client: &Client, sound: &[u8]) -> R {\n}\nasync fn b() -> R {\n}\nfn c(client: &Client) -> R {\n}\n";
        assert_eq!(callable(code), [("a".to_owned(), "a(&client, &SOUND)".to_owned())]);
    }
}
