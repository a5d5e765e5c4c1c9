//! `replay exchanges DIR`, `replay examples FILE`, `replay events DIR`: prints one line of JSON, exits 1 if something did not decode.

use std::path::Path;
use std::process::ExitCode;

use acceptance::{examples, exchanges, streams};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let report = match args.as_slice() {
        ["exchanges", folder] => exchanges::play(Path::new(folder)),
        ["examples", file] => examples::play(Path::new(file)),
        ["events", folder] => streams::play(Path::new(folder)),
        _ => Err("usage: replay exchanges DIR | replay examples FILE | replay events DIR".into()),
    };
    match report {
        Ok(report) => {
            println!("{}", report.to_json());
            if report.all_decoded() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
