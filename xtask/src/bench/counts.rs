//! Instructions of a program, counted by valgrind: the same whatever else the machine does.

use std::path::Path;

use crate::workspace::program;

/// The instructions and the output of a run.
pub struct Counted {
    pub instructions: u64,
    pub output: String,
}

/// Runs a program under callgrind.
///
/// # Errors
/// valgrind is not installed, or the program fails.
pub fn count(path: &Path, args: &[&str]) -> Result<Counted, String> {
    let mut command = program("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(path).args(args);
    let missing = "valgrind counts the instructions: install it, as with `apt-get install valgrind`";
    let output = command.output().map_err(|error| format!("valgrind cannot be started: {error}; {missing}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{} {} failed: {errors}", path.display(), args.join(" ")));
    }
    let counted = errors.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok());
    let instructions = counted.ok_or_else(|| format!("valgrind printed no count: {errors}"))?;
    Ok(Counted { instructions, output: String::from_utf8_lossy(&output.stdout).into_owned() })
}

/// Returns the instructions of one run out of `runs`: the difference between twice as many and as many, so that the start of the
/// program does not count.
///
/// # Errors
/// As [`count`].
pub fn each(runs: u64, run: impl Fn(u64) -> Result<Counted, String>) -> Result<Counted, String> {
    let (once, twice) = (run(runs)?, run(2 * runs)?);
    let instructions = twice.instructions.saturating_sub(once.instructions) / runs.max(1);
    Ok(Counted { instructions, output: twice.output })
}
