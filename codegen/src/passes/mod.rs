//! The passes, in the order in which they run. Each changes the IR and says what it did.

mod aliases;
mod boxing;
mod constants;
mod docs;
mod merge;
mod naming;
mod pagination;
mod plans;
mod polling;
mod reach;
mod report;
mod secrets;
mod simplify;
mod validate;

use crate::config::Names;
use crate::docs::Docs;
use crate::ir::Api;

pub use reach::{distances, references};
pub use report::PassReport;

/// Runs all passes.
///
/// # Errors
/// What a pass finds wrong with the document, with names.toml or with docs.yaml.
pub fn run(api: &mut Api, names: &Names, docs: &Docs) -> Result<PassReport, String> {
    let mut report = PassReport::default();
    aliases::run(api)?;
    simplify::run(api, &mut report)?;
    constants::run(api, &mut report);
    reach::run(api, names);
    naming::run(api, names, &mut report)?;
    merge::run(api, &mut report);
    reach::run(api, names);
    merge::settle(api);
    secrets::run(api, names, &mut report);
    plans::run(api, &mut report);
    boxing::run(api, &mut report);
    pagination::run(api, &mut report);
    polling::run(api, names, &mut report)?;
    docs::run(api, docs, &mut report)?;
    validate::run(api)?;
    Ok(report)
}
