//! A server in a process of its own, so that what a client needs can be measured alone.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Resident memory of this process in bytes.
///
/// # Errors
/// The system does not tell it as Linux does.
pub fn memory() -> Outcome<u64> {
    status("VmRSS:")
}

/// The most resident memory that this process ever had, in bytes.
///
/// # Errors
/// The system does not tell it as Linux does.
pub fn peak_memory() -> Outcome<u64> {
    status("VmHWM:")
}

fn status(name: &str) -> Outcome<u64> {
    let text = std::fs::read_to_string("/proc/self/status").map_err(|error| format!("only Linux tells it: {error}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// This program once more, as a server that first prints its URL. It is gone when this is dropped.
pub struct Server {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The URL that it printed first.
    pub url: String,
}

impl Server {
    /// Starts this program with other arguments.
    ///
    /// # Errors
    /// It can't be started, or prints nothing.
    pub fn start(arguments: &[&str]) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take().ok_or("the server has no input")?;
        let output = BufReader::new(process.stdout.take().ok_or("the server has no output")?);
        let mut server = Self { process, input, output, url: String::new() };
        server.url = server.line()?;
        Ok(server)
    }

    /// Sends it a line and gives the one that it answers.
    ///
    /// # Errors
    /// It is gone.
    pub fn ask(&mut self, line: &str) -> Outcome<String> {
        writeln!(self.input, "{line}")?;
        self.input.flush()?;
        self.line()
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        if line.is_empty() { Err("the server is gone".into()) } else { Ok(line.trim().to_owned()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself, and then there is nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
