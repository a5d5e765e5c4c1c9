//! The changes between two documents, in words of the API's users.

mod change;
mod names;
mod operations;
mod schemas;
mod text;
mod view;

use serde_json::Value;

pub use change::{Change, ChangeKind, Impact};
pub use names::PublicNames;

/// The changes between two imported documents.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// Operations, webhooks and component schemas that the API reaches, of the old document.
    pub before: [usize; 3],
    /// The same of the new one.
    pub after: [usize; 3],
    /// All changes.
    pub changes: Vec<Change>,
}

/// Compares two imported documents.
///
/// An operation that `names` does not have is called by its method and path; its area is the path's first segment.
pub fn between(old: &Value, new: &Value, names: &PublicNames) -> Changes {
    let mut changes = Vec::new();
    operations::compare(old, new, names, &mut changes);
    let counts = schemas::compare_components(old, new, names, &mut changes);
    let count = |document: &Value, schemas: usize| {
        let webhooks = crate::areas::members(document, "/x-webhooks").count();
        [crate::areas::operations(document).count(), webhooks, schemas]
    };
    Changes { before: count(old, counts[0]), after: count(new, counts[1]), changes }
}
