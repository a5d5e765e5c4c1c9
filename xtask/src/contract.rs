//! `cargo xtask contract`: every operation, called against the mock server that OpenAI's own SDKs test with.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How the command is called.
pub const USAGE: &str = "  cargo xtask contract [UPSTREAM_DOCUMENT]";

const PACKAGE: &str = "@stdy/cli@0.22.1";
const DOCUMENT: &str = "../shared/openai-openapi/openapi-2026-08-21.yaml";

/// Installs the server by npm below `target`, starts it on a free port of 127.0.0.1 with the document, runs the
/// acceptance crate's `contract` against it, and stops it.
///
/// # Errors
/// There is no npm, the server does not start, or the contract is broken: a request that the server counts an error in,
/// or a response that does not decode.
pub fn run(args: &[&str]) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = match args {
        [] => root.join(DOCUMENT),
        [document] => PathBuf::from(document),
        _ => return Err(format!("usage:\n{USAGE}")),
    };
    if !document.is_file() {
        return Err(format!("{} is not there: give the upstream document as argument", document.display()));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let program = install(&target.join("steady"))?;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| format!("no free port: {error}"))?.port();
    let server = Server::start(&program, &document, port)?;
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "contract", "--", &server.url])
        .current_dir(&root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the contract is broken; the line above says where".into()),
        Err(error) => Err(format!("cargo can't be run: {error}")),
    }
}

/// The program of the package; npm is asked only once.
fn install(folder: &Path) -> Result<PathBuf, String> {
    let marker = folder.join(PACKAGE.replace(['/', '@'], "_"));
    if !marker.exists() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let status = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"])
            .arg(folder)
            .arg(PACKAGE)
            .status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(format!("npm could not install {PACKAGE}: {status}")),
            Err(error) => return Err(format!("npm is needed, for {PACKAGE}: {error}")),
        }
        std::fs::write(&marker, "").map_err(|error| format!("{}: {error}", marker.display()))?;
    }
    // The package's own command starts this program as a child, which would stay when the command is stopped.
    let packages = std::fs::read_dir(folder.join("node_modules/@stdy")).into_iter().flatten().flatten();
    let mut programs = packages.map(|package| package.path().join("bin/steady"));
    programs.find(|program| program.is_file()).ok_or_else(|| format!("{PACKAGE} has no program for this platform"))
}

/// The server, stopped when this is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(program: &Path, document: &Path, port: u16) -> Result<Self, String> {
        let brackets = ["query-array", "query-object", "form-array", "form-object"];
        let process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--quiet", "--no-color"])
            .args(brackets.map(|what| format!("--validator-{what}-format=brackets")))
            .arg(document)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let process = process.map_err(|error| format!("{} can't be started: {error}", program.display()))?;
        let mut server = Self { process, url: format!("http://127.0.0.1:{port}") };
        server.wait()?;
        Ok(server)
    }

    /// Waits until it says that it is well: reading the document takes it about a second.
    fn wait(&mut self) -> Result<(), String> {
        let start = Instant::now();
        let health = format!("{}/_x-steady/health", self.url);
        while start.elapsed() < Duration::from_secs(60) {
            if ureq::get(&health).call().is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(format!("the server stopped at once: {status}"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err("the server was not up after a minute".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
