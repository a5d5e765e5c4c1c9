//! `differential PYTHON [--calls]`: makes the same calls by the official client, which the interpreter PYTHON has, and by
//! ours; prints one line of JSON about what they sent, exits 1 if anything differs that is not argued in
//! `tests/differential/DIFFERENCES.md`, or if anything argued there does not differ. With `--calls` it also prints how
//! each call ended, to look for one that was never made.

use std::path::Path;
use std::process::ExitCode;

use acceptance::differential::argued::Argued;
use acceptance::differential::recorder::Recorder;
use acceptance::differential::{self, Calls};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args[..] {
        [python] => run(Path::new(python), false).await,
        [python, "--calls"] => run(Path::new(python), true).await,
        _ => Err("usage: differential PYTHON [--calls]".to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(interpreter: &Path, show: bool) -> Result<bool, String> {
    let argued = Argued::load(&differential::folder().join("DIFFERENCES.md"))?;
    let recorder = Recorder::start().map_err(|error| error.to_string())?;
    let python = differential::python(interpreter, &recorder)?;
    let ours = differential::ours(&recorder).await?;
    if show {
        print_outcomes("python", &python);
        print_outcomes("ours", &ours);
    }
    let report = differential::report(&python, &ours, argued);
    println!("{}", report.to_json());
    Ok(report.is_clean())
}

fn print_outcomes(side: &str, calls: &Calls) {
    for (name, call) in calls {
        println!("{side} {name}: {} requests, {}", call.requests.len(), call.outcome);
    }
}
