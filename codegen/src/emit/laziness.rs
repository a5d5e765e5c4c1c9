//! Functions that are compiled by the programs that call them.
//!
//! A crate's functions are compiled with the crate, whoever uses them; those that are marked `#[inline]` or have type
//! parameters, with each crate that calls them. A program calls a few of the API's operations.

use syn::{Attribute, FnArg, GenericParam, Generics, ImplItem, Item, Signature, Type, parse_quote};

/// Marks the functions of a file `#[inline]`, unless type parameters have the same effect.
pub(super) fn apply(file: &mut syn::File) {
    for item in &mut file.items {
        match item {
            Item::Fn(function) => mark(&mut function.attrs, &function.sig),
            Item::Impl(block) if !has_types(&block.generics) => {
                for item in &mut block.items {
                    if let ImplItem::Fn(function) = item {
                        mark(&mut function.attrs, &function.sig);
                    }
                }
            }
            _ => {}
        }
    }
}

fn mark(attributes: &mut Vec<Attribute>, signature: &Signature) {
    let is_marked = attributes.iter().any(|attribute| attribute.path().is_ident("inline"));
    if !is_marked && !has_types(&signature.generics) && !signature.inputs.iter().any(is_of_any_type) {
        attributes.push(parse_quote!(#[inline]));
    }
}

fn has_types(generics: &Generics) -> bool {
    generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
}

fn is_of_any_type(argument: &FnArg) -> bool {
    matches!(argument, FnArg::Typed(argument) if matches!(*argument.ty, Type::ImplTrait(_)))
}
