//! Union types: definition, plan, conversions, constructors.

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{objects, setters, texts};
use crate::config::Names;
use crate::emit::arguments::{self, Argument};
use crate::emit::docs;
use crate::emit::gate::Gate;
use crate::emit::tokens::{Scope, ident, plain, type_ident};
use crate::ir::{Field, Shape, Ty, TypeDef, Union, UnionPlan, snake};

/// A union type.
pub(super) fn union(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> TokenStream {
    let name = type_ident(&def.name);
    let doc = docs::lines(&docs::type_(scope.api, def));
    let variants = union.variants.iter().map(|variant| {
        let (ty, label) = (scope.labelled(variant.label.as_ref()).ty(&variant.ty), ident(&variant.rust));
        let doc = docs::lines(&[docs::form(scope.api, union, variant)]);
        quote!(#doc #label(#ty))
    });
    let plan = plan(&union.plan);
    let table = union.variants.iter().enumerate().map(|(index, variant)| {
        let (index, label) = (objects::index(index), ident(&variant.rust));
        quote!(#index: #label)
    });
    let conversions = if def.in_request { conversions(scope, names, def, union) } else { TokenStream::new() };
    let constructors = if def.in_request { constructors(scope, names, def, union) } else { TokenStream::new() };
    let convert = convert(scope, names, def);
    let call = call(names, def, union);
    let inputs = if def.in_request { inputs(scope, names, def, union) } else { TokenStream::new() };
    quote! {
        #doc
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            /// A form that this version of the crate does not know.
            Unknown(Value),
        }
        union!(#name, #plan, { #(#table),* });
        #constructors
        #conversions
        #inputs
        #call
        #convert
    }
}

fn plan(plan: &UnionPlan) -> TokenStream {
    let list = |name: &str, candidates: &[usize]| {
        let name = plain(name);
        let candidates = indices(candidates);
        quote!(#name: #candidates,)
    };
    let lists = [
        ("untagged", &plan.untagged),
        ("other", &plan.other),
        ("string", &plan.string),
        ("number", &plan.number),
        ("boolean", &plan.boolean),
        ("array", &plan.array),
    ];
    let lists = lists.iter().filter(|(_, candidates)| !candidates.is_empty());
    let lists = lists.map(|(name, candidates)| list(name, candidates));
    let tag = plan.tag.as_ref().filter(|_| !plan.tags.is_empty()).map(|tag| {
        // The runtime finds a tag by its length first.
        let mut tags: Vec<_> = plan.tags.iter().collect();
        tags.sort_by_key(|(tag, _)| tag.len());
        let tags = tags.into_iter().map(|(tag, candidates)| {
            let candidates = indices(candidates);
            quote!((#tag, #candidates))
        });
        quote!(tag: #tag, tags: &[#(#tags),*],)
    });
    quote!(Plan { #tag #(#lists)* ..Plan::NONE })
}

/// Indices of variants as a byte string: the compiler makes a body of its own of each reference to an array.
fn indices(candidates: &[usize]) -> Literal {
    let bytes: Vec<u8> = candidates.iter().map(|index| u8::try_from(*index).unwrap_or(u8::MAX)).collect();
    Literal::byte_string(&bytes)
}

/// `From` for what a variant holds, so that a user need not name the variant.
fn conversions(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> TokenStream {
    let name = type_ident(&def.name);
    let mut seen = BTreeSet::new();
    let mut out = TokenStream::new();
    for variant in &union.variants {
        let label = ident(&variant.rust);
        let (inner, value) = match &variant.ty {
            Ty::Boxed(inner) => (&**inner, quote!(Box::new(value))),
            ty => (ty, quote!(value)),
        };
        let ty = scope.ty(inner);
        if !seen.insert(ty.to_string()) || matches!(inner, Ty::Any | Ty::FreeObject | Ty::Map(_)) {
            continue;
        }
        out.extend(quote!(impl From<#ty> for #name { fn from(value: #ty) -> Self { Self::#label(#value) } }));
        match inner {
            Ty::List(item) => {
                let item = scope.ty(item);
                out.extend(quote! {
                    impl<const N: usize> From<[#item; N]> for #name {
                        fn from(value: [#item; N]) -> Self { Self::#label(value.into()) }
                    }
                });
            }
            _ if is_text(scope, inner)
                && union.plan.string.len() == 1
                && !names.texts.contains_key(def.name.as_str()) =>
            {
                out.extend(quote! {
                    impl From<&str> for #name { fn from(value: &str) -> Self { Self::#label(value.into()) } }
                });
                if *inner != Ty::String {
                    out.extend(quote! {
                        impl From<String> for #name { fn from(value: String) -> Self { Self::#label(value.into()) } }
                    });
                }
            }
            _ => {}
        }
    }
    out
}

/// Returns what else stands for a value of the union: items in place of its list, a text as names.toml says, a path for a file.
fn inputs(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> TokenStream {
    let name = type_ident(&def.name);
    let lists = union.variants.iter().filter_map(|variant| match &variant.ty {
        Ty::List(item) => Some((ident(&variant.rust), &**item)),
        _ => None,
    });
    let lists: Vec<_> = lists.collect();
    let list = match lists.as_slice() {
        [only] => Some(only),
        several => several.iter().find(|(_, item)| **item == Ty::String),
    };
    let list = list.map(|(label, item)| {
        let item = scope.ty(item);
        quote! {
            impl ListUnion for #name {
                type Item = #item;
                fn from_list(items: Vec<#item>) -> Self { Self::#label(items) }
            }
        }
    });
    let text = texts::conversions(scope, names, def, union);
    let has_file = union.variants.iter().any(|variant| variant.ty == Ty::File);
    let of_files = lists.iter().find(|(_, item)| **item == Ty::File).map(|(label, _)| quote!(, #label));
    let files = has_file.then(|| quote!(openai_runtime::file_union!(#name #of_files);));
    quote!(#list #text #files)
}

/// The id of a tool call, for a union of such calls.
fn call(names: &Names, def: &TypeDef, union: &Union) -> Option<TokenStream> {
    let (name, field) = (type_ident(&def.name), names.calls.get(def.name.as_str())?);
    let labels = union.variants.iter().map(|variant| ident(&variant.rust));
    Some(quote! {
        openai_runtime::tool_call!(#name, call => match call {
            #(#name::#labels(call) => openai_runtime::input::ToolCallId::from(call),)*
            #name::Unknown(call) => call[#field].as_str().unwrap_or_default().into(),
        });
    })
}

fn is_text(scope: Scope<'_>, ty: &Ty) -> bool {
    match ty {
        Ty::String => true,
        Ty::Named(id) => matches!(scope.api.get(*id).shape, Shape::Enum(_)),
        _ => false,
    }
}

/// A constructor a variant whose object takes few arguments: `Message::user("…")`.
fn constructors(scope: Scope<'_>, names: &Names, def: &TypeDef, union: &Union) -> TokenStream {
    let name = type_ident(&def.name);
    let mut made = BTreeSet::new();
    let methods = union.variants.iter().enumerate().filter_map(|(index, variant)| {
        // A variant that shares its tag is better made by its type's own `new`.
        if !union.plan.tags.values().any(|candidates| candidates.as_slice() == [index]) {
            return None;
        }
        let (target, arguments) = objects::simple_new(names, scope.api, &variant.ty)?;
        let label = ident(&variant.rust);
        // Two names of variants may be one in snake case; the later one is made by its type's `new`.
        let method = plain(variant.rust.plain());
        if !made.insert(method.to_string()) {
            return None;
        }
        let target_name = type_ident(&target.name);
        let more = more(names, target);
        let all: Vec<&Field> = arguments.iter().copied().chain(more.iter().copied()).collect();
        let given = arguments::required(scope, &all);
        let (generics, parameters) = (arguments::generics(&given), given.iter().map(Argument::parameter));
        let given = arguments.iter().map(|field| ident(&field.rust));
        let set = more.iter().map(|field| ident(&field.rust));
        let value = quote!(#target_name::new(#(#given),*) #(.#set(#set))*);
        let value = if matches!(variant.ty, Ty::Boxed(_)) { quote!(Box::new(#value)) } else { value };
        let doc = docs::lines(&[docs::form(scope.api, union, variant)]);
        // A variant that has several tags is called after none of them, and its constructor by the first as well.
        let tag = union.plan.tags.iter().find(|(_, candidates)| candidates.as_slice() == [index]);
        let short = tag.map(|(tag, _)| plain(&snake(tag))).filter(|short| *short != method && arguments.is_empty());
        let short = short.filter(|short| method == format!("{short}_tool") && made.insert(short.to_string()));
        let short = short.map(|short| {
            quote! {
                #doc
                #[must_use]
                pub fn #short() -> Self { Self::#method() }
            }
        });
        let tokens = quote! {
            #doc
            #[must_use]
            pub fn #method #generics(#(#parameters),*) -> Self { Self::#label(#value) }
            #short
        };
        Some((variant.rust.plain().to_owned(), tokens))
    });
    let (taken, methods): (BTreeSet<String>, Vec<TokenStream>) = methods.unzip();
    let constructors = if methods.is_empty() { TokenStream::new() } else { quote!(impl #name { #(#methods)* }) };
    let setters = setters::setters(scope, names, def, union, &taken);
    quote!(#constructors #setters)
}

/// The optional fields of an object that the constructor of a union takes.
fn more<'a>(names: &Names, target: &'a TypeDef) -> Vec<&'a Field> {
    let wanted = names.arguments.get(target.name.as_str()).map(Vec::as_slice).unwrap_or_default();
    match &target.shape {
        Shape::Object(fields) => {
            wanted.iter().filter_map(|wire| fields.iter().find(|field| field.wire == *wire)).collect()
        }
        _ => Vec::new(),
    }
}

/// `From` a response's type for the request's, as names.toml lists them.
fn convert(scope: Scope<'_>, names: &Names, def: &TypeDef) -> TokenStream {
    let name = type_ident(&def.name);
    let sources = names.convert.iter().filter(|(_, target)| target.as_str() == def.name.as_str());
    let impls = sources.filter_map(|(source, _)| {
        let source = scope.api.types.iter().find(|other| other.name.as_str() == source && !other.areas.is_empty())?;
        // Both are there whenever the source is.
        let gate = Gate::reached_by(&source.areas).attribute();
        let source = type_ident(&source.name);
        Some(quote! {
            #gate
            impl From<#source> for #name {
                fn from(value: #source) -> Self { openai_runtime::json::recast(&value, Self::Unknown) }
            }
        })
    });
    quote!(#(#impls)*)
}
