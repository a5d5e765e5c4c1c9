//! The parts of a Markdown file that the checks look at.

use std::collections::BTreeMap;

/// A Markdown file.
pub struct Page {
    /// The text with code blanked out: only prose, tables and headings are left.
    prose: String,
    /// The text of all blocks of Rust.
    pub rust: String,
}

/// A link, with the place of its target in the file.
pub struct Link {
    /// The line, counted from 1.
    pub line: usize,
    /// The target as it stands in the file.
    pub target: String,
    /// The range of the target in the file's bytes.
    pub range: std::ops::Range<usize>,
}

impl Page {
    /// Reads a file's text.
    pub fn read(text: &str) -> Self {
        let (mut prose, mut rust) = (String::with_capacity(text.len()), String::new());
        let mut fence: Option<(&str, bool)> = None;
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim_start();
            match fence {
                Some((mark, _)) if trimmed.trim_end() == mark => {
                    fence = None;
                    blank(line, &mut prose);
                }
                Some((_, is_rust)) => {
                    if is_rust {
                        rust.push_str(line);
                    }
                    blank(line, &mut prose);
                }
                None => match ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
                    Some(mark) => {
                        fence = Some((mark, trimmed[mark.len()..].starts_with("rust")));
                        blank(line, &mut prose);
                    }
                    None => prose.push_str(line),
                },
            }
        }
        Self { prose, rust }
    }

    /// Returns whether a block of Rust is in the file.
    pub fn has_rust(&self) -> bool {
        !self.rust.is_empty()
    }

    /// Returns the links of the file, also those of images.
    pub fn links(&self) -> Vec<Link> {
        let text = without_code_spans(&self.prose);
        let mut links = Vec::new();
        let mut from = 0;
        while let Some(found) = text[from..].find("](") {
            let start = from + found + 2;
            let end = start + closing(&text[start..]);
            let target = text[start..end].split_whitespace().next().unwrap_or_default();
            let line = text[..start].matches('\n').count() + 1;
            links.push(Link { line, target: target.to_owned(), range: start..start + target.len() });
            from = end;
        }
        links
    }

    /// Returns the anchors of the headings, as GitHub and mdBook name them.
    pub fn anchors(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.prose.lines().filter(|line| {
            let level = line.chars().take_while(|sign| *sign == '#').count();
            (1..=6).contains(&level) && line[level..].starts_with(' ')
        });
        let mut anchor = |line: &str| {
            let slug = slug(line.trim_start_matches('#').trim());
            let count = counts.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        };
        headings.map(&mut anchor).collect()
    }

    /// Returns the code of the last column of each table's rows, with the line.
    pub fn last_column(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, line) in self.prose.lines().enumerate() {
            let Some(row) = line.strip_prefix('|').and_then(|line| line.trim_end().strip_suffix('|')) else { continue };
            let row = row.replace("\\|", "\u{1}");
            let cell = row.rsplit('|').next().unwrap_or_default().replace('\u{1}', "|");
            let spans = cell.split('`').skip(1).step_by(2);
            found.extend(spans.map(|code| (number + 1, code.to_owned())));
        }
        found
    }
}

/// Writes as many bytes of blanks, so that places stay the same.
fn blank(line: &str, prose: &mut String) {
    prose.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

/// Blanks out `code` within a paragraph.
fn without_code_spans(prose: &str) -> String {
    let mut out = String::with_capacity(prose.len());
    let mut rest = prose;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        let (before, after) = rest.split_at(start + ticks);
        out.push_str(before);
        let paragraph = &after[..after.find("\n\n").unwrap_or(after.len())];
        let Some(end) = paragraph.find(&before[start..]) else {
            rest = after;
            continue;
        };
        out.extend(after[..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        out.push_str(&before[start..]);
        rest = &after[end + ticks..];
    }
    out + rest
}

/// Returns the place of the parenthesis that closes a target.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            '\n' => return at,
            _ => {}
        }
    }
    text.len()
}

/// Returns the anchor of a heading.
fn slug(heading: &str) -> String {
    let shown = match (heading.find("]("), heading.find('[')) {
        (Some(middle), Some(start)) if start < middle => {
            let end = middle + 2 + closing(&heading[middle + 2..]);
            format!(
                "{}{}{}",
                &heading[..start],
                &heading[start + 1..middle],
                heading.get(end + 1..).unwrap_or_default()
            )
        }
        _ => heading.to_owned(),
    };
    let kept = shown.chars().filter_map(|sign| match sign {
        ' ' => Some('-'),
        '-' | '_' => Some(sign),
        _ if sign.is_alphanumeric() => Some(sign),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn links_outside_of_code_are_found() {
        let page = Page::read("[a](b.md#c) `[no](x)` ![d](e.png)\n\n```rust\n[no](y)\n```\n[f](g(h).md)\n");
        let links: Vec<(usize, String)> = page.links().into_iter().map(|link| (link.line, link.target)).collect();
        let expected = [(1, "b.md#c"), (1, "e.png"), (6, "g(h).md")];
        assert_eq!(links, expected.map(|(line, target)| (line, target.to_owned())));
        assert_eq!(page.rust, "[no](y)\n");
    }

    #[test]
    fn anchors_are_those_of_github() {
        let page = Page::read("# A `b`: c\n## Options\n```sh\n# no\n```\n## Options\n### [x y](z.md), q_r\n");
        assert_eq!(page.anchors(), ["a-b-c", "options", "options-1", "x-y-q_r"]);
    }

    #[test]
    fn the_last_column_keeps_escaped_bars() {
        let page = Page::read("| a | b |\n|---|---|\n| `x` | `f(\\|y\\| z)` or `w` |\n");
        assert_eq!(page.last_column(), [(3, "f(|y| z)".to_owned()), (3, "w".to_owned())]);
    }
}
