//! `cargo xtask contract`: every operation, called against the mock server that OpenAI's own SDKs test with.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::command::Command;
use crate::workspace::{cargo, finish, root, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "contract",
    summary: "Calls every operation against steady, the mock server that OpenAI's own SDKs are tested with, and fails if \
              the server finds an error in a request or a response is not read as its type.",
    usage: "[DOCUMENT]",
    arguments: &[(
        "DOCUMENT",
        "The upstream document the server answers by; openapi-2026-11-19.yaml of ../shared if absent",
    )],
    example: "contract ../openapi.yaml",
    needs: "npm, and the network once, to install the server",
    writes: "target/steady",
    hands_on: false,
    run,
};

const PACKAGE: &str = "@stdy/cli@0.22.1";
const DOCUMENT: &str = "../shared/openai-openapi/openapi-2026-11-19.yaml";

/// Installs the server by npm below `target`, starts it on a free port of 127.0.0.1 with the document, runs the
/// acceptance crate's `contract` against it, and stops it.
fn run(args: &[&str]) -> Result<(), String> {
    let document = match args {
        [] => root().join(DOCUMENT),
        [document] => PathBuf::from(document),
        _ => return Err(COMMAND.usage_line()),
    };
    if !document.is_file() {
        return Err(format!("{} is not there: give the upstream document as argument", document.display()));
    }
    let program = install(&target().join("steady"))?;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.map_err(|error| format!("no free port: {error}"))?.port();
    let server = Server::start(&program, &document, port)?;
    let run = cargo(".", &["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "contract", "--", &server.url]);
    finish(run, "the contract is broken; the line above says where")
}

/// The program of the package; npm is asked only once.
fn install(folder: &Path) -> Result<PathBuf, String> {
    let marker = folder.join(PACKAGE.replace(['/', '@'], "_"));
    if !marker.exists() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let status = std::process::Command::new("npm")
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
        let process = std::process::Command::new(program)
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
