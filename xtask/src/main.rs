//! Maintainer's commands: `cargo xtask COMMAND`.

#![forbid(unsafe_code)]

mod ci;
mod command;
mod contract;
mod cross_check;
mod fuzz;
mod python;
mod regen;
mod semver;
mod spec;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGES: &[&str] = &[
    spec::USAGE,
    regen::USAGE,
    contract::USAGE,
    python::USAGE,
    cross_check::USAGE,
    fuzz::USAGE,
    semver::USAGE,
    ci::USAGE,
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["spec", rest @ ..] => spec::run(rest),
        ["regen", rest @ ..] => regen::run(rest),
        ["contract", rest @ ..] => contract::run(rest),
        ["python", rest @ ..] => python::run(rest),
        ["differential", rest @ ..] => python::differential(rest),
        ["cross-check", rest @ ..] => cross_check::run(rest),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["semver", rest @ ..] => semver::run(rest),
        ["tidy", rest @ ..] => (tidy::COMMAND.run)(rest),
        ["ci", rest @ ..] => ci::run(rest),
        _ => Err(format!("usage:\n{}", USAGES.join("\n"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
