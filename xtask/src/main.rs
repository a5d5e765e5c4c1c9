//! Maintainer's commands: `cargo xtask COMMAND`.

#![forbid(unsafe_code)]

mod bench;
mod browser;
mod ci;
mod command;
mod docs_coverage;
mod documents;
mod fuzz;
mod neighbours;
mod peers;
mod publish;
mod regen;
mod simulate;
mod spec;
mod tidy;
mod workspace;

use std::io::Write as _;
use std::process::ExitCode;

use command::{Command, nearest};

const COMMANDS: &[Command] = &[
    spec::IMPORT,
    spec::SUPPLEMENT,
    spec::DIFF,
    regen::COMMAND,
    docs_coverage::COMMAND,
    tidy::COMMAND,
    ci::COMMAND,
    bench::COMMAND,
    browser::COMMAND,
    peers::contract::COMMAND,
    peers::python::PYTHON,
    peers::python::DIFFERENTIAL,
    peers::python::BODIES,
    peers::crosscheck::COMMAND,
    documents::COMMAND,
    simulate::COMMAND,
    neighbours::COMMAND,
    fuzz::COMMAND,
    publish::book::COMMAND,
    publish::package::COMMAND,
    publish::semver::COMMAND,
];

/// The status of a command line that cannot be understood.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => return misused(&overview()),
        ["help", rest @ ..] => return help(rest),
        [.., "--help" | "-h"] => return help(&words[..words.len() - 1]),
        _ => {}
    }
    let Some((command, args)) = called(&words) else { return misused(&unknown(&words)) };
    if let Some(error) = command.unknown_option(args) {
        return misused(&error);
    }
    match workspace::find_root().and_then(|_| (command.run)(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn called<'l, 'a>(words: &'l [&'a str]) -> Option<(&'static Command, &'l [&'a str])> {
    COMMANDS.iter().find_map(|command| Some((command, command.arguments_of(words)?)))
}

/// Explains one command, those of a group such as `spec`, or all.
fn help(words: &[&str]) -> ExitCode {
    let text = match (words, called(words)) {
        ([], _) => overview(),
        (_, Some((command, _))) => command.to_string(),
        ([group, ..], None) => {
            let of_group = |command: &&Command| command.name.split(' ').next() == Some(group);
            let texts: Vec<String> = COMMANDS.iter().filter(of_group).map(ToString::to_string).collect();
            if texts.is_empty() {
                return misused(&unknown(words));
            }
            texts.join("\n")
        }
    };
    // A reader that has gone away, as `head` does, is no reason to fail.
    let _ = write!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

fn overview() -> String {
    let width = COMMANDS.iter().map(|command| command.name.len()).max().unwrap_or_default();
    let line = |command: &Command| {
        let summary = command.summary.split([':', ',']).next().unwrap_or_default().trim_end_matches('.');
        format!("  {:width$}  {summary}\n", command.name)
    };
    let lines: String = COMMANDS.iter().map(line).collect();
    format!("Usage: cargo xtask COMMAND\n\nCommands:\n{lines}\n`cargo xtask COMMAND --help` explains a command.\n")
}

fn unknown(words: &[&str]) -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
    let line = words.join(" ");
    // Arguments after the command's name say nothing of what was meant.
    let meant = (1..=words.len().min(2)).map(|count| nearest(&words[..count].join(" "), &names));
    let meant = meant.rev().find(|question| !question.is_empty()).unwrap_or_default();
    format!("`cargo xtask {line}` is no command{meant}\n\n{}", overview())
}

fn misused(error: &str) -> ExitCode {
    eprintln!("{}", error.trim_end());
    ExitCode::from(MISUSED)
}
