//! A field that can have one value only is no field: it is written and checked.

use crate::ir::{Api, Shape, Ty};
use crate::passes::report::PassReport;

/// Marks such fields. An optional one counts if its name says what an object is; any other optional one is a choice.
pub(in crate::passes) fn run(api: &mut Api, report: &mut PassReport) {
    let words: Vec<Option<String>> = api.types.iter().map(|def| only_value(&def.shape)).collect();
    let mut count = 0;
    for def in &mut api.types {
        let Shape::Object(fields) = &mut def.shape else { continue };
        for field in fields {
            let Ty::Named(id) = field.ty else { continue };
            let names_kind = ["type", "object", "role"].contains(&field.wire.as_str());
            if (field.required || names_kind) && !field.nullable {
                field.constant.clone_from(&words[id.0]);
                count += usize::from(field.constant.is_some());
            }
        }
    }
    report.add(format!("constants: {count} fields have one value only"));
}

fn only_value(shape: &Shape) -> Option<String> {
    match shape {
        Shape::Enum(values) if values.len() == 1 => values.first().map(|value| value.wire.clone()),
        _ => None,
    }
}
