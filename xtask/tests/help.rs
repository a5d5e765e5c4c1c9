//! The help of every command, and the errors of a line that is not understood.
#![allow(missing_docs)]

use std::io;
use std::process::{Command, Output};

const COMMANDS: [&str; 21] = [
    "spec import",
    "spec supplement",
    "spec diff",
    "regen",
    "docs-coverage",
    "tidy",
    "ci",
    "bench",
    "browser",
    "contract",
    "python",
    "differential",
    "bodies",
    "crosscheck",
    "documents",
    "neighbours",
    "simulate",
    "fuzz",
    "book",
    "package",
    "semver",
];

fn xtask(line: &str) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(line.split_whitespace()).output()
}

fn help(line: &str) -> io::Result<String> {
    let output = xtask(line)?;
    assert_eq!(output.status.code(), Some(0), "{line}");
    assert!(output.stderr.is_empty(), "{line}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn error(line: &str) -> io::Result<String> {
    let output = xtask(line)?;
    assert_eq!(output.status.code(), Some(2), "{line}");
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_overview_lists_every_command() -> io::Result<()> {
    for line in ["--help", "help", "-h"] {
        let text = help(line)?;
        let listed = text.lines().filter(|line| line.starts_with("  ")).count();
        assert_eq!(listed, COMMANDS.len(), "{text}");
        for command in COMMANDS {
            assert!(text.contains(&format!("\n  {command} ")), "{command}: {text}");
        }
    }
    Ok(())
}

#[test]
fn every_command_explains_itself() -> io::Result<()> {
    for command in COMMANDS {
        let text = help(&format!("{command} --help"))?;
        assert_eq!(text, help(&format!("help {command}"))?);
        let parts = [format!("Usage: cargo xtask {command}"), format!("Example:\n  cargo xtask {command}")];
        for part in parts.iter().map(String::as_str).chain(["\nNeeds:  ", "\nWrites: "]) {
            assert!(text.contains(part), "{command}: {text}");
        }
        // Each option of the usage line is explained.
        let usage = text.lines().find(|line| line.starts_with("Usage")).unwrap_or_default();
        for option in usage.split([' ', '[', ']', '|']).filter(|word| word.starts_with("--")) {
            assert!(text.contains(&format!("\n  {option}")), "{command}: {option}");
        }
    }
    assert!(help("spec --help")?.contains("spec import"));
    Ok(())
}

#[test]
fn an_unknown_word_is_an_error_that_names_the_nearest() -> io::Result<()> {
    let expected = [
        ("cross-check", "`cargo xtask cross-check` is no command; did you mean `crosscheck`?"),
        ("regn --check", "`cargo xtask regn --check` is no command; did you mean `regen`?"),
        ("spec imprt a.yaml", "did you mean `spec import`?"),
        ("ci --quik", "`cargo xtask ci` has no option `--quik`; did you mean `--quick`?"),
        ("tidy --edge", "did you mean `--edges`?"),
        ("help tidi", "did you mean `tidy`?"),
        ("", "Usage: cargo xtask COMMAND"),
    ];
    for (line, part) in expected {
        let text = error(line)?;
        assert!(text.contains(part), "{line}: {text}");
    }
    for line in COMMANDS.iter().filter(|command| **command != "python") {
        assert!(error(&format!("{line} --nothing"))?.contains("has no option `--nothing`"), "{line}");
    }
    Ok(())
}

#[test]
fn arguments_that_do_not_fit_show_the_usage() -> io::Result<()> {
    for line in [
        "spec import",
        "regen --from a",
        "tidy x",
        "ci --quick --full",
        "contract a b",
        "crosscheck x",
        "semver a b",
        "book x",
    ] {
        let output = xtask(line)?;
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: cargo xtask "), "{line}");
    }
    Ok(())
}
