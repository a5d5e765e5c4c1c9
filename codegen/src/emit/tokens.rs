//! Types and arguments as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::ir::{Api, Operation, RustIdent, Ty, TypeName, pascal, snake};

/// An identifier token.
pub(super) fn ident(name: &RustIdent) -> Ident {
    match name.as_str().strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(name.as_str(), Span::call_site()),
    }
}

/// An identifier token of plain text.
pub(super) fn plain(name: &str) -> Ident {
    ident(&RustIdent::field(name))
}

/// A type's name as a token.
pub(super) fn type_ident(name: &TypeName) -> Ident {
    Ident::new(name.as_str(), Span::call_site())
}

/// The name of a resource's handle.
pub(super) fn handle_name(segment: &str) -> Ident {
    format_ident!("{}", pascal(segment))
}

/// The path of an operation's marker type below `resources`.
pub(super) fn marker(operation: &Operation) -> TokenStream {
    let modules = operation.resource.split('.').map(|segment| plain(&snake(segment)));
    let name = format_ident!("{}Operation", handle_name(&operation.verb));
    quote!(#(#modules::)* #name)
}

/// A file's way to refer to the API's types: bare among themselves, by module elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub api: &'a Api,
    pub qualified: bool,
    /// The name to show for the named type inside, where a field has one of its own.
    pub label: Option<&'a TypeName>,
}

impl<'a> Scope<'a> {
    /// The scope of one field.
    pub(super) fn labelled(self, label: Option<&'a TypeName>) -> Self {
        Self { label, ..self }
    }

    /// The Rust type.
    pub(super) fn ty(&self, ty: &Ty) -> TokenStream {
        match ty {
            Ty::String => quote!(String),
            Ty::Integer => quote!(i64),
            Ty::Number => quote!(f64),
            Ty::Boolean => quote!(bool),
            Ty::Any | Ty::FreeObject => quote!(Value),
            Ty::File => quote!(InputFile),
            Ty::Floats => quote!(openai_runtime::json::FloatVector),
            Ty::List(inner) => {
                let inner = self.ty(inner);
                quote!(Vec<#inner>)
            }
            Ty::Map(inner) => {
                let inner = self.ty(inner);
                quote!(Map<#inner>)
            }
            Ty::Nullable(inner) => {
                let inner = self.ty(inner);
                quote!(Option<#inner>)
            }
            Ty::Boxed(inner) => {
                let inner = self.ty(inner);
                quote!(Box<#inner>)
            }
            Ty::Named(id) => {
                let name = type_ident(self.label.unwrap_or(&self.api.get(*id).name));
                if self.qualified { quote!(types::#name) } else { quote!(#name) }
            }
        }
    }
}
