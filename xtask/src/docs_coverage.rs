//! `cargo xtask docs-coverage`: the items of the generated crate that have a sentence of ours, a default, or facts only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use openai_codegen::Output;
use openai_codegen::docs::{self, Docs};
use openai_codegen::emit::{DocItem, DocKind, DocSource};

use crate::command::Command;
use crate::regen;
use crate::workspace::{root, say};

/// The command.
pub const COMMAND: Command = Command {
    name: "docs-coverage",
    summary: "Counts the documented items of the generated crate by the source of their sentences; fails if any has facts only.",
    usage: "[--list AREA | --sort | --sample N [--seed S]]",
    arguments: &[
        (
            "--list AREA",
            "Prints the items of an area (or `all`) with facts only: key, kind and facts, separated by tabs",
        ),
        ("--sort", "Writes each entry into the file of its area, sorted, without entries that a default repeats"),
        ("--sample N", "Prints N random items with their docs as an editor shows them, and the seed"),
        ("--seed S", "Draws the same sample again"),
    ],
    example: "docs-coverage --list chat",
    needs: "openapi.yaml, codegen/names.toml, codegen/overlays",
    writes: "codegen/overlays/docs, with --sort",
    hands_on: false,
    run,
};

/// The area of which only operations and request fields need sentences.
const LENIENT: &str = "admin";

fn run(args: &[&str]) -> Result<(), String> {
    let root = root();
    match args {
        [] => report(&regen::documented(&root)?),
        ["--list", area] => list(&regen::documented(&root)?, area),
        ["--sort"] => sort(&root, &regen::documented(&root)?),
        ["--sample", count] => sample(&regen::documented(&root)?, number(count)?, seed_of_now()),
        ["--sample", count, "--seed", seed] => sample(&regen::documented(&root)?, number(count)?, number(seed)?),
        _ => Err(COMMAND.usage_line()),
    }
}

/// Returns true for an item that must have a sentence and has none.
pub fn is_missing(item: &DocItem) -> bool {
    item.source == DocSource::Facts && (item.area != LENIENT || item.is_request)
}

fn report(output: &Output) -> Result<(), String> {
    let mut areas: BTreeMap<&str, Vec<&DocItem>> = BTreeMap::new();
    for item in &output.documented {
        areas.entry(&item.area).or_default().push(item);
    }
    let all: Vec<&DocItem> = output.documented.iter().collect();
    let mut text =
        format!("{:<26} {:>7} {:>7} {:>9} {:>11} {:>9}\n", "area", "items", "own", "default", "facts only", "missing");
    for (area, items) in areas.iter().map(|(area, items)| (*area, items)).chain([("all", &all)]) {
        row(&mut text, area, items);
    }
    text += "\nby kind\n";
    for kind in DocKind::ALL {
        let items: Vec<&DocItem> = all.iter().copied().filter(|item| item.kind == kind).collect();
        row(&mut text, &kind.to_string(), &items);
    }
    say(text.trim_end());
    let missing = output.documented.iter().filter(|item| is_missing(item)).count();
    if missing > 0 {
        let items = if missing == 1 { "1 item has".to_owned() } else { format!("{missing} items have") };
        return Err(format!(
            "{items} facts only; run `cargo xtask docs-coverage --list AREA` and write their sentences into codegen/overlays/docs"
        ));
    }
    Ok(())
}

fn row(text: &mut String, name: &str, items: &[&DocItem]) {
    let count = |source: DocSource| items.iter().filter(|item| item.source == source).count();
    let _ = writeln!(
        text,
        "{name:<26} {:>7} {:>7} {:>9} {:>11} {:>9}",
        items.len(),
        count(DocSource::Own),
        count(DocSource::Default),
        count(DocSource::Facts),
        items.iter().filter(|item| is_missing(item)).count(),
    );
}

fn list(output: &Output, area: &str) -> Result<(), String> {
    let of_area = |item: &&DocItem| area == "all" || item.area == area;
    if !output.documented.iter().any(|item| of_area(&item)) {
        let areas: BTreeSet<&str> = output.documented.iter().map(|item| item.area.as_str()).collect();
        let areas: Vec<&str> = areas.into_iter().collect();
        return Err(format!("`{area}` is no area; known are {} and all", areas.join(", ")));
    }
    let items = output.documented.iter().filter(of_area);
    // A setter has the sentence of its field.
    let items = items.filter(|item| item.source == DocSource::Facts && item.kind != DocKind::Setter);
    let lines: Vec<String> = items.map(|item| format!("{}\t{}\t{}", item.key, item.kind, item.facts)).collect();
    say(&lines.join("\n"));
    Ok(())
}

fn sort(root: &Path, output: &Output) -> Result<(), String> {
    let files = regen::docs_files(root)?;
    let docs = Docs::parse(&files)?;
    let areas: BTreeMap<&str, &str> =
        output.documented.iter().map(|item| (item.key.as_str(), item.area.as_str())).collect();
    let mut sorted: BTreeMap<String, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, _) in files.iter().filter(|(path, _)| docs::area_of(path) != "defaults") {
        sorted.insert(path.clone(), BTreeMap::new());
    }
    let mut removed = 0;
    for (key, entry) in &docs.entries {
        if output.docs_repeated.contains(key) {
            removed += 1;
            continue;
        }
        // An entry that names nothing stays where it is; regen tells that it does.
        let path = match areas.get(key.as_str()) {
            Some(area) => {
                let known = files.iter().find(|(path, _)| docs::area_of(path) == *area);
                known.map_or_else(|| format!("{}/{area}.yaml", regen::DOCS), |(path, _)| path.clone())
            }
            None => entry.file.clone(),
        };
        sorted.entry(path).or_default().insert(key, &entry.sentence);
    }
    for (path, entries) in &sorted {
        let fail = |error: std::io::Error| format!("{path}: {error}");
        if entries.is_empty() && !areas.values().any(|area| *area == docs::area_of(path)) {
            fs::remove_file(root.join(path)).map_err(fail)?;
        } else {
            fs::write(root.join(path), docs::file_text(docs::area_of(path), entries)).map_err(fail)?;
        }
    }
    say(&format!(
        "docs-coverage: {} entries in {} files, {removed} removed",
        docs.entries.len() - removed,
        sorted.len()
    ));
    Ok(())
}

fn sample(output: &Output, count: u64, seed: u64) -> Result<(), String> {
    let mut items: Vec<&DocItem> = output.documented.iter().collect();
    let mut state = seed;
    let mut text = format!("seed {seed}\n");
    for _ in 0..count {
        if items.is_empty() {
            break;
        }
        let index = usize::try_from(next(&mut state) % items.len() as u64).unwrap_or_default();
        let item = items.swap_remove(index);
        let _ =
            write!(text, "\n{} {} ({})\n    {}\n", item.kind, item.key, item.area, item.hover.replace('\n', "\n    "));
    }
    say(text.trim_end());
    Ok(())
}

/// Returns the next number of a SplitMix64 sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn seed_of_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs() % 1_000_000)
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number\n\n{}", COMMAND.usage_line()))
}
