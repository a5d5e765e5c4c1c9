//! `From` a text, for the unions of names.toml that a text stands for.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::objects;
use crate::config::Names;
use crate::emit::tokens::{Scope, ident, plain, type_ident};
use crate::ir::{Shape, Ty, TypeDef, Union, Variant};

/// `From` a text: one of the values that an enum has, the tag of a form that has nothing else, or what the constructor takes.
pub(super) fn conversions(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> Option<TokenStream> {
    let name = type_ident(&def.name);
    let method = plain(names.texts.get(def.name.as_str())?);
    let known = union.variants.iter().find_map(|variant| {
        let Ty::Named(id) = &variant.ty else { return None };
        let def = scope.api.get(*id);
        matches!(def.shape, Shape::Enum(_)).then(|| (ident(&variant.rust), type_ident(&def.name)))
    });
    let forms = forms(scope, names, def, union);
    let Some((label, values)) = known else {
        return Some(from_both(&name, &quote!(Self::#method(value))));
    };
    if forms.is_empty() {
        return Some(from_both(
            &name,
            &quote! {
                match #values::from(value) {
                    #values::Unknown(text) => Self::#method(String::from(text)),
                    known => Self::#label(known),
                }
            },
        ));
    }
    Some(quote! {
        impl From<&str> for #name { fn from(value: &str) -> Self { Self::from(value.to_owned()) } }
        impl From<String> for #name {
            fn from(value: String) -> Self {
                match value.as_str() {
                    #(#forms)*
                    _ => match #values::from(value) {
                        #values::Unknown(text) => Self::#method(String::from(text)),
                        known => Self::#label(known),
                    },
                }
            }
        }
    })
}

fn from_both(name: &Ident, value: &TokenStream) -> TokenStream {
    quote! {
        impl From<&str> for #name { fn from(value: &str) -> Self { #value } }
        impl From<String> for #name { fn from(value: String) -> Self { #value } }
    }
}

/// The arms for the tags of forms that have no other field: the tag means the form.
fn forms(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> Vec<TokenStream> {
    let form = |(index, variant): (usize, &Variant)| {
        let is_own =
            |(tag, candidates): (&String, &Vec<usize>)| (candidates.as_slice() == [index]).then(|| tag.clone());
        let mut tags: Vec<String> = union.plan.tags.iter().filter_map(is_own).collect();
        let (_, arguments) = objects::simple_new(names, scope.api, &variant.ty)?;
        let method = plain(variant.rust.plain());
        let value = match arguments.as_slice() {
            [] => quote!(Self::#method()),
            [tag] if Some(&tag.wire) == union.plan.tag.as_ref() => {
                tags.extend(names.hosted.get(def.name.as_str()).into_iter().flatten().cloned());
                quote!(Self::#method(value))
            }
            _ => return None,
        };
        tags.sort();
        tags.dedup();
        (!tags.is_empty()).then(|| quote!(#(#tags)|* => #value,))
    };
    union.variants.iter().enumerate().filter_map(form).collect()
}
