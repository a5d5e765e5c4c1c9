//! The parts of an operation that are compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::Kind;

/// The facts of one side about an operation.
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
    /// True if ours sets the field `stream` itself.
    pub streams: bool,
    /// Names of the headers that are parameters, in small letters.
    pub headers: BTreeSet<String>,
    /// Media type and type of the body.
    pub body: Option<(String, Option<Kind>)>,
    /// The type of the response.
    pub output: Option<Kind>,
}
