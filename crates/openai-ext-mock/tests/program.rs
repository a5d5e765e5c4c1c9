//! The program, started as its users start it.
#![cfg(feature = "cli")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

type TestResult = Result<(), Box<dyn Error>>;

/// A running program, stopped when this is dropped.
struct Program {
    process: Child,
    url: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut process = command(arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line.trim_end().strip_prefix("openai-ext-mock listens on ").ok_or(line.clone())?.to_owned();
        Ok(Self { process, url })
    }

    /// The status line and the body of the answer to a request.
    fn ask(&self, request: &str) -> Result<(String, String), Box<dyn Error>> {
        let host = self.url.trim_start_matches("http://").trim_end_matches("/v1");
        let mut stream = TcpStream::connect(host)?;
        stream.write_all(request.replace("HOST", host).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no end of headers")?;
        Ok((head.lines().next().unwrap_or_default().to_owned(), body.to_owned()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openai-ext-mock"));
    command.args(arguments);
    command
}

fn output(arguments: &[&str]) -> Result<Output, Box<dyn Error>> {
    Ok(command(arguments).output()?)
}

const LIST: &str = "GET /v1/models HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n";

#[test]
fn it_answers_at_the_url_it_prints() -> TestResult {
    let program = Program::start(&["--port", "0", "--seed", "7"])?;
    assert!(program.url.starts_with("http://127.0.0.1:") && program.url.ends_with("/v1"), "{}", program.url);
    let (status, body) = program.ask(LIST)?;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains("\"object\":\"list\""), "{body}");
    Ok(())
}

#[test]
fn the_seed_decides_what_it_answers() -> TestResult {
    let answer =
        |seed: &'static str| -> Result<_, Box<dyn Error>> { Program::start(&["--port=0", "--seed", seed])?.ask(LIST) };
    assert_eq!(answer("7")?, answer("7")?);
    assert_ne!(answer("7")?, answer("8")?);
    Ok(())
}

#[test]
fn key_and_size_are_checked_when_asked_for() -> TestResult {
    let program = Program::start(&["--port", "0", "--require-auth", "sk-right", "--max-body", "10"])?;
    assert_eq!(program.ask(LIST)?.0, "HTTP/1.1 401 Unauthorized");
    let right = LIST.replace("Connection", "Authorization: Bearer sk-right\r\nConnection");
    assert_eq!(program.ask(&right)?.0, "HTTP/1.1 200 OK");
    let large = "POST /v1/moderations HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nAuthorization: Bearer sk-right\r\n\
                 Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"input\":\"x\"}";
    assert_eq!(program.ask(large)?.0, "HTTP/1.1 413 Payload Too Large");
    Ok(())
}

#[test]
fn a_taken_port_and_wrong_arguments_are_told() -> TestResult {
    let program = Program::start(&["--port", "0"])?;
    let port = program.url.trim_start_matches("http://127.0.0.1:").trim_end_matches("/v1");
    let taken = output(&["--port", port])?;
    let message = String::from_utf8(taken.stderr)?;
    assert_eq!(taken.status.code(), Some(1));
    assert!(
        message.starts_with(&format!("openai-ext-mock: mock server: listening on 127.0.0.1:{port}: ")),
        "{message}"
    );
    let wrong = output(&["--prot", "1"])?;
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(wrong.stderr)?,
        "openai-ext-mock: invalid option '--prot'\n`openai-ext-mock --help` tells what there is.\n"
    );
    let help = output(&["--help"])?;
    assert!(help.status.success() && String::from_utf8(help.stdout)?.contains("--require-auth KEY"));
    Ok(())
}
