//! Events of streams that the document tells of: types that a stream can have.

use super::report::PassReport;
use crate::ir::{Api, Ty};

/// Gives each stream of a lenient generation events of a type of the API, of any JSON, or of text.
pub(super) fn run(api: &mut Api, report: &PassReport) {
    if !report.is_lenient() {
        return;
    }
    let streams = api.operations.iter_mut().filter_map(|operation| operation.stream.as_mut());
    streams.for_each(|stream| stream.event = event(&stream.event));
}

fn event(ty: &Ty) -> Ty {
    match ty {
        Ty::Named(_) | Ty::Any | Ty::FreeObject | Ty::String => ty.clone(),
        Ty::File => Ty::String,
        Ty::Nullable(inner) | Ty::Boxed(inner) => event(inner),
        _ => Ty::Any,
    }
}
