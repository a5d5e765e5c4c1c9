//! Values known beforehand: the request's own words come back in the answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::validate;

/// Values to use where they fit.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// Used by name in the outermost object: what the request said (`metadata`, `name`, `instructions`, …).
    pub(crate) outer: Map<String, Value>,
    /// Used by name at any depth: path parameters and the model.
    pub(crate) anywhere: Map<String, Value>,
    /// The number of items that a list of the outermost object has.
    pub(crate) lengths: BTreeMap<&'static str, u64>,
    /// True for schemas of users, whose names mean nothing here and whose optional fields are best all made.
    pub(crate) foreign: bool,
}

impl Hints {
    pub(super) fn find(&self, name: &str, depth: usize, root: &Value, schemas: &[&Value]) -> Option<Value> {
        let outer = if depth == 1 { self.outer.get(name) } else { None };
        let candidates = outer.into_iter().chain(self.anywhere.get(name)).filter(|value| !value.is_null());
        let fits = |value: &&Value| schemas.iter().all(|schema| validate::check(root, schema, value).is_ok());
        candidates.into_iter().find(fits).cloned()
    }

    /// The number of items to put into the list of this name.
    pub(super) fn length(&self, name: &str, depth: usize) -> u64 {
        let known = if depth == 1 { self.lengths.get(name) } else { None };
        known.copied().unwrap_or(if depth == 1 && name == "data" { 2 } else { 1 })
    }
}

/// Fields that stay empty where they may: an answer with all of them would tell of a run that failed, expired and was
/// cancelled, and of a next page that is not there.
pub(super) fn is_quiet(name: &str) -> bool {
    const QUIET: [&str; 22] = [
        "after",
        "archived_at",
        "before",
        "cancelled_at",
        "cancelling_at",
        "deleted_at",
        "error",
        "error_file_id",
        "errors",
        "expired_at",
        "failed_at",
        "incomplete_at",
        "incomplete_details",
        "last_error",
        "next",
        "next_page",
        "refusal",
        "required_action",
        "revoked_at",
        "status_details",
        "warnings",
        "x_error",
    ];
    QUIET.contains(&name)
}

/// Fields that are made even where they may be left out, because an answer without them says nothing.
pub(super) fn is_telling(name: &str) -> bool {
    ["id", "object", "data", "status", "first_id", "last_id", "has_more", "deleted", "b64_json", "usage"]
        .contains(&name)
}
