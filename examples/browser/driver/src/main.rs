//! Drives a headless Chromium: the checks of `checks` against a mock, then the page.
//! `cargo xtask browser` builds both and calls this.

#![forbid(unsafe_code)]

mod endless;
mod pages;
mod run;
mod scripts;
mod webdriver;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use webdriver::Programs;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: browser-driver PAGE_FOLDER CHECKS_FOLDER CHROMEDRIVER CHROMIUM SCREENSHOT";

fn main() -> ExitCode {
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [page, checks, driver, chromium, screenshot] = &args[..] else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    let programs = Programs { driver, chromium };
    match run::run(page, checks, &programs, screenshot) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
