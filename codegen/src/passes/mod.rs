//! The passes, in the order in which they run. Each changes the IR and says what it did.

mod aliases;
mod boxing;
mod docs;
mod marks;
mod merge;
mod naming;
mod pagination;
mod plans;
mod polling;
mod reach;
mod report;
mod review;
mod simplify;
mod validate;

use crate::config::Names;
use crate::docs::Docs;
use crate::ir::Api;

pub use docs::DocsCheck;
pub use reach::{distances, references};
pub use report::{PassReport, ReportLine};

/// Runs all passes, and returns what is wrong with docs.
///
/// # Errors
/// A pass finds a fault of the document or of names.toml.
pub fn run(api: &mut Api, names: &Names, docs: &Docs, report: &mut PassReport) -> Result<DocsCheck, String> {
    aliases::run(api)?;
    simplify::run(api, report)?;
    aliases::webhooks(api, report)?;
    simplify::constants::run(api, report);
    if report.is_lenient() {
        validate::limit(api, report)?;
    }
    reach::run(api, names);
    naming::run(api, names, report)?;
    naming::calls::run(api);
    merge::run(api, names, report);
    reach::run(api, names);
    merge::settle(api);
    marks::run(api, names, report);
    plans::run(api, report);
    boxing::run(api, names, report);
    pagination::run(api, report);
    polling::run(api, names, report)?;
    let checked = docs::run(api, docs);
    validate::run(api)?;
    review::run(api, names, report);
    Ok(checked)
}
