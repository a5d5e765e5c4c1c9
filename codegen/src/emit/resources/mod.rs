//! One file a resource: its handle, and a builder for each of its operations.

pub(super) mod builder;
mod polling;

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;

use self::builder::Builder;
use super::docs;
use super::files::{self, Files, RAW};
use super::gate::Gate;
use super::imports::Imports;
use super::tokens::{Scope, accessor, file_stem, handle_name, module};
use crate::config::Names;
use crate::ir::{Api, Operation, snake};

/// A node of the tree of resources.
#[derive(Default)]
struct ResourceNode<'a> {
    children: BTreeMap<String, ResourceNode<'a>>,
    operations: Vec<&'a Operation>,
}

/// Emits all resources.
pub(super) fn emit(api: &Api, names: &Names, files: &mut Files) -> Result<(), String> {
    let mut root = ResourceNode::default();
    for operation in &api.operations {
        let mut node = &mut root;
        for segment in operation.resource.split('.') {
            node = node.children.entry(snake(segment)).or_default();
        }
        node.operations.push(operation);
    }
    let scope = Scope { api, qualified: true, label: None };
    for (name, node) in &root.children {
        resource(scope, names, std::slice::from_ref(name), node, files)?;
    }
    let modules = root.children.iter().map(|(name, node)| {
        let gate = Gate::any(&areas(node)).attribute();
        let module = module(name);
        quote!(#gate pub mod #module;)
    });
    let path = format!("{RAW}/resources/mod.rs");
    let tokens = quote! {
        //! The API's resources, where the official SDKs have them.
        #(#modules)*
    };
    files::add(files, path, &Imports::usual(), tokens)
}

/// The features of all operations below a node.
fn areas(node: &ResourceNode<'_>) -> BTreeSet<String> {
    fn collect(node: &ResourceNode<'_>, out: &mut BTreeSet<String>) {
        out.extend(node.operations.iter().map(|operation| operation.area.clone()));
        node.children.values().for_each(|child| collect(child, out));
    }
    let mut out = BTreeSet::new();
    collect(node, &mut out);
    out
}

fn resource(
    scope: Scope<'_>,
    names: &Names,
    path: &[String],
    node: &ResourceNode<'_>,
    files: &mut Files,
) -> Result<(), String> {
    let dotted = path.join(".");
    let handle = handle_name(scope.api, &dotted);
    let verbs: BTreeSet<&str> = node.operations.iter().map(|operation| operation.verb.as_str()).collect();
    let polls = node.operations.iter().any(|op| op.polling.as_ref().is_some_and(|polling| polling.states.is_some()));
    if polls && (verbs.contains("poll") || node.children.contains_key("poll")) {
        return Err(format!(
            "{dotted}.poll is taken by what follows its long operation: rename it in codegen/names.toml"
        ));
    }
    if let Some(clash) = node.children.keys().find(|child| verbs.contains(child.as_str())) {
        return Err(format!("{dotted}.{clash} is both a resource and a verb: rename one in codegen/names.toml"));
    }
    let own = Gate::any(&areas(node));
    let children = node.children.iter().map(|(child, below)| {
        let path = format!("{dotted}.{child}");
        let (module, method, name) = (module(child), accessor(child, false), handle_name(scope.api, &path));
        let doc = docs::lines(&[format!("Returns the operations of `{dotted}.{child}`.")]);
        let gate = Gate::any(&areas(below)).within(&own).attribute();
        (
            quote!(#gate pub mod #module;),
            quote!(#doc #gate pub fn #method(&self) -> #module::#name { #module::#name { client: self.client.clone() } }),
        )
    });
    let (modules, accessors): (Vec<_>, Vec<_>) = children.unzip();
    let builders: Vec<Builder<'_>> =
        node.operations.iter().map(|operation| Builder::new(scope, names, operation)).collect();
    let methods = builders.iter().map(|builder| builder.methods());
    let definitions = builders.iter().map(|builder| builder.definition());
    let doc = docs::lines(&[format!("The operations of `{dotted}`.")]);
    let module_doc = format!(" The resource `{dotted}`.");
    let tokens = quote! {
        #![doc = #module_doc]
        #(#modules)*
        #doc
        pub struct #handle {
            /// The client that its calls go through.
            pub client: Client,
        }
        impl #handle {
            #(#accessors)*
            #(#methods)*
        }
        #(#definitions)*
    };
    let stems: Vec<String> = path.iter().map(|segment| file_stem(segment)).collect();
    let base = format!("{RAW}/resources/{}", stems.join("/"));
    let file_path = if node.children.is_empty() { format!("{base}.rs") } else { format!("{base}/mod.rs") };
    files::add(files, file_path, &Imports::usual(), tokens)?;
    for (name, child) in &node.children {
        let mut below = path.to_vec();
        below.push(name.clone());
        resource(scope, names, &below, child, files)?;
    }
    Ok(())
}
