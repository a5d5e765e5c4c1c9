//! List responses that differ in their items only are one generic type.

use super::{Field, Shape, Ty, TypeDef};

/// The item's type, if a type is a list as most list operations answer it.
#[must_use]
pub fn list_item(def: &TypeDef) -> Option<&Ty> {
    let Shape::Object(fields) = &def.shape else { return None };
    let find = |wire: &str| fields.iter().find(|field| field.wire == wire);
    let usual = |field: &Field| match field.wire.as_str() {
        "object" => field.constant.as_deref() == Some("list") || field.constant.is_none() && field.ty == Ty::String,
        "data" => field.required && !field.nullable,
        "has_more" => field.required && field.ty == Ty::Boolean && !field.nullable,
        "first_id" | "last_id" => field.ty == Ty::String,
        _ => false,
    };
    if def.in_request || !fields.iter().all(usual) || find("has_more").is_none() || find("object").is_none() {
        return None;
    }
    match &find("data")?.ty {
        Ty::List(item) => Some(item),
        _ => None,
    }
}
