//! The Cargo features of the raw crate.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::config::Names;
use crate::ir::Api;

/// The `[features]` table: one feature an area, `full` for all.
pub(super) fn emit(api: &Api, names: &Names) -> String {
    let mut areas: BTreeSet<String> = api.operations.iter().map(|operation| operation.area.clone()).collect();
    areas.extend(api.types.iter().flat_map(|def| def.areas.iter().cloned()));
    let quoted = |areas: &mut dyn Iterator<Item = &String>| {
        areas.map(|area| format!("\"{area}\"")).collect::<Vec<_>>().join(", ")
    };
    let mut out = String::from("[features]\n");
    // A document that lacks a default area (an older one) must still make a crate.
    let _ =
        writeln!(out, "default = [{}]", quoted(&mut names.areas.default.iter().filter(|area| areas.contains(*area))));
    let _ = writeln!(out, "full = [{}]", quoted(&mut areas.iter()));
    for area in &areas {
        let _ = writeln!(out, "{area} = []");
    }
    // No area, and so not part of `full`: it starts threads.
    out.push_str("blocking = [\"openai-runtime/blocking\"]\n");
    out
}
