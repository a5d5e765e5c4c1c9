//! `contract URL [ROUNDS]`: calls every operation against a server that counts a request's errors in the header
//! `x-steady-error-count`, once with what is required and in 40 rounds with everything that may be set, so that each
//! variant of a union is sent once; prints one line of JSON, exits 1 if anything was wrong.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use acceptance::contract;
use openai_raw::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (url, rounds) = match &args[..] {
        [url] => (url, Ok(40)),
        [url, rounds] => (url, rounds.parse()),
        _ => return fail("usage: contract URL [ROUNDS]"),
    };
    let Ok(rounds) = rounds else { return fail("ROUNDS is a number of rounds, as 40") };
    let client = match Client::builder()
        .strict_decoding(true)
        .api_key("sk-contract")
        .admin_api_key("sk-admin")
        .base_url(url)
        .build()
    {
        Ok(client) => client,
        Err(error) => return fail(&error.to_string()),
    };
    let report = match acceptance::document() {
        Ok(document) => contract::run(&document, &client, rounds, true).await,
        Err(error) => Err(error),
    };
    match report {
        Ok(report) => {
            println!("{}", report.to_json());
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => fail(&error),
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
