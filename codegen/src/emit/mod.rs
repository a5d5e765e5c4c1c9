//! IR to files: one call an output.

mod builder;
mod client;
mod contract;
mod docs;
mod features;
mod file;
mod groups;
mod index;
mod list;
mod objects;
mod polling;
mod request;
mod resources;
mod tokens;
mod types;
mod unions;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Names;
use crate::ir::Api;

/// Generated files by their path below the root of the workspace.
pub type Files = BTreeMap<String, String>;

/// Where the raw crate's generated files go.
pub const RAW: &str = "crates/openai-raw/src/generated";

/// Where the mock's generated files go.
pub const MOCK: &str = "crates/openai-ext-mock/src/generated";

/// Where the acceptance crate's generated files go.
pub const ACCEPTANCE: &str = "tests/src/generated";

/// Emits everything.
///
/// # Errors
/// The tokens do not parse: a defect of the emitter, told with the file's name.
pub fn emit(api: &Api, names: &Names, document: &Value) -> Result<Files, String> {
    let mut files = Files::new();
    let groups = groups::group(api, names);
    types::emit(api, names, &groups, &mut files)?;
    resources::emit(api, names, &mut files)?;
    client::emit(api, &mut files)?;
    request::emit(&mut files)?;
    list::emit(&mut files)?;
    index::emit(api, &mut files)?;
    contract::emit(api, names, &mut files)?;
    files.insert(format!("{MOCK}/document.json"), document.to_string());
    files.insert("crates/openai-raw/features.toml".into(), features::emit(api, names));
    Ok(files)
}
