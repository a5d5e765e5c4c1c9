//! IR to files: one call an output.

mod arguments;
mod client;
mod contract;
mod coverage;
mod docs;
mod features;
mod files;
mod gate;
mod imports;
mod index;
mod laziness;
mod reference;
mod resources;
mod tokens;
mod types;

use serde_json::Value;

pub use self::coverage::{DocItem, DocKind, DocSource};
pub use self::files::{ACCEPTANCE, Files, MOCK, RAW};
pub use self::reference::PAGES;
use crate::config::Names;
use crate::ir::Api;

/// Lists everything that has docs.
#[must_use]
pub fn documented(api: &Api, names: &Names) -> Vec<DocItem> {
    coverage::items(api, names)
}

/// Emits everything.
///
/// # Errors
/// The tokens do not parse: a defect of the emitter, told with the file's name.
pub fn emit(api: &Api, names: &Names, document: &Value) -> Result<Files, String> {
    let mut files = Files::new();
    types::emit(api, names, &mut files)?;
    resources::emit(api, names, &mut files)?;
    client::emit(api, &mut files)?;
    index::emit(api, &mut files)?;
    contract::emit(api, names, &mut files)?;
    reference::emit(api, names, &mut files);
    files.insert(format!("{MOCK}/document.json"), document.to_string());
    files.insert("crates/openai-raw/features.toml".into(), features::emit(api, names));
    Ok(files)
}
