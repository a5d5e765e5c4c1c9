//! Object types: definition, table, constructor, setters.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::order;
use crate::config::Names;
use crate::emit::arguments::{self, Argument};
use crate::emit::docs;
use crate::emit::tokens::{Scope, ident, type_ident};
use crate::ir::{Field, FieldForm, Shape, Ty, TypeDef, TypeId};

pub(crate) use crate::ir::MOST_ARGUMENTS;

/// An object type.
pub(super) fn object(scope: Scope<'_>, names: &Names, def: &TypeDef, fields: &[Field]) -> TokenStream {
    let name = type_ident(&def.name);
    let doc = docs::lines(&docs::type_(scope.api, def));
    let own: Vec<&Field> = fields.iter().filter(|field| field.constant.is_none()).collect();
    let members = own.iter().map(|field| {
        let doc = docs::lines(&docs::field(scope.api, field));
        let deprecated = deprecated(scope, def, field);
        let (member, ty) = (ident(&field.rust), field_type(scope, field));
        quote!(#doc #deprecated pub #member: #ty)
    });
    let deprecated = docs::deprecation(scope.api, def.facts.deprecated, def.name.as_str());
    let written = order::written(scope.api, def, &own);
    let table = table(&written, fields);
    let names_of = written.iter().map(|field| ident(&field.rust));
    let methods = methods(scope, names, def, &own);
    let call = call(names, def, &own);
    quote! {
        #doc
        #deprecated
        #[derive(Clone, Default)]
        #[non_exhaustive]
        pub struct #name {
            #(#members,)*
            /// Fields that this version of the crate does not know, and which fields were absent or null.
            pub extra: Extra,
        }
        object!(#name, [#(#table),*], [#(#names_of),*]);
        #methods
        #call
    }
}

/// The id of a tool call, for an object that is one.
fn call(names: &Names, def: &TypeDef, fields: &[&Field]) -> Option<TokenStream> {
    let wire = names.calls.get(def.name.as_str())?;
    let field = fields.iter().find(|field| field.wire == *wire)?;
    let (name, member) = (type_ident(&def.name), ident(&field.rust));
    let id = if field.is_option() { quote!(call.#member.clone().unwrap_or_default()) } else { quote!(&call.#member) };
    Some(quote!(openai_runtime::tool_call!(#name, call => #id);))
}

/// The fields of the table: those of the struct in the order of writing, then the constants.
fn table(written: &[&Field], fields: &[Field]) -> Vec<TokenStream> {
    let own = written.iter().map(|field| {
        let wire = &field.wire;
        let letters = match (field.secret, field.form) {
            (true, _) => ["S", "P"],
            (false, FieldForm::Plain | FieldForm::ToolCallId) => ["R", "O"],
            (false, FieldForm::Json) => ["J", "K"],
            (false, FieldForm::Parts) => ["T", "U"],
            (false, FieldForm::Object) => ["M", "N"],
            (false, FieldForm::Objects) => ["L", "Q"],
        };
        let letter = format_ident!("{}", letters[usize::from(!field.required)]);
        quote!(F(#wire, #letter))
    });
    let constants = fields.iter().filter_map(|field| {
        let (wire, value) = (&field.wire, field.constant.as_ref()?);
        Some(quote!(F(#wire, C(#value))))
    });
    own.chain(constants).collect()
}

/// The type of a struct's field.
pub(super) fn field_type(scope: Scope<'_>, field: &Field) -> TokenStream {
    let ty = scope.labelled(field.label.as_ref()).ty(&field.ty);
    if field.is_option() { quote!(Option<#ty>) } else { ty }
}

/// The arguments of a type's `new`: names.toml's, else its required fields.
pub(in crate::emit) fn arguments<'a>(names: &Names, def: &TypeDef, fields: &[&'a Field]) -> Vec<&'a Field> {
    if let Some(wanted) = names.new.get(def.name.as_str()) {
        let find = |wire: &String| fields.iter().copied().find(|field| field.wire == *wire);
        return wanted.iter().filter_map(find).collect();
    }
    fields.iter().copied().filter(|field| field.required).collect()
}

fn methods(scope: Scope<'_>, names: &Names, def: &TypeDef, fields: &[&Field]) -> TokenStream {
    if !def.in_request {
        return TokenStream::new();
    }
    let name = type_ident(&def.name);
    let arguments = self::arguments(names, def, fields);
    let setters = fields.iter().map(|field| setter(scope, def, field));
    if arguments.len() > MOST_ARGUMENTS {
        let required = format_ident!("{}Required", name);
        let members = arguments.iter().map(|field| {
            let doc = docs::lines(&docs::field(scope.api, field));
            let member = ident(&field.rust);
            let plain = scope.labelled(field.label.as_ref()).ty(&field.ty);
            let ty = if field.required { field_type(scope, field) } else { plain };
            quote!(#doc pub #member: #ty)
        });
        let values = arguments.iter().map(|field| {
            let member = ident(&field.rust);
            if field.required { quote!(#member: required.#member) } else { quote!(#member: Some(required.#member)) }
        });
        let doc = docs::lines(&[format!("The required fields of [`{name}`].")]);
        return quote! {
            #doc
            pub struct #required { #(#members),* }
            impl #name {
                /// Creates a value from its required fields.
                #[must_use]
                pub fn new(required: #required) -> Self { Self { #(#values,)* ..Default::default() } }
                #(#setters)*
            }
        };
    }
    let given = arguments::required(scope, &arguments);
    let (generics, parameters) = (arguments::generics(&given), given.iter().map(Argument::parameter));
    let members = arguments.iter().zip(&given).map(|(field, argument)| {
        let (member, value) = (ident(&field.rust), argument.value(&quote!(extra), &field.wire));
        if member == value.to_string() { quote!(#member) } else { quote!(#member: #value) }
    });
    let texts = names.texts.get(def.name.as_str()).map(|method| {
        let method = format_ident!("{method}");
        quote! {
            impl From<&str> for #name { fn from(value: &str) -> Self { Self::#method(value) } }
            impl From<String> for #name { fn from(value: String) -> Self { Self::#method(value) } }
        }
    });
    let defaults = defaults(scope, names, def, fields);
    let keeps = given.iter().any(Argument::is_given);
    let extra = keeps.then(|| quote!(let mut extra = Extra::default();));
    let kept = keeps.then(|| quote!(extra,));
    let rest = (arguments.len() < fields.len() || !keeps).then(|| quote!(..Default::default()));
    quote! {
        impl #name {
            /// Creates a value from its required fields.
            #[must_use]
            pub fn new #generics(#(#parameters),*) -> Self { #extra Self { #(#members,)* #(#defaults,)* #kept #rest } }
            #(#setters)*
        }
        #texts
    }
}

/// The members with values that names.toml has, because `new` does not take them.
fn defaults(scope: Scope<'_>, names: &Names, def: &TypeDef, fields: &[&Field]) -> Vec<TokenStream> {
    let Some(values) = names.defaults.get(def.name.as_str()) else { return Vec::new() };
    let member = |field: &&Field| {
        let (member, value) = (ident(&field.rust), values.get(&field.wire)?);
        let is_union = |id: &TypeId| matches!(scope.api.get(*id).shape, Shape::Union(_));
        Some(match &field.ty {
            Ty::Named(id) if is_union(id) => {
                let (ty, method) = (scope.ty(&field.ty), format_ident!("{value}"));
                quote!(#member: #ty::#method())
            }
            _ => quote!(#member: #value.into()),
        })
    };
    fields.iter().filter_map(member).collect()
}

/// The attribute of a field or setter that the API has deprecated.
pub(in crate::emit) fn deprecated(scope: Scope<'_>, def: &TypeDef, field: &Field) -> Option<TokenStream> {
    docs::deprecation(scope.api, field.facts.deprecated, &format!("{}.{}", def.name, field.wire))
}

fn setter(scope: Scope<'_>, def: &TypeDef, field: &Field) -> TokenStream {
    let member = ident(&field.rust);
    let argument = arguments::setter(scope, field, member.clone());
    let (parameter, value) = (argument.parameter(), argument.value(&quote!(self.extra), &field.wire));
    let generics = arguments::generics(&[argument]);
    let doc = docs::lines(&[docs::setter(scope.api, field)]);
    let deprecated = deprecated(scope, def, field);
    quote! {
        #doc
        #deprecated
        #[must_use]
        pub fn #member #generics(mut self, #parameter) -> Self { self.#member = #value; self }
    }
}

/// The literal of a table index.
pub(in crate::emit) fn index(value: usize) -> Literal {
    Literal::usize_unsuffixed(value)
}

/// Whether a type's values are made by `new` with so few arguments that a union can offer it under its own name.
pub(super) fn simple_new<'a>(names: &Names, api: &'a crate::ir::Api, ty: &Ty) -> Option<(&'a TypeDef, Vec<&'a Field>)> {
    let id = match ty {
        Ty::Boxed(inner) => inner.named()?,
        Ty::Named(id) => *id,
        _ => return None,
    };
    let def = api.get(id);
    let Shape::Object(fields) = &def.shape else { return None };
    let own: Vec<&Field> = fields.iter().filter(|field| field.constant.is_none()).collect();
    let arguments = arguments(names, def, &own);
    (def.in_request && arguments.len() <= MOST_ARGUMENTS).then_some((def, arguments))
}
