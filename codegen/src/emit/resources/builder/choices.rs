//! The choices of an event, whose finish reasons tell when a stream without an end marker is whole.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::tokens::Scope;
use crate::ir::{Field, Shape, Ty};

/// The method that notes the choices of an event, if it has some: a list of objects with an index and a finish reason.
pub(super) fn noted(scope: Scope<'_>, event: &Ty) -> Option<TokenStream> {
    let choices = field(scope, event, "choices").filter(|field| matches!(field.ty, Ty::List(_)))?;
    let index = field(scope, &choices.ty, "index").filter(|field| field.ty == Ty::Integer)?;
    field(scope, &choices.ty, "finish_reason")?;
    if !(choices.required && index.required) || choices.nullable || index.nullable {
        return None;
    }
    Some(quote! {
        fn note_choices(&self, progress: &mut ChoiceProgress) {
            for choice in &self.choices {
                progress.note_reason(choice.index.max(0), &choice.finish_reason);
            }
        }
    })
}

/// The field of this name of an object.
fn field<'a>(scope: Scope<'a>, ty: &Ty, name: &str) -> Option<&'a Field> {
    let Shape::Object(fields) = &scope.api.get(ty.named()?).shape else { return None };
    fields.iter().find(|field| field.wire == name && field.rust.to_string() == name)
}
