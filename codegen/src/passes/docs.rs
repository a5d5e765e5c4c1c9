//! Our own sentences find their types, fields and operations.

use std::collections::BTreeSet;

use super::report::PassReport;
use crate::docs::Docs;
use crate::ir::{Api, Shape};

/// Attaches docs.yaml's entries. One that names nothing is reported: a renamed type must take its docs along.
pub(super) fn run(api: &mut Api, docs: &Docs, report: &mut PassReport) -> Result<(), String> {
    let mut used = BTreeSet::new();
    let mut take = |name: String| -> Option<String> {
        let prose = docs.entries.get(&name)?.clone();
        used.insert(name);
        Some(prose)
    };
    for def in api.types.iter_mut().filter(|def| !def.areas.is_empty()) {
        let name = def.name.as_str().to_owned();
        def.prose = take(name.clone());
        if let Shape::Object(fields) = &mut def.shape {
            for field in fields {
                field.prose = take(format!("{name}.{}", field.wire));
            }
        }
    }
    for operation in &mut api.operations {
        operation.prose = take(format!("{}.{}", operation.resource, operation.verb));
    }
    for name in docs.entries.keys().filter(|name| !used.contains(*name)) {
        report.to_do(format!("docs: {name:?} of docs.yaml names nothing"));
    }
    Ok(())
}
