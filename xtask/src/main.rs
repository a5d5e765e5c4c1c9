//! Maintainer's commands: `cargo xtask COMMAND`.

mod ci;
mod contract;
mod python;
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
        ["python", rest @ ..] => python::run(rest),
        ["differential", rest @ ..] => python::differential(rest),
        ["ci", rest @ ..] => ci::run(rest),
        _ => {
            let usages = [spec::USAGE, regen::USAGE, contract::USAGE, python::USAGE, ci::USAGE];
            Err(format!("usage:\n{}", usages.join("\n")))
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
