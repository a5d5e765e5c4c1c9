use std::collections::BTreeMap;

use openai_codegen::import::{Imported, Report, Rule};
use sha2::{Digest, Sha256};

/// The text of `openapi.lock.toml`: which upstream document `openapi.yaml` was made from.
pub fn text(source: &str, upstream: &str, imported: &Imported) -> String {
    let name = source.rsplit(['/', '\\']).next().unwrap_or(source);
    let counts = imported.report.counts;
    let info = |key: &str| imported.document["info"][key].as_str().unwrap_or_default();
    let mut lines = vec![
        "# Written by `cargo xtask spec import`: the upstream document that openapi.yaml holds the facts of."
            .to_owned(),
        format!("title = {}", quoted(info("title"))),
        format!("version = {}", quoted(info("version"))),
    ];
    // Upstream's own version hardly ever moves; the date in the file's name is what tells two documents apart.
    lines.extend(date(name).map(|date| format!("date = {}", quoted(date))));
    lines.extend([
        format!("file = {}", quoted(name)),
        format!("sha256 = \"{}\"", hex(&Sha256::digest(upstream.as_bytes()))),
        String::new(),
        "[counts]".to_owned(),
        format!("operations = {}", counts.operations),
        format!("paths = {}", counts.paths),
        format!("schemas = {}", counts.schemas),
        format!("webhooks = {}", counts.webhooks),
    ]);
    let report = &imported.report;
    let rules = Rule::ALL.iter().map(|rule| (rule.label().to_owned(), report.count(*rule)));
    let rules: BTreeMap<String, usize> = rules.filter(|(_, count)| *count > 0).collect();
    for (table, counts) in [("rules", &rules), ("prose", report.prose()), ("vendor", report.vendor())] {
        lines.extend([String::new(), format!("[{table}]")]);
        lines.extend(counts.iter().map(|(name, count)| format!("{} = {count}", quoted(name))));
    }
    lines.join("\n") + "\n"
}

/// Finds the news of an import since the one before: rules that apply for the first time or no longer, and keys that are
/// dropped, each with its first place.
pub fn news(before: &str, now: &str, report: &Report) -> Result<Vec<String>, String> {
    let parse = |text: &str| text.parse::<toml::Table>().map_err(|error| format!("openapi.lock.toml: {error}"));
    let (before, now) = (parse(before)?, parse(now)?);
    let mut out = Vec::new();
    for (table, what) in [
        ("rules", "rule applies for the first time"),
        ("prose", "keyword is dropped as prose"),
        ("vendor", "vendor key is dropped; check that it holds no fact"),
    ] {
        let counts = |lock: &toml::Table| lock.get(table).and_then(toml::Value::as_table).cloned().unwrap_or_default();
        let (known, found) = (counts(&before), counts(&now));
        let new = found.iter().filter(|(name, _)| !known.contains_key(*name));
        out.extend(new.map(|(name, count)| {
            let place = report.first_place(name).map(|place| format!(", first at {place}")).unwrap_or_default();
            format!("new: {name} ({count}{place}): {what}")
        }));
        let gone = known.keys().filter(|name| table == "rules" && !found.contains_key(*name));
        out.extend(
            gone.map(|name| format!("gone: {name}: rule no longer applies; check that the document lost no fact")),
        );
    }
    Ok(out)
}

/// The first `YYYY-MM-DD` in a file name.
fn date(name: &str) -> Option<&str> {
    let is_date = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
    };
    (0..name.len()).filter_map(|start| name.get(start..start + 10)).find(|text| is_date(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use openai_codegen::import::{ImportError, import};

    #[test]
    fn says_which_document_it_was() -> Result<(), ImportError> {
        let upstream = "{openapi: 3.0.0, info: {title: 'A \"title\"', version: '1'}, paths: {}}";
        let lock = text("https://example.com/docs/api-2026-08-21.yaml", upstream, &import(upstream, "")?);
        let lines: Vec<&str> = lock.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                r#"title = "A \"title\"""#,
                r#"version = "1""#,
                r#"date = "2026-08-21""#,
                r#"file = "api-2026-08-21.yaml""#,
                &format!("sha256 = \"{}\"", hex(&Sha256::digest(upstream))),
                "",
                "[counts]",
                "operations = 0",
                "paths = 0",
                "schemas = 0",
                "webhooks = 0",
                "",
                "[rules]",
                "",
                "[prose]",
                "",
                "[vendor]",
            ]
        );
        Ok(())
    }

    #[test]
    fn rules_and_keys_that_are_new_are_told() -> Result<(), String> {
        let imported = |schema: &str| -> Result<(String, Report), ImportError> {
            let upstream = format!(
                "{{openapi: 3.1.0, info: {{title: T, version: '1'}}, paths: {{}}, components: {{schemas: {{A: {schema}}}}}}}"
            );
            let imported = import(&upstream, "")?;
            Ok((text("a.yaml", &upstream, &imported), imported.report))
        };
        let made = |schema: &str| imported(schema).map_err(|error| error.to_string());
        let (old, report) = made("{type: string, description: D, x-a: 1}")?;
        let (new, newer) = made("{type: string, title: A, description: D, x-a: 1, x-b: 1, const: c}")?;
        assert_eq!(news(&old, &old, &report)?, [""; 0]);
        assert_eq!(
            news(&old, &new, &newer)?,
            [
                "new: const -> one-value enum (1): rule applies for the first time",
                "new: x-b (1, first at /components/schemas/A/x-b): vendor key is dropped; check that it holds no fact",
            ]
        );
        assert_eq!(
            news(&new, &old, &report)?,
            ["gone: const -> one-value enum: rule no longer applies; check that the document lost no fact"]
        );
        assert!(news("", "[rules", &report).is_err_and(|error| error.starts_with("openapi.lock.toml: ")));
        Ok(())
    }

    #[test]
    fn a_date_is_found_anywhere_in_the_name() {
        assert_eq!(date("openapi-2026-08-21.yaml"), Some("2026-08-21"));
        assert_eq!(date("12026-08-21"), Some("2026-08-21"));
        for name in ["openapi.yaml", "2026-8-21.yaml", "é", ""] {
            assert_eq!(date(name), None);
        }
    }
}
