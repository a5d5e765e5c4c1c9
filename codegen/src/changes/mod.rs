//! The changes between two documents, in words of the API's users.

mod change;
mod operations;
mod schemas;
mod text;
mod view;

use std::collections::BTreeMap;

use serde_json::Value;

pub use change::{Change, ChangeKind};

use crate::areas::AreaMap;

/// The changes between two imported documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// Operations, webhooks and component schemas of the old document.
    pub before: [usize; 3],
    /// The same of the new one.
    pub after: [usize; 3],
    /// All changes, breaking or not.
    pub changes: Vec<Change>,
}

/// Compares two imported documents. `named` gives an operation's area by its operationId; the path's first segment is
/// the area of the others.
pub fn between(old: &Value, new: &Value, named: &BTreeMap<String, String>) -> Changes {
    let mut changes = Vec::new();
    operations::compare(old, new, named, &mut changes);
    schemas::compare_components(old, new, &AreaMap::of(old, named), &AreaMap::of(new, named), &mut changes);
    Changes { before: counts(old), after: counts(new), changes }
}

fn counts(document: &Value) -> [usize; 3] {
    let size = |pointer| crate::areas::members(document, pointer).count();
    [crate::areas::operations(document).count(), size("/x-webhooks"), size("/components/schemas")]
}
