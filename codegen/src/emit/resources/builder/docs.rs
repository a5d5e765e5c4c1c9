//! The docs of the methods that start and build a call.

use proc_macro2::TokenStream;

use super::polling;
use super::{Builder, SetterTarget};
use crate::emit::docs;
use crate::emit::types::objects;
use crate::ir::{Field, Location, Response};

impl Builder<'_> {
    /// The docs of the method that starts a call.
    pub(in crate::emit) fn docs(&self) -> Vec<String> {
        let operation = self.operation;
        let mut out = Vec::new();
        let endpoint = docs::code(&format!("{} {}", operation.method, operation.path));
        match &operation.prose {
            Some(prose) => out.extend([prose.text.clone(), String::new(), endpoint.clone()]),
            None => out.push(format!("{endpoint}, operation {}.", docs::code(&operation.id))),
        }
        let arguments = self.arguments_docs();
        if !arguments.is_empty() {
            out.push(String::new());
            out.extend(arguments);
        }
        let mut notes = Vec::new();
        if operation.admin {
            notes.push("Takes an admin key.");
        }
        if operation.stream.is_some() {
            notes.push("`stream` returns the events as they arrive.");
        }
        if operation.paging.is_some() {
            notes.push("`pages` and `items` fetch the next pages as well.");
        }
        let poll = polling::note(self.scope, operation);
        notes.extend(poll.as_deref());
        if operation.response == Response::Binary {
            notes.push("The response is bytes.");
        }
        if !notes.is_empty() {
            out.extend([String::new(), notes.join(" ")]);
        }
        out
    }

    /// A line for each argument of the call.
    fn arguments_docs(&self) -> Vec<String> {
        let fields = self.arguments();
        fields.iter().map(|field| docs::argument(self.scope.api, field, field.rust.plain())).collect()
    }

    /// The names of the arguments of the call.
    pub(in crate::emit) fn argument_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.arguments().iter().map(|field| field.rust.plain().to_owned()).collect();
        if self.operation.body.is_some() && self.is_whole() {
            names.push("body".into());
        }
        names
    }

    /// Returns true if the body is one argument.
    pub(super) fn is_whole(&self) -> bool {
        self.body_object().is_none() || self.body_arguments.len() > objects::MOST_ARGUMENTS
    }

    /// The fields that are arguments of the call.
    fn arguments(&self) -> Vec<Field> {
        let path = self.parameters(Location::Path);
        let query = self.parameters(Location::Query).filter(|parameter| parameter.field.required);
        let body = if self.is_whole() { Vec::new() } else { self.renamed() };
        path.chain(query).map(|parameter| parameter.field.clone()).chain(body).collect()
    }

    pub(super) fn deprecated_field(&self, place: SetterTarget, field: &Field) -> Option<TokenStream> {
        match (place, self.body_object()) {
            (SetterTarget::Body, Some((def, _))) => objects::deprecated(self.scope, def, field),
            _ => {
                let operation = self.operation;
                let key = format!("{}.{}.{}", operation.resource, operation.verb, field.wire);
                docs::deprecation(self.scope.api, field.facts.deprecated, &key)
            }
        }
    }

    /// The attribute of the methods, if the API has deprecated the operation.
    pub(super) fn deprecated(&self) -> Option<TokenStream> {
        let operation = self.operation;
        docs::deprecation(self.scope.api, operation.deprecated, &format!("{}.{}", operation.resource, operation.verb))
    }
}

/// Links to types as a resource's file refers to them.
pub(super) fn qualified(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| line.replace("[`", "[`types::")).collect()
}
