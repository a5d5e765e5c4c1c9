//! What the emitter relies on.

use std::collections::BTreeSet;

use crate::ir::{Api, Shape};

/// The runtime notes what an object read in sets of this many bits.
const MOST_FIELDS: usize = 128;

/// A union's candidates are bytes.
const MOST_VARIANTS: usize = 255;

/// Checks it.
pub(super) fn run(api: &Api) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for def in api.types.iter().filter(|def| !def.areas.is_empty()) {
        if !names.insert(def.name.as_str()) {
            return Err(format!("two types are called {}: name one of them in codegen/names.toml", def.name));
        }
        match &def.shape {
            Shape::Object(fields) if fields.len() > MOST_FIELDS => {
                return Err(format!("{} has {} fields; at most {MOST_FIELDS} can be read", def.name, fields.len()));
            }
            Shape::Union(union) if union.variants.len() > MOST_VARIANTS => {
                return Err(format!("{} has more than {MOST_VARIANTS} variants", def.name));
            }
            _ => {}
        }
    }
    for alias in &api.aliases {
        if !names.insert(alias.name.as_str()) {
            return Err(format!("two types are called {}: name one of them in codegen/names.toml", alias.name));
        }
    }
    Ok(())
}
