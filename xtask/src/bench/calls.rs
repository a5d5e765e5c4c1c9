//! The same program with each client: a small call, a stream, many streams at once.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::report::Table;
use super::{build, counts, grouped};
use crate::workspace::program;

/// The clients, by the names of their programs. The first is ours, and the last is written by hand.
pub const CLIENTS: [&str; 6] = ["ours", "async-openai", "openai-core", "openai-oxide", "openai-oxide-simd", "floor"];

/// The events of one stream of the server.
const EVENTS: u64 = 1_000;
/// The streams that are open at once.
const OPEN: &str = "5000";

/// Measures the clients against one server.
///
/// # Errors
/// A program cannot be built or fails.
pub fn compare() -> Result<Table, String> {
    let columns = [
        "Client",
        "Small call, instructions",
        "Event of a stream, 20 a chunk of the body",
        "The same, 1 a chunk",
        "Bytes of memory a stream, 5,000 open",
    ];
    let mut table = Table::new("The same program with each client", &columns);
    let server = BenchServer::start(&build("instructions", "release")?)?;
    for client in CLIENTS {
        let path = build(&format!("program-{client}"), "release")?;
        let call = counts::each(200, |runs| run(&path, "call", &server.url("20"), runs))?;
        let many = counts::each(4, |runs| run(&path, "stream", &server.url("20"), runs))?;
        let one = counts::each(4, |runs| run(&path, "stream", &server.url("1"), runs))?;
        table.row(&[
            client,
            &grouped(call.instructions),
            &grouped(many.instructions / EVENTS),
            &grouped(one.instructions / EVENTS),
            &grouped(held(&path, &server.url("hold"))?),
        ]);
    }
    Ok(table)
}

fn run(path: &Path, kind: &str, url: &str, runs: u64) -> Result<counts::Counted, String> {
    counts::count(path, &[kind, url, &runs.to_string()])
}

/// The memory of a stream. Each one is a file of the process, whose number the shell raises.
fn held(path: &Path, url: &str) -> Result<u64, String> {
    let mut command = program("sh");
    command.args(["-c", "ulimit -n 20000; exec \"$@\"", "sh"]).arg(path).args(["hold", url, OPEN]);
    let output = command.output().map_err(|error| format!("sh: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.trim().parse().ok();
    number.ok_or_else(|| format!("{} hold failed: {}", path.display(), String::from_utf8_lossy(&output.stderr)))
}

struct BenchServer {
    child: Child,
    address: String,
}

impl BenchServer {
    fn start(path: &Path) -> Result<Self, String> {
        let mut command = program("sh");
        command.args(["-c", "ulimit -n 20000; exec \"$@\"", "sh"]).arg(path).arg("serve").stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", path.display()))?;
        let mut address = String::new();
        let output = child.stdout.take().ok_or("the server has no output")?;
        BufReader::new(output).read_line(&mut address).map_err(|error| format!("the server: {error}"))?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    fn url(&self, kind: &str) -> String {
        format!("http://{}/{kind}/v1", self.address)
    }
}

impl Drop for BenchServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
