//! `cargo xtask crosscheck`: the document as progenitor and typify read it, against the generator's reading.

use crate::command::Command;
use crate::workspace::{cargo, finish};

/// The command.
pub const COMMAND: Command = Command {
    name: "crosscheck",
    summary: "Compares progenitor's and typify's reading of the document with the generator's, and compiles progenitor's \
              client of all operations with our types.",
    usage: "",
    arguments: &[],
    example: "crosscheck",
    needs: "the dependencies of crosscheck/, a workspace with a lock file of its own",
    writes: "crosscheck/target",
    hands_on: false,
    run,
};

fn run(args: &[&str]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(COMMAND.usage_line());
    }
    let compare = cargo("crosscheck", &["run", "--quiet", "--locked"]);
    finish(compare, "crosscheck: `differ` of the line above says where the two readings differ")?;
    let compile = cargo("crosscheck", &["check", "--quiet", "--locked", "-p", "compiled"]);
    finish(compile, "crosscheck: progenitor's client does not compile with our types")
}
