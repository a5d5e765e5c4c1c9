//! Sentences of documents that begin with a question word: Markdown, and the sentences of overlays.

use std::fs;
use std::path::Path;

use super::docs::is_question;

/// Returns each such sentence with its file, below some files and folders of the workspace.
pub fn questions(root: &Path, paths: &[String]) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut open: Vec<String> = paths.to_vec();
    while let Some(path) = open.pop() {
        let fail = |error: std::io::Error| format!("{path}: {error}");
        let full = root.join(&path);
        if full.is_dir() {
            for entry in fs::read_dir(&full).map_err(fail)? {
                open.push(format!("{path}/{}", entry.map_err(fail)?.file_name().to_string_lossy()));
            }
            continue;
        }
        let text = match path.rsplit('.').next() {
            Some("md") => markdown(&fs::read_to_string(&full).map_err(fail)?),
            Some("yaml") => overlay(&fs::read_to_string(&full).map_err(fail)?),
            _ => continue,
        };
        let sentences = text.iter().flat_map(|paragraph| sentences(paragraph));
        found.extend(sentences.filter(|sentence| is_question(sentence)).map(|sentence| format!("{path}: {sentence}")));
    }
    found.sort();
    Ok(found)
}

/// The paragraphs, list items, headings and cells of Markdown, without code blocks.
fn markdown(text: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let mut is_code = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") {
            is_code = !is_code;
        }
        let is_block = is_code || trimmed.starts_with("```") || line.starts_with("    ") && !is_item(trimmed);
        if is_block || trimmed.is_empty() {
            out.push(String::new());
        } else if trimmed.starts_with('|') {
            out.extend(trimmed.split('|').map(|cell| cell.trim().to_owned()));
            out.push(String::new());
        } else if trimmed.starts_with('#') || is_item(trimmed) {
            out.push(content(trimmed).to_owned());
        } else if let Some(last) = out.last_mut() {
            *last += if last.is_empty() { "" } else { " " };
            *last += trimmed;
        }
    }
    out.retain(|paragraph| !paragraph.is_empty());
    out
}

fn is_item(line: &str) -> bool {
    let number = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || number.len() < line.len() && number.starts_with(". ")
}

/// A line without the marks of a heading or list item.
fn content(line: &str) -> &str {
    line.trim_start_matches(|sign: char| "#-*.".contains(sign) || sign.is_ascii_digit()).trim_start()
}

/// The sentences of an overlay's lines, `key: "sentence"`, and its comments.
fn overlay(text: &str) -> Vec<String> {
    let value = |line: &str| {
        let line = line.trim_start();
        if let Some(comment) = line.strip_prefix('#') {
            return comment.trim().to_owned();
        }
        line.split_once(": ").map_or(line, |(_, value)| value).trim_matches(['"', ' ', '\'']).to_owned()
    };
    text.lines().map(value).collect()
}

/// The sentences of a paragraph, and those behind a colon.
fn sentences(paragraph: &str) -> impl Iterator<Item = &str> {
    let mut rest = paragraph;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let ends = [". ", "? ", "! ", ": "].iter().filter_map(|end| rest.find(end));
        let end = ends.min().map_or(rest.len(), |at| at + 2);
        let (sentence, behind) = rest.split_at(end);
        rest = behind;
        Some(sentence.trim().trim_start_matches(['*', '_', '"', '(', '[']))
    })
}
