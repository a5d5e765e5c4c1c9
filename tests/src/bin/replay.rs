//! `replay exchanges DIR` and `replay examples FILE`: prints one line of JSON, exits 1 if something did not decode.

use std::path::Path;
use std::process::ExitCode;

use acceptance::{examples, exchanges};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let report = match args.as_slice() {
        ["exchanges", folder] => exchanges::play(Path::new(folder)),
        ["examples", file] => examples::play(Path::new(file)),
        _ => Err("usage: replay exchanges DIR | replay examples FILE".into()),
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
