//! The table of argued differences: `DIFFERENCES.md`, read as it stands.

use std::fs;
use std::path::Path;

use super::compare::Difference;

/// The rows of the table, and those that were used.
#[derive(Debug, Default)]
pub struct Argued {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    case: String,
    place: String,
    python: String,
    ours: String,
    used: bool,
}

/// In the table: any call, or any value.
const ANY: &str = "*";

impl Argued {
    /// Reads the table of a file.
    ///
    /// # Errors
    /// It can't be read, or a row has no five columns or no reason.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::read(&text)
    }

    /// Reads the rows of all tables in a text.
    ///
    /// # Errors
    /// A row has no five columns or no reason.
    pub fn read(text: &str) -> Result<Self, String> {
        let rows = text.lines().filter(|line| line.starts_with('|'));
        let rows = rows.filter(|line| !line.starts_with("| Call |") && !line.starts_with("|---"));
        Ok(Self { rows: rows.map(row).collect::<Result<_, _>>()? })
    }

    /// Returns true if a difference is argued for all calls, and false if it is argued for this one.
    pub fn look_up(&mut self, difference: &Difference) -> Option<bool> {
        let row = self.rows.iter_mut().find(|row| row.means(difference))?;
        row.used = true;
        Some(row.case == ANY)
    }

    /// The names of calls in the table.
    pub fn calls(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().flat_map(|row| row.case.split(", "))
    }

    /// The rows that nothing was looked up in.
    #[must_use]
    pub fn idle(&self) -> Vec<String> {
        let idle = self.rows.iter().filter(|row| !row.used);
        idle.map(|row| format!("{}, {}: {} / {}", row.case, row.place, row.python, row.ours)).collect()
    }
}

impl Row {
    fn means(&self, difference: &Difference) -> bool {
        let same = |said: &str, is: &str| said == ANY || said == is;
        let case = self.case.split(", ").any(|case| same(case, &difference.case));
        case && self.place == difference.place
            && same(&self.python, &difference.python)
            && same(&self.ours, &difference.ours)
    }
}

fn row(line: &str) -> Result<Row, String> {
    // `\|` is Markdown's way to have the column's sign in a column.
    let line = line.replace("\\|", "\u{0}");
    let columns: Vec<String> =
        line.trim_matches('|').split('|').map(|column| column.replace('\u{0}', "|").trim().replace('`', "")).collect();
    match <[String; 5]>::try_from(columns) {
        Ok([case, place, python, ours, reason]) if !reason.is_empty() => {
            Ok(Row { case, place, python, ours, used: false })
        }
        _ => Err(format!("a row is `| call | place | Python | ours | why |`, with a reason, not: {line}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Title\n\n| Call | Place | Python | Ours | Why |\n|---|---|---|---|---|\n\
                         | * | `header x` | * | `-` | Nobody reads it. |\n| a, b | body $.c | `1\\|2` | 3 | Because. |\n";

    fn difference(case: &str, place: &str, python: &str, ours: &str) -> Difference {
        Difference { case: case.into(), place: place.into(), python: python.into(), ours: ours.into() }
    }

    #[test]
    fn a_row_means_its_call_place_and_values() -> Result<(), String> {
        let mut argued = Argued::read(TABLE)?;
        assert_eq!(argued.look_up(&difference("z", "header x", "any", "-")), Some(true));
        assert_eq!(argued.look_up(&difference("z", "header x", "any", "other")), None);
        assert_eq!(argued.look_up(&difference("z", "body $.c", "1|2", "3")), None);
        assert_eq!(argued.idle(), ["a, b, body $.c: 1|2 / 3"]);
        assert_eq!(argued.look_up(&difference("b", "body $.c", "1|2", "3")), Some(false));
        assert_eq!(argued.idle(), [""; 0]);
        Ok(())
    }

    #[test]
    fn a_row_without_reason_is_refused() {
        assert!(Argued::read("| a | b | c | d | |\n").is_err());
        assert!(Argued::read("| a | b | c | d |\n").is_err());
    }
}
