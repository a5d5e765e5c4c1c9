//! Types and arguments as tokens.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::ir::{Api, Operation, RustIdent, Ty, TypeName, is_taken_module, is_taken_root, pascal, snake};

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

/// The name of a module, as an identifier; `file_stem` is that of its file.
pub(super) fn module(name: &str) -> Ident {
    if is_taken_module(name) { Ident::new(&format!("{name}_"), Span::call_site()) } else { plain(name) }
}

/// The name of a module's file without its extension.
pub(super) fn file_stem(name: &str) -> String {
    module(name).to_string().trim_start_matches("r#").to_owned()
}

/// The method that gives a resource's handle; at the root the client has methods of its own.
pub(super) fn accessor(segment: &str, is_root: bool) -> Ident {
    if is_root && is_taken_root(segment) { plain(&format!("{segment}_resource")) } else { plain(segment) }
}

/// The name of a resource's handle, by the resource's path.
pub(super) fn handle_name(api: &Api, path: &str) -> Ident {
    api.handles.get(path).map_or_else(|| format_ident!("{}", pascal(path)), type_ident)
}

/// The path of an operation's marker type below `resources`.
pub(super) fn marker(operation: &Operation) -> TokenStream {
    let modules = operation.resource.split('.').map(|segment| module(&snake(segment)));
    let name = type_ident(&operation.names.marker);
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
