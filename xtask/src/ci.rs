//! `cargo xtask ci`: the checks of `.ci/run`, where there is only one list of them, and the quick ones of the inner loop.

use std::io::Write as _;
use std::time::Instant;

use crate::command::Command;
use crate::publish::book;
use crate::workspace::{cargo, finish, program, root};
use crate::{regen, tidy};

/// The command.
pub const COMMAND: Command = Command {
    name: "ci",
    summary: "Runs all checks of .ci/run, or with --quick those of the inner loop: formatting, structure, links, generated \
              files, clippy and unit tests.",
    usage: "[--quick | --full]",
    arguments: &[
        ("--quick", "Takes less than three minutes on a warm tree; stops at the first failure"),
        ("--full", "Runs the slow checks of .ci/run too: fuzzing, scale, soak, benches"),
    ],
    example: "ci --quick",
    needs: "a C compiler; without --quick also bash, npm, Python, and the network for what is not installed",
    writes: "target",
    hands_on: false,
    run,
};

/// The steps of `--quick`, the cheap ones first.
const QUICK: &[Step] = &[
    Step { words: &["fmt", "--all", "--check"], run: None },
    Step { words: &["xtask", "tidy"], run: Some((&tidy::COMMAND, &[])) },
    Step { words: &["xtask", "book", "--check"], run: Some((&book::COMMAND, &["--check"])) },
    Step { words: &["xtask", "regen", "--check"], run: Some((&regen::COMMAND, &["--check"])) },
    Step { words: &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"], run: None },
    Step { words: &["test", "--locked", "--workspace", "--lib", "--bins"], run: None },
];

fn run(args: &[&str]) -> Result<(), String> {
    match args {
        [] => script(&[]),
        ["--full"] => script(&["--full"]),
        ["--quick"] => quick(),
        _ => Err(COMMAND.usage_line()),
    }
}

fn script(args: &[&str]) -> Result<(), String> {
    let mut command = program("bash");
    command.arg(root().join(".ci/run")).args(args);
    finish(command, "a check failed; the last line above that starts with == names it")
}

fn quick() -> Result<(), String> {
    let started = Instant::now();
    for step in QUICK {
        step.run()?;
    }
    println!("== all is well after {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// A check of the inner loop.
struct Step {
    /// The words after `cargo` that run it.
    words: &'static [&'static str],
    /// A command of this program with its arguments; cargo runs any other.
    run: Option<(&'static Command, &'static [&'static str])>,
}

impl Step {
    fn run(&self) -> Result<(), String> {
        let name = format!("cargo {}", self.words.join(" "));
        let started = Instant::now();
        println!("== {name}");
        let result = match self.run {
            Some((command, args)) => (command.run)(args),
            None => finish(cargo(".", self.words), "the lines above say what is wrong"),
        };
        println!("   {:.1} s", started.elapsed().as_secs_f64());
        // What cargo prints goes to another stream.
        let _ = std::io::stdout().flush();
        result.map_err(|error| format!("{error}\n\nfailed: {name}\nRun that command to repeat the check."))
    }
}
