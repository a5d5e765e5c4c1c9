//! Plays what the API really sent; prints one line of JSON, exits 1 if something was not as it should be.
//!
//! `exchanges DIR`, `examples FILE`, `events DIR` and `bodies FILE` decode and encode; `streams DIR` plays event streams
//! through the client and compares what they come to; `reports DIR` makes the calls of field reports.

#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use acceptance::playback::{self, Cut};
use acceptance::replay::{bodies, examples, exchanges, reports, streams};

const USAGE: &str = "usage: replay exchanges DIR | examples FILE | events DIR | bodies FILE | \
    reports DIR | streams DIR [--cut whole|event|line|byte|utf8|rand:SEED] [--write OUT]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let report = match args.as_slice() {
        ["exchanges", folder] => exchanges::play(Path::new(folder)),
        ["examples", file] => examples::play(Path::new(file)),
        ["bodies", file] => bodies::play(Path::new(file)),
        ["events", folder] => streams::play(Path::new(folder)),
        ["reports", folder] => return check_reports(Path::new(folder)).await,
        ["streams", folder, options @ ..] => return play_streams(Path::new(folder), options).await,
        _ => Err(USAGE.into()),
    };
    match report {
        Ok(report) => {
            println!("{}", report.to_json());
            if report.all_decoded() && (report.failures.is_empty() || args[0] != "bodies") {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => fail(&error),
    }
}

async fn check_reports(folder: &Path) -> ExitCode {
    match reports::check(folder).await {
        Ok(checked) => {
            println!("{}", checked.to_json());
            if checked.right == checked.cases && checked.cases > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&error),
    }
}

async fn play_streams(folder: &Path, options: &[&str]) -> ExitCode {
    let (mut cut, mut write) = (Ok(Cut::Whole), None);
    for option in options.chunks(2) {
        match option {
            ["--cut", text] => cut = Cut::parse(text),
            ["--write", folder] => write = Some(Path::new(*folder)),
            _ => return fail(USAGE),
        }
    }
    let played = match cut {
        Ok(cut) => playback::play(folder, cut, write).await,
        Err(error) => Err(error),
    };
    match played {
        Ok(played) => {
            println!("{}", played.to_json());
            if played.differ.is_empty() && played.streams > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("{error}");
    ExitCode::FAILURE
}
