//! The files of types, by the area that owns them.

mod enums;
mod layout;
pub(super) mod objects;
mod order;
mod setters;
mod texts;
mod unions;

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Item};

use self::layout::TypeFile;
use super::docs;
use super::files::{self, Files, RAW};
use super::gate::Gate;
use super::imports::Imports;
use super::tokens::{Scope, file_stem, module, type_ident};
use crate::config::Names;
use crate::ir::{Alias, Api, Shape, TypeDef, TypeId, list_item};

/// Emits the files, and the modules that gather their types in one namespace.
pub(super) fn emit(api: &Api, names: &Names, files: &mut Files) -> Result<(), String> {
    let layout = layout::files(api, names);
    let types = api.types.iter().filter(|def| !def.areas.is_empty()).map(|def| def.name.as_str());
    let aliases = api.aliases.iter().map(|alias| alias.name.as_str());
    let imports = Imports::usual().with("crate::types", types.chain(aliases));
    let mut areas: BTreeMap<&str, Gate> = BTreeMap::new();
    for (area, modules) in &layout {
        let mut gates: BTreeMap<&str, Gate> = BTreeMap::new();
        for (module, file) in modules {
            let gate = gate(api, file);
            let folder = file_stem(area);
            let below = if module.is_empty() { folder } else { format!("{folder}/{}", file_stem(module)) };
            let path = format!("{RAW}/types/{below}.rs");
            let parsed = file_of(api, names, &path, file, &gate)?;
            files.insert(path, files::text(&imports.clone().behind(gate.clone()), parsed));
            areas.entry(area).and_modify(|known| known.widen(&gate)).or_insert_with(|| gate.clone());
            gates.insert(module, gate);
        }
        if !gates.contains_key("") {
            let whole = &areas[area.as_str()];
            gates.values_mut().for_each(|gate| *gate = gate.clone().within(whole));
            let doc = format!(" Types of the area `{area}`, by the first words of their names.");
            index(files, format!("{RAW}/types/{}/mod.rs", file_stem(area)), &doc, &gates)?;
        }
    }
    index(files, format!("{RAW}/types/mod.rs"), " Every type of the API, in one namespace.", &areas)
}

/// The area that owns each type, in the order of areas and files.
pub(super) fn areas(api: &Api, names: &Names) -> Vec<(TypeId, String)> {
    let layout = layout::files(api, names);
    let files =
        layout.into_iter().flat_map(|(area, modules)| modules.into_values().map(move |file| (area.clone(), file)));
    files.flat_map(|(area, file)| file.types.into_iter().map(move |(id, _)| (id, area.clone()))).collect()
}

/// A file that gathers the names of its modules.
fn index(files: &mut Files, path: String, doc: &str, gates: &BTreeMap<&str, Gate>) -> Result<(), String> {
    let modules = gates.iter().map(|(module, gate)| {
        let (name, gate) = (self::module(module), gate.attribute());
        quote!(#gate mod #name;)
    });
    let uses = gates.iter().map(|(module, gate)| {
        let (name, gate) = (self::module(module), gate.attribute());
        quote!(#gate pub use #name::*;)
    });
    files::add(files, path, &Imports::usual(), quote!(#![doc = #doc] #(#modules)* #(#uses)*))
}

/// The features of which one is enough for something in a file.
fn gate(api: &Api, file: &TypeFile) -> Gate {
    let types = file.types.iter().map(|(id, _)| &api.get(*id).areas);
    let mut gates = types.map(Gate::reached_by);
    let mut out = gates.next().unwrap_or_else(Gate::always);
    gates.for_each(|gate| out.widen(&gate));
    out
}

/// The items of a file, each behind its own gate where that is not the file's.
fn file_of(api: &Api, names: &Names, path: &str, file: &TypeFile, gate: &Gate) -> Result<syn::File, String> {
    let scope = Scope { api, qualified: false, label: None };
    let doc = &file.doc;
    let mut out = files::parse(path, quote!(#![doc = #doc]))?;
    let mut add = |tokens: TokenStream, own: Gate| -> Result<(), String> {
        let mut items = files::parse(path, tokens)?.items;
        let gate = own.within(gate).attribute();
        if !gate.is_empty() {
            items.iter_mut().for_each(|item| put_behind(item, &gate));
        }
        out.items.extend(items);
        Ok(())
    };
    for (id, aliases) in &file.types {
        let def = api.get(*id);
        add(definition(scope, names, def), Gate::reached_by(&def.areas))?;
        for alias in aliases.iter().map(|index| &api.aliases[*index]) {
            add(second_name(api, alias), Gate::reached_by(&alias.areas))?;
        }
    }
    Ok(out)
}

/// Adds a gate to an item that has none of its own.
fn put_behind(item: &mut Item, gate: &TokenStream) {
    let attributes: &mut Vec<Attribute> = match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Macro(item) => &mut item.attrs,
        _ => return,
    };
    if Gate::of(attributes).is_none() {
        let docs = attributes.iter().take_while(|attribute| attribute.path().is_ident("doc")).count();
        attributes.insert(docs, syn::parse_quote!(#gate));
    }
}

/// A type's second name, beside the type.
fn second_name(api: &Api, alias: &Alias) -> TokenStream {
    let (name, target) = (type_ident(&alias.name), type_ident(&api.get(alias.target).name));
    let doc = docs::lines(&[docs::second_name(api, alias)]);
    quote!(#doc pub type #name = #target;)
}

fn definition(scope: Scope<'_>, names: &Names, def: &TypeDef) -> TokenStream {
    if let Some(item) = list_item(def) {
        let (name, item) = (type_ident(&def.name), scope.ty(item));
        let doc = docs::lines(&docs::type_(scope.api, def));
        return quote!(#doc pub type #name = List<#item>;);
    }
    match &def.shape {
        Shape::Object(fields) => objects::object(scope, names, def, fields),
        Shape::Enum(values) => enums::open_enum(scope, def, values),
        Shape::Union(union) => unions::union(scope, names, def, union),
        Shape::Alias(_) => TokenStream::new(),
    }
}
