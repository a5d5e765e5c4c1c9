//! The bounds of the core paths, which are kept in the repository so that no later change loses what was won.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::report::Table;
use super::{FOLDER, build, counts, grouped, rustc};
use crate::workspace::{program, root, say};

/// A path may take this much more than its bound, in parts of a thousand.
const SLACK: u64 = 30;

/// So many allocations more or less say nothing: they depend on how the reads of a stream fall.
const FEW: u64 = 2;

/// The cost of one run of a path.
#[derive(Clone, Copy)]
struct Cost {
    instructions: u64,
    allocations: u64,
}

type Costs = BTreeMap<String, Cost>;

/// Compares the paths with their bounds.
///
/// # Errors
/// A path takes more than its bound, has none, or cannot be measured.
pub fn check() -> Result<(), String> {
    let bounds = Bounds::read()?;
    let costs = measure()?;
    let mut failed = Vec::new();
    let same_compiler = bounds.rustc == rustc()?;
    if !same_compiler {
        say(&format!("instructions: NOT CHECKED, the bounds are those of rustc {}", bounds.rustc));
    }
    for (name, cost) in &costs {
        let Some(bound) = bounds.costs.get(name) else {
            failed.push(format!("{name} has no bound"));
            continue;
        };
        let instructions = judge(cost.instructions, bound.instructions);
        let is_near = cost.allocations.abs_diff(bound.allocations) <= FEW;
        let allocations = if is_near { "" } else { judge(cost.allocations, bound.allocations) };
        say(&format!(
            "{name:26} {:>11} instructions, bound {:>11}{instructions}; {:>6} allocations, bound {:>6}{allocations}",
            cost.instructions, bound.instructions, cost.allocations, bound.allocations
        ));
        if (same_compiler && instructions == ABOVE) || allocations == ABOVE {
            failed.push(name.clone());
        }
    }
    failed.extend(bounds.costs.keys().filter(|name| !costs.contains_key(*name)).map(|name| format!("{name} is gone")));
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "above the bounds of {}: {}. Make the path as fast as it was, or say in the commit why it costs more and run \
         `cargo xtask bench --record`",
        path().display(),
        failed.join(", ")
    ))
}

const ABOVE: &str = " ABOVE";

fn judge(cost: u64, bound: u64) -> &'static str {
    match cost * 1_000 {
        cost if cost > bound * (1_000 + SLACK) => ABOVE,
        cost if cost < bound * (1_000 - SLACK) => " below: record it",
        _ => "",
    }
}

/// Writes what the paths take as their bounds.
///
/// # Errors
/// A path cannot be measured, or the file cannot be written.
pub fn record() -> Result<(), String> {
    let mut text = format!(
        "# Instructions and allocations of one run of each core path, written by `cargo xtask bench --record`.\n\
         # `cargo xtask bench --bounds` fails when a path takes more than 3% more.\n\
         rustc = \"{}\"\n",
        rustc()?
    );
    for (name, cost) in measure()? {
        let _ = write!(text, "\n[{name}]\ninstructions = {}\nallocations = {}\n", cost.instructions, cost.allocations);
    }
    let path = path();
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Returns what the paths take as a table.
///
/// # Errors
/// A path cannot be measured.
pub fn table() -> Result<Table, String> {
    let mut table = Table::new("Core paths", &["Path", "Instructions", "Allocations"]);
    for (name, cost) in measure()? {
        table.row(&[&format!("`{name}`"), &grouped(cost.instructions), &grouped(cost.allocations)]);
    }
    Ok(table)
}

fn measure() -> Result<Costs, String> {
    let path = build("instructions", "release")?;
    let listed = program(&path.display().to_string()).arg("list").output();
    let listed = listed.map_err(|error| format!("{}: {error}", path.display()))?;
    let mut costs = Costs::new();
    for line in String::from_utf8_lossy(&listed.stdout).lines() {
        let (name, runs) = line.split_once(' ').ok_or("`instructions list` prints names and counts")?;
        let runs = runs.parse().map_err(|_| format!("{runs} is no count"))?;
        let counted = counts::each(runs, |runs| counts::count(&path, &[name, &runs.to_string()]))?;
        let allocations = counted.output.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        let allocations = allocations.ok_or_else(|| format!("{name} printed no allocations"))?;
        costs.insert(name.to_owned(), Cost { instructions: counted.instructions, allocations });
    }
    Ok(costs)
}

struct Bounds {
    rustc: String,
    costs: Costs,
}

impl Bounds {
    fn read() -> Result<Self, String> {
        let path = path();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let table: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
        let number = |value: &toml::Value, name: &str| {
            let number = value.get(name).and_then(toml::Value::as_integer);
            number.and_then(|number| u64::try_from(number).ok())
        };
        let mut bounds = Self { rustc: String::new(), costs: Costs::new() };
        for (name, value) in &table {
            if let Some(rustc) = value.as_str() {
                rustc.clone_into(&mut bounds.rustc);
                continue;
            }
            let numbers = number(value, "instructions").zip(number(value, "allocations"));
            let (instructions, allocations) =
                numbers.ok_or_else(|| format!("{}: {name} wants instructions and allocations", path.display()))?;
            bounds.costs.insert(name.clone(), Cost { instructions, allocations });
        }
        Ok(bounds)
    }
}

fn path() -> PathBuf {
    root().join(FOLDER).join("instructions/bounds.toml")
}
