//! Maintainer's commands: `cargo xtask COMMAND`.

mod ci;
mod contract;
mod regen;
mod spec;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["spec", rest @ ..] => spec::run(rest),
        ["regen", rest @ ..] => regen::run(rest),
        ["contract", rest @ ..] => contract::run(rest),
        ["ci", rest @ ..] => ci::run(rest),
        _ => Err(format!("usage:\n{}\n{}\n{}\n{}", spec::USAGE, regen::USAGE, contract::USAGE, ci::USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
