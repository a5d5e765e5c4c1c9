//! The setters of a union: those of what its variants hold, so that one that a constructor made can be set further.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::config::Names;
use crate::emit::arguments;
use crate::emit::docs;
use crate::emit::tokens::{Scope, ident, type_ident};
use crate::ir::{Field, Shape, Ty, TypeDef, Union, Variant};

/// The setters of a union that names.toml lists. `taken` are the names of its constructors.
pub(super) fn setters(
    scope: Scope<'_>,
    names: &Names,
    def: &TypeDef,
    union: &Union,
    taken: &BTreeSet<String>,
) -> TokenStream {
    if !names.setters.iter().any(|name| name == def.name.as_str()) {
        return TokenStream::new();
    }
    let name = type_ident(&def.name);
    let held: Vec<(&Variant, Vec<&Field>)> =
        union.variants.iter().filter_map(|variant| Some((variant, fields(scope, &variant.ty)?))).collect();
    let mut done = BTreeSet::new();
    let mut methods = Vec::new();
    for field in held.iter().flat_map(|(_, fields)| fields) {
        let is_tag = union.plan.tag.as_ref() == Some(&field.wire);
        if !is_tag && !taken.contains(field.rust.as_str()) && done.insert(field.rust.as_str()) {
            methods.push(method(scope, field, &held));
        }
    }
    let refusals = held.iter().map(|(variant, _)| {
        let label = ident(&variant.rust);
        quote!(Self::#label(value) => value.extra.refuse(field, error),)
    });
    quote! {
        impl #name {
            #(#methods)*
            /// Records that this form has no such field; the record becomes the error of the call.
            fn refuse(&mut self, field: &'static str) {
                let error = InputError::new("this form has no such field: take the setter away, or set it on another form");
                match self {
                    #(#refusals)*
                    _ => {}
                }
            }
        }
    }
}

fn method(scope: Scope<'_>, field: &Field, held: &[(&Variant, Vec<&Field>)]) -> TokenStream {
    let name = ident(&field.rust);
    let argument = arguments::setter(scope, field, name.clone());
    let alike = |other: &Field| {
        let other = arguments::setter(scope, other, name.clone());
        other.parameter().to_string() == argument.parameter().to_string()
    };
    let having = held.iter().filter_map(|(variant, fields)| {
        let own = fields.iter().find(|other| other.rust == field.rust && alike(other))?;
        Some((*variant, *own))
    });
    let having: Vec<(&Variant, &Field)> = having.collect();
    let forms: Vec<String> = having.iter().map(|(variant, _)| format!("`{}`", variant.rust.as_str())).collect();
    let doc = docs::lines(&[format!(
        "{} Only {} {} this field; on another form the call fails before it is sent.",
        docs::setter(scope.api, field),
        forms.join(", "),
        if forms.len() == 1 { "has" } else { "have" },
    )]);
    let parameter = argument.parameter();
    let arms = having.iter().map(|(variant, _)| {
        let label = ident(&variant.rust);
        let value = argument.value(&quote!(value.extra), &field.wire);
        quote!(Self::#label(value) => value.#name = #value,)
    });
    let arms: Vec<TokenStream> = arms.collect();
    let generics = arguments::generics(&[argument]);
    let wire = &field.wire;
    quote! {
        #doc
        #[must_use]
        pub fn #name #generics(mut self, #parameter) -> Self {
            match &mut self {
                #(#arms)*
                other => other.refuse(#wire),
            }
            self
        }
    }
}

/// The fields of the object that a variant holds.
fn fields<'a>(scope: Scope<'a>, ty: &Ty) -> Option<Vec<&'a Field>> {
    let id = match ty {
        Ty::Boxed(inner) => inner.named()?,
        ty => ty.named()?,
    };
    match &scope.api.get(id).shape {
        Shape::Object(fields) => Some(fields.iter().filter(|field| field.constant.is_none()).collect()),
        _ => None,
    }
}
