//! Prints the lines of the same ten programs in three SDKs, and writes the table of docs/lines.md with `--write`.

use std::error::Error;

use acceptance::lines;

fn main() -> Result<(), Box<dyn Error>> {
    let table = lines::table(&lines::count_all()?);
    print!("{table}");
    if std::env::args().any(|argument| argument == "--write") {
        let text = std::fs::read_to_string(lines::document())?;
        let start = text.find("| program |").ok_or("docs/lines.md has no table")?;
        let end = text[start..].find("\n\n").map_or(text.len(), |length| start + length + 1);
        std::fs::write(lines::document(), format!("{}{table}{}", &text[..start], &text[end..]))?;
    }
    Ok(())
}
