//! `cargo xtask browser`: the crates built for a browser, and the example tested in one.

mod programs;
mod standard_library;

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use crate::command::Command;
use crate::workspace::{finish, program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "browser",
    summary: "Checks the crates for wasm32-unknown-unknown, builds examples/browser, and tests it in a headless \
              Chromium; says what it leaves out because it cannot be had here.",
    usage: "[--check] [--screenshot FILE]",
    arguments: &[
        ("--check", "Checks the crates, and builds and tests nothing"),
        ("--screenshot FILE", "The picture of the page; target/browser/page.png if absent"),
    ],
    example: "browser --screenshot docs/browser.png",
    needs: "the target, by rustup or from Debian's package rust-src; wasm-bindgen-cli, chromium and chromium-driver, which \
            it installs if it can",
    writes: "target/browser, target/wasm32-unknown-unknown",
    hands_on: false,
    run,
};

/// The target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The largest size of the page's module, packed by gzip: 350 KB of 1024 bytes.
const LARGEST: usize = 350 * 1024;

/// The features that a page has at least; the others of the default are checked too.
const FEATURES: &[&[&str]] = &[
    &["--no-default-features", "--features", "chat,responses,tools,files"],
    &[],
    &["--no-default-features", "--features", "tower,tracing,uploads,vector_stores,webhooks,beta,completions"],
];

/// The features that cannot be had, and a part of the message that says so.
const ABSENT: &[(&str, &str)] = &[
    ("azure-identity", "feature `azure-identity`"),
    ("batches", "feature `batches`"),
    ("blocking", "feature `blocking`"),
    ("live", "`live`"),
    ("realtime", "`realtime`"),
    ("websocket", "`websocket`"),
];

fn run(args: &[&str]) -> Result<(), String> {
    let folder = target().join("browser");
    let (check_alone, screenshot) = match args {
        [] => (false, folder.join("page.png")),
        ["--check"] => (true, folder.join("page.png")),
        ["--screenshot", file] => (false, root().join(file)),
        _ => return Err(COMMAND.usage_line()),
    };
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let Some(sysroot) = standard_library::find(&folder)? else { return Ok(()) };
    check(&sysroot)?;
    if check_alone {
        return Ok(());
    }
    let Some(bindgen) = programs::wasm_bindgen(&folder)? else { return Ok(()) };
    build(&sysroot)?;
    let page = pack(&bindgen, &folder, "browser_example", "index.html")?;
    let checks = pack(&bindgen, &folder, "browser_checks", "checks/index.html")?;
    measure(&page.join("pkg/browser_example_bg.wasm"))?;
    let Some((driver, chromium)) = programs::chromium() else { return Ok(()) };
    let mut call = Process::new(target().join(format!("debug/browser-driver{EXE_SUFFIX}")));
    call.args([page, checks, driver, chromium, screenshot]);
    finish(call, "the lines above say which check failed in the browser")
}

/// The line that says what is left out.
fn skip(what: &str) {
    say(&format!("== skipped: {what}"));
}

/// Returns a call of cargo for the target.
fn cargo_for(sysroot: &Path, words: &[&str]) -> Process {
    let mut command = program(env!("CARGO"));
    command.args(words).env("CARGO_TARGET_DIR", target());
    if !sysroot.as_os_str().is_empty() {
        // Programs and macros of the build have the flags of the host.
        let mut flags = std::env::var("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS").unwrap_or_default();
        flags.push_str(&format!(" --sysroot {}", sysroot.display()));
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    }
    command
}

/// Checks the crates with the features that a page can have, and that the others say why they cannot be had.
fn check(sysroot: &Path) -> Result<(), String> {
    let words = ["check", "--locked", "--quiet", "--target", TARGET, "-p", "openai-ext"];
    for features in FEATURES {
        say(&format!("== cargo check --target {TARGET} -p openai-ext {}", features.join(" ")));
        let mut command = cargo_for(sysroot, &words);
        command.args(*features).current_dir(root());
        finish(command, "openai-ext does not compile for a browser")?;
    }
    for (feature, message) in ABSENT {
        say(&format!("== cargo check --target {TARGET} -p openai-ext --features {feature}, which must fail"));
        let mut command = cargo_for(sysroot, &words);
        command.args(["--no-default-features", "--features", feature]).current_dir(root());
        let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&output.stderr);
        let first = text.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        if output.status.success() || !first.contains(message) {
            return Err(format!(
                "the first error of the feature `{feature}` does not say why it cannot be had: {first}"
            ));
        }
    }
    Ok(())
}

/// Builds the example, its checks, and the driver of the browser.
fn build(sysroot: &Path) -> Result<(), String> {
    let folder = root().join("examples/browser");
    let words = ["build", "--locked", "--quiet", "--release", "--target", TARGET];
    say("== building examples/browser");
    let mut command = cargo_for(sysroot, &words);
    command.args(["-p", "browser-example", "-p", "browser-checks"]).current_dir(&folder);
    finish(command, "examples/browser does not compile")?;
    let mut command = cargo_for(Path::new(""), &["build", "--locked", "--quiet", "-p", "browser-driver"]);
    command.current_dir(&folder);
    finish(command, "examples/browser/driver does not compile")
}

/// Makes the folder of a page: its HTML, and the module with its JavaScript.
fn pack(bindgen: &Path, folder: &Path, name: &str, html: &str) -> Result<PathBuf, String> {
    let page = folder.join(name);
    let module = target().join(TARGET).join("release").join(format!("{name}.wasm"));
    let mut command = Process::new(bindgen);
    let bare = ["--remove-name-section", "--remove-producers-section"];
    command.args(["--target", "web", "--no-typescript"]).args(bare).arg("--out-dir").arg(page.join("pkg")).arg(module);
    finish(command, "wasm-bindgen failed")?;
    let html = root().join("examples/browser").join(html);
    fs::copy(&html, page.join("index.html")).map_err(|error| format!("{}: {error}", html.display()))?;
    Ok(page)
}

/// Fails if the module of the page is larger than it may be.
fn measure(module: &Path) -> Result<(), String> {
    let bytes = fs::read(module).map_err(|error| format!("{}: {error}", module.display()))?;
    let Some(packed) = gzip(&bytes) else {
        skip("the size of the module: there is no gzip");
        return Ok(());
    };
    say(&format!("{}: {} bytes, {packed} packed by gzip", module.display(), bytes.len()));
    if packed > LARGEST {
        return Err(format!("the module of examples/browser may have {LARGEST} bytes, packed by gzip"));
    }
    Ok(())
}

fn gzip(bytes: &[u8]) -> Option<usize> {
    let mut gzip = Process::new("gzip").arg("-9").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut input = gzip.stdin.take()?;
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let packed = gzip.wait_with_output().ok()?.stdout.len();
    writing.join().ok()?.ok()?;
    Some(packed)
}
