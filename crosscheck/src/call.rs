//! What is compared of an operation.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::Kind;

/// What one side says of an operation.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// In capitals.
    pub method: String,
    /// With `{}` for each parameter.
    pub path: String,
    /// The parameters in the path, in its order, as Rust names.
    pub in_path: Vec<String>,
    /// Names in the query, and whether they are required.
    pub query: BTreeMap<String, bool>,
    /// Whether ours sets the field `stream` itself.
    pub streams: bool,
    /// Names of the headers that are parameters, in small letters.
    pub headers: BTreeSet<String>,
    /// Media type and type of the body.
    pub body: Option<(String, Option<Kind>)>,
    /// What it answers.
    pub output: Option<Kind>,
}
