//! What the emitter relies on.

use std::collections::BTreeSet;

use super::report::PassReport;
use crate::ir::{Api, Field, Operation, Response, SchemaOrigin, Shape, Ty, TypeId};

/// The runtime notes what an object read in sets of this many bits.
const MOST_FIELDS: usize = 128;

/// A union's candidates are bytes.
const MOST_VARIANTS: usize = 255;

/// Takes out what is beyond these limits, where that is allowed: such a field stays in `extra`, such a form is `Unknown`.
///
/// # Errors
/// The generation is strict.
pub(super) fn limit(api: &mut Api, report: &mut PassReport) -> Result<(), String> {
    for id in api.ids() {
        match &api.get(id).shape {
            Shape::Object(fields) if fields.len() > MOST_FIELDS => {
                // What a value has to have comes first.
                let needed = |field: &Field| field.required || field.constant.is_some();
                let room = MOST_FIELDS.saturating_sub(fields.iter().filter(|field| needed(field)).count());
                let (mut kept, mut optional) = (0, 0);
                let keep = |field: &Field| {
                    optional += usize::from(!needed(field));
                    let fits = kept < MOST_FIELDS && (needed(field) || optional <= room);
                    kept += usize::from(fits);
                    fits
                };
                let (kept, lost): (Vec<Field>, Vec<Field>) = fields.iter().cloned().partition(keep);
                for field in lost {
                    let reason = format!("an object has {MOST_FIELDS} fields at most: this one is in `extra`, as JSON");
                    let place = format!("{}/properties/{}", place(api, id), escaped(&field.wire));
                    report.pass_over(place, reason)?;
                }
                api.get_mut(id).shape = Shape::Object(kept);
            }
            Shape::Union(union) if union.variants.len() > MOST_VARIANTS => {
                let place = place(api, id);
                for index in MOST_VARIANTS..union.variants.len() {
                    let reason = format!("form {} of a union: beyond {MOST_VARIANTS} it is `Unknown`", index + 1);
                    report.pass_over(place.clone(), reason)?;
                }
                if let Shape::Union(union) = &mut api.get_mut(id).shape {
                    union.variants.truncate(MOST_VARIANTS);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The JSON pointer of a type, as far as it is known: that of an operation's own type is its name.
fn place(api: &Api, id: TypeId) -> String {
    let (mut at, mut way) = (id, String::new());
    // No type is in itself; the bound is for a document that says so.
    for _ in 0..api.types.len() {
        match &api.get(at).origin {
            SchemaOrigin::Component(name) => return format!("/components/schemas/{}{way}", escaped(name)),
            SchemaOrigin::Inline { owner, path } => {
                let steps = path.replace("[]", "/items").replace("{}", "/additionalProperties");
                way = format!("{}{way}", steps.replace('.', "/properties/").replace('|', "/oneOf"));
                at = *owner;
            }
            SchemaOrigin::Webhooks(name) => return format!("{name}{way}"),
            SchemaOrigin::Operation(name) => {
                return api.operations.iter().find_map(|operation| in_operation(operation, at)).unwrap_or(name.clone())
                    + &way;
            }
        }
    }
    way
}

/// The JSON pointer of an operation's own type.
fn in_operation(operation: &Operation, id: TypeId) -> Option<String> {
    let is_it = |ty: &Ty| ty.named() == Some(id);
    let base = format!("/paths/{}/{}", escaped(&operation.path), operation.method.to_lowercase());
    if let Some(body) = operation.body.as_ref().filter(|body| is_it(&body.ty)) {
        let media = body.media.first().map(|media| escaped(media)).unwrap_or_default();
        return Some(format!("{base}/requestBody/content/{media}/schema"));
    }
    match &operation.response {
        Response::Json(ty) if is_it(ty) => Some(format!("{base}/responses")),
        _ => operation.parameters.iter().any(|one| is_it(&one.field.ty)).then(|| format!("{base}/parameters")),
    }
}

/// A token of a JSON pointer.
fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// Checks it.
pub(super) fn run(api: &Api) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for def in api.types.iter().filter(|def| !def.areas.is_empty()) {
        if !names.insert(def.name.as_str()) {
            return Err(format!("two types are called {}: name one of them in codegen/names.toml", def.name));
        }
        match &def.shape {
            Shape::Object(fields) if fields.len() > MOST_FIELDS => {
                return Err(format!("{} has {} fields; at most {MOST_FIELDS} can be read", def.name, fields.len()));
            }
            Shape::Union(union) if union.variants.len() > MOST_VARIANTS => {
                return Err(format!("{} has more than {MOST_VARIANTS} variants", def.name));
            }
            _ => {}
        }
    }
    for alias in &api.aliases {
        if !names.insert(alias.name.as_str()) {
            return Err(format!("two types are called {}: name one of them in codegen/names.toml", alias.name));
        }
    }
    Ok(())
}
