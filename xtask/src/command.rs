//! A command of the maintainer and its help.

use std::fmt;

/// A command: its name, its documentation, and the function that runs it.
pub struct Command {
    /// The words that call it, as `spec import`.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The arguments and options as a usage line shows them.
    pub usage: &'static str,
    /// Each argument and option with its meaning.
    pub arguments: &'static [(&'static str, &'static str)],
    /// A call of it, after `cargo xtask`.
    pub example: &'static str,
    /// The programs and files that it needs beside the workspace.
    pub needs: &'static str,
    /// The files that it writes.
    pub writes: &'static str,
    /// Hands unknown options on to another program.
    pub hands_on: bool,
    /// Runs it with the arguments after its name.
    pub run: fn(&[&str]) -> Result<(), String>,
}

impl Command {
    /// Returns the arguments after the command's name, if the line calls this command.
    pub fn arguments_of<'l, 'a>(&self, line: &'l [&'a str]) -> Option<&'l [&'a str]> {
        let words = self.name.split(' ').count();
        let called = line.len() >= words && self.name.split(' ').eq(line[..words].iter().copied());
        called.then(|| &line[words..])
    }

    /// Returns an error for an option that the command does not have.
    pub fn unknown_option(&self, arguments: &[&str]) -> Option<String> {
        if self.hands_on {
            return None;
        }
        let known = || self.arguments.iter().filter_map(|(shown, _)| shown.split(' ').next());
        let option = arguments.iter().find(|word| word.starts_with('-') && known().all(|known| known != **word))?;
        let options: Vec<&str> = known().filter(|name| name.starts_with('-')).collect();
        Some(format!(
            "`cargo xtask {}` has no option `{option}`{}\n\n{}",
            self.name,
            nearest(option, &options),
            self.usage_line()
        ))
    }

    /// Returns the line that shows how the command is called.
    pub fn usage_line(&self) -> String {
        format!("Usage: cargo xtask {} {}", self.name, self.usage).trim_end().to_owned()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n\n{}", self.summary, self.usage_line())?;
        if !self.arguments.is_empty() {
            writeln!(f, "\nArguments:")?;
            let width = self.arguments.iter().map(|(shown, _)| shown.len()).max().unwrap_or_default();
            for (shown, meaning) in self.arguments {
                writeln!(f, "  {shown:width$}  {meaning}")?;
            }
        }
        writeln!(f, "\nExample:\n  cargo xtask {}", self.example)?;
        writeln!(f, "\nNeeds:  {}", self.needs)?;
        writeln!(f, "Writes: {}", self.writes)
    }
}

/// Returns a question that names the candidate nearest to a word that is unknown, or nothing if none is near.
pub fn nearest(word: &str, candidates: &[&str]) -> String {
    let near = candidates.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match near {
        Some((distance, candidate)) if distance <= word.len().max(candidate.len()) / 2 => {
            format!("; did you mean `{candidate}`?")
        }
        _ => String::new(),
    }
}

/// Returns the number of characters to insert, remove or replace to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
