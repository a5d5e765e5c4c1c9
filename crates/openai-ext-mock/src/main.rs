//! `openai-ext-mock --port 4010 --seed 7`: the mock as a server of its own, for clients in any language.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::IpAddr;
use std::process::ExitCode;
use std::str::FromStr;
use std::thread;

use lexopt::prelude::*;
use openai_ext_mock::{MockServer, MockServerBuilder};

const USAGE: &str = "\
A mock of the OpenAI API: answers without key and network, by a seed.

Usage: openai-ext-mock [OPTIONS]

  --port PORT         port to listen on, 4010 by default; 0 takes a free one
  --host ADDRESS      address to listen on, 127.0.0.1 by default; any other lets other machines in
  --seed N            other seeds give other answers, 0 by default
  --require-auth KEY  answers 401 to requests without `Authorization: Bearer KEY`
  --max-body BYTES    answers 413 to larger requests, 67108864 by default
  --cors              lets pages of other origins read the answers, in a browser
  -h, --help          prints this
  -V, --version       prints the version

The first line it prints ends with the URL to give to clients as their base URL. It runs until it is stopped.
";

/// The port of most examples of mock servers, so that it seldom is anything else's.
const PORT: u16 = 4010;

/// As other programs have it: arguments that are wrong are not the same as work that failed.
const WRONG_ARGUMENTS: u8 = 2;

fn main() -> ExitCode {
    match read_arguments(std::env::args_os().skip(1)) {
        Ok(Wanted::Text(text)) => say(&text),
        Ok(Wanted::Server(builder)) => serve(builder),
        Err(message) => {
            eprintln!("openai-ext-mock: {message}\n`openai-ext-mock --help` tells what there is.");
            ExitCode::from(WRONG_ARGUMENTS)
        }
    }
}

/// The wish that the arguments express.
#[derive(Debug)]
enum Wanted {
    Text(String),
    Server(MockServerBuilder),
}

fn serve(builder: MockServerBuilder) -> ExitCode {
    let server = match builder.start().wait() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("openai-ext-mock: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Whoever started it may have closed the pipe already, and wants the server all the same.
    let _ = say(&format!("openai-ext-mock listens on {}\n", server.base_url()));
    loop {
        thread::park();
    }
}

fn say(text: &str) -> ExitCode {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Wanted, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    // Nobody else is to look at the requests here, so that none needs to be kept.
    let mut builder = MockServer::builder().port(PORT).keep_requests(0);
    while let Some(argument) = parser.next().map_err(text)? {
        builder = match argument {
            Long("port") => builder.port(value(&mut parser, "--port", "a number from 0 to 65535")?),
            Long("host") => builder.host(value::<IpAddr>(&mut parser, "--host", "an address, as 127.0.0.1 or ::1")?),
            Long("seed") => builder.seed(value(&mut parser, "--seed", "a whole number, as 7")?),
            Long("max-body") => builder.body_limit(value(&mut parser, "--max-body", "a number of bytes")?),
            Long("cors") => builder.cors(),
            Long("require-auth") => builder.require_key(key(&mut parser)?),
            Short('h') | Long("help") => return Ok(Wanted::Text(USAGE.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Wanted::Text(format!("openai-ext-mock {}\n", env!("CARGO_PKG_VERSION"))));
            }
            other => return Err(other.unexpected().to_string()),
        };
    }
    Ok(Wanted::Server(builder))
}

fn value<T: FromStr>(parser: &mut lexopt::Parser, option: &str, wanted: &str) -> Result<T, String> {
    let text = parser.value().and_then(|value| value.string()).map_err(text)?;
    text.parse().map_err(|_| format!("{option} takes {wanted}, not {text:?}"))
}

/// An empty key would let in whoever sends `Bearer` with nothing behind it, which is a mistake of a script more likely
/// than a wish.
fn key(parser: &mut lexopt::Parser) -> Result<String, String> {
    let key = parser.value().and_then(|value| value.string()).map_err(text)?;
    if key.is_empty() { Err("--require-auth takes a key, and this one is empty".to_owned()) } else { Ok(key) }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Wanted, String> {
        read_arguments(arguments.iter().map(OsString::from))
    }

    #[test]
    fn all_options_are_read_in_both_ways_of_writing() {
        let all = ["--port", "0", "--host=::1", "--seed", "7", "--require-auth=k", "--max-body", "10", "--cors"];
        assert!(matches!(read(&all), Ok(Wanted::Server(_))));
        assert!(matches!(read(&[]), Ok(Wanted::Server(_))));
    }

    #[test]
    fn help_and_version_are_texts() -> Result<(), String> {
        for (arguments, start) in [(["-h"], "A mock"), (["--help"], "A mock"), (["--version"], "openai-ext-mock 0.")] {
            let Wanted::Text(text) = read(&arguments)? else { return Err(format!("{arguments:?} starts a server")) };
            assert!(text.starts_with(start), "{text}");
        }
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (arguments, part) in [
            (&["--port", "99999"][..], "--port takes a number from 0 to 65535, not \"99999\""),
            (&["--port"], "--port"),
            (&["--host", "localhost"], "--host takes an address, as 127.0.0.1 or ::1, not \"localhost\""),
            (&["--seed", "-1"], "--seed takes a whole number"),
            (&["--max-body", "1k"], "--max-body takes a number of bytes, not \"1k\""),
            (&["--require-auth", ""], "this one is empty"),
            (&["--prot", "1"], "--prot"),
            (&["4010"], "4010"),
        ] {
            let error = read(arguments).err().unwrap_or_default();
            assert!(error.contains(part), "{arguments:?}: {error}");
        }
    }
}
