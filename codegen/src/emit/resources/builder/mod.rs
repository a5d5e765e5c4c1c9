//! What is emitted for one operation: the method that starts a call, its setters, its table.

mod choices;
mod contract;
mod docs;
mod endpoint;

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::polling;
use crate::config::Names;
use crate::emit::arguments::{self, Argument};
use crate::emit::docs::{answer, code, field as field_docs, lines};
use crate::emit::tokens::{Scope, ident, plain, type_ident};
use crate::emit::types::objects;
use crate::ir::{
    Asks, Field, Location, Operation, Parameter, Response, RustIdent, Shape, Stream, StyleRule, Ty, TypeId,
};

/// Everything about one operation's builder.
pub(in crate::emit) struct Builder<'a> {
    scope: Scope<'a>,
    operation: &'a Operation,
    name: Ident,
    operation_name: Ident,
    /// The fields of the body, if it is an object.
    body_fields: Vec<&'a Field>,
    /// The arguments of the call: path, then required query, then the body's.
    body_arguments: Vec<&'a Field>,
}

/// Where a setter's value goes.
#[derive(Clone, Copy)]
enum SetterTarget {
    Query,
    Header,
    Cookie,
    Body,
}

impl<'a> Builder<'a> {
    pub(in crate::emit) fn new(scope: Scope<'a>, names: &Names, operation: &'a Operation) -> Self {
        let mut builder = Self {
            scope,
            operation,
            name: type_ident(&operation.names.alias),
            operation_name: type_ident(&operation.names.marker),
            body_fields: Vec::new(),
            body_arguments: Vec::new(),
        };
        if let Some((def, fields)) = builder.body_object() {
            builder.body_fields = fields.iter().filter(|field| field.constant.is_none()).collect();
            builder.body_arguments = objects::arguments(names, def, &builder.body_fields);
        }
        builder
    }

    fn body_object(&self) -> Option<(&'a crate::ir::TypeDef, &'a Vec<Field>)> {
        let body = self.operation.body.as_ref()?;
        let crate::ir::Ty::Named(id) = body.ty else { return None };
        let def = self.scope.api.get(id);
        match &def.shape {
            Shape::Object(fields) => Some((def, fields)),
            _ => None,
        }
    }

    fn parameters(&self, location: Location) -> impl Iterator<Item = &'a Parameter> {
        self.operation.parameters.iter().filter(move |parameter| parameter.location == location)
    }

    /// The methods of the resource that start a call.
    pub(in crate::emit) fn methods(&self) -> TokenStream {
        let call = self.method();
        let poll = polling::method(self.scope, self.operation);
        quote!(#call #poll)
    }

    fn method(&self) -> TokenStream {
        let verb = plain(&self.operation.verb);
        let doc = lines(&docs::qualified(self.docs()));
        let deprecated = self.deprecated();
        let doc = quote!(#doc #deprecated);
        let name = &self.name;
        let (path_parameters, path_calls) = self.path_arguments();
        let required = self.typed_arguments();
        let query_fields: Vec<&Field> = required.iter().map(|parameter| &parameter.field).collect();
        let mut query = arguments::required(self.scope, &query_fields);
        let query_calls = required.iter().zip(&query).map(|(parameter, argument)| {
            let field = &parameter.field;
            let ty = self.scope.labelled(field.label.as_ref()).ty(&field.ty);
            let (wire, value) = (self.wire(parameter), argument.value(&quote!(call_), &field.wire));
            let call = if parameter.location == Location::Path { quote!(path_value) } else { quote!(query) };
            quote!(let value_: #ty = #value; call_.#call(#wire, &value_);)
        });
        let query_calls: Vec<TokenStream> = query_calls.collect();
        let operation = &self.operation_name;
        let call = |is_mutable: bool| {
            let mutable = (is_mutable || !query_calls.is_empty()).then(|| quote!(mut));
            quote! {
                let #mutable call_ = Call::new(&self.client, #operation::ENDPOINT)#(#path_calls)*;
                #(#query_calls)*
            }
        };
        let (generics, query_parameters) = function(&query, &path_parameters);
        let Some(body) = &self.operation.body else {
            let call = call(false);
            return quote! {
                #doc
                pub fn #verb #generics(&self, #query_parameters) -> #name { #call Request::new(call_, NoBody) }
            };
        };
        let ty = self.scope.labelled(body.label.as_ref()).ty(&body.ty);
        let is_whole = self.is_whole();
        let start = call(false);
        let fields = self.renamed();
        let given = query_fields.iter().copied().chain(if is_whole { &[] } else { fields.as_slice() });
        let given = arguments::required(self.scope, &given.collect::<Vec<_>>());
        let of_body = given[query.len()..].iter().map(|argument| &argument.name);
        let of_body: Vec<&Ident> = of_body.collect();
        let (make_generics, parameters) = function(&given, &path_parameters);
        query.push(arguments::body(self.scope.labelled(body.label.as_ref()), &body.ty, query.len()));
        let (generics, with_parameters) = function(&query, &path_parameters);
        let whole =
            query.last().filter(|argument| argument.is_given()).map(|argument| argument.value(&quote!(call_), ""));
        let call = call(whole.is_some());
        let whole = whole.unwrap_or_else(|| quote!(body_.into()));
        if is_whole {
            // There is only one way to make such a body, so it is the argument.
            return quote! {
                #doc
                pub fn #verb #generics(&self, #with_parameters) -> #name {
                    #call
                    let body_ = #whole;
                    Request::new(call_, body_)
                }
            };
        }
        let with = ident(&self.operation.names.with);
        let with_doc = lines(&[format!(
            "Does the same as [`Self::{}`], with a body that was built before or is given as JSON.",
            self.operation.verb
        )]);
        quote! {
            #doc
            pub fn #verb #make_generics(&self, #parameters) -> #name {
                #start
                Request::new(call_, #ty::new(#(#of_body),*))
            }
            #with_doc
            #deprecated
            pub fn #with #generics(&self, #with_parameters) -> #name {
                #call
                let body_ = #whole;
                Request::new(call_, body_)
            }
        }
    }

    /// The parameters of the path that are texts, as arguments and as calls.
    fn path_arguments(&self) -> (Vec<TokenStream>, Vec<TokenStream>) {
        let texts = self.parameters(Location::Path).filter(|parameter| !self.is_structured(parameter));
        let both = texts.map(|parameter| {
            let (name, wire) = (ident(&parameter.field.rust), &parameter.name);
            (quote!(#name: impl std::fmt::Display), quote!(.path(#wire, &#name.to_string())))
        });
        both.unzip()
    }

    /// The parameters that the method takes by their types: those of the path that are no texts, and the required ones of
    /// the query.
    pub(super) fn typed_arguments(&self) -> Vec<&'a Parameter> {
        let path = self.parameters(Location::Path).filter(|parameter| self.is_structured(parameter));
        path.chain(self.parameters(Location::Query).filter(|parameter| parameter.field.required)).collect()
    }

    /// Tells if a parameter of the path may be an array or an object.
    fn is_structured(&self, parameter: &Parameter) -> bool {
        let is_media = parameter.style.as_ref().is_some_and(|style| matches!(style.rule, StyleRule::Media(_)));
        let is_value = match &parameter.field.ty {
            Ty::List(_) | Ty::Map(_) | Ty::FreeObject => true,
            Ty::Named(id) => !matches!(self.scope.api.get(*id).shape, Shape::Enum(_)),
            _ => false,
        };
        self.operation.by_openapi && (is_media || is_value)
    }

    /// The name of a parameter in a request. The bracket rules add the brackets themselves.
    fn wire<'p>(&self, parameter: &'p Parameter) -> &'p str {
        if self.operation.by_openapi { &parameter.name } else { &parameter.field.wire }
    }

    /// The body's arguments; one whose name a parameter has already is told apart from it.
    fn renamed(&self) -> Vec<Field> {
        let mut taken: BTreeSet<&RustIdent> = self.operation.parameters.iter().map(|one| &one.field.rust).collect();
        taken.extend(self.body_arguments.iter().map(|field| &field.rust));
        let is_parameter =
            |field: &Field| self.operation.parameters.iter().any(|parameter| parameter.field.rust == field.rust);
        let mut out: Vec<Field> = Vec::new();
        for field in &self.body_arguments {
            let mut renamed = (*field).clone();
            let base = field.rust.plain();
            let mut candidates = [format!("new_{base}")].into_iter().chain((2..).map(|n| format!("new_{base}_{n}")));
            if is_parameter(field)
                && let Some(free) = candidates.find(|name| {
                    let name = RustIdent::field(name);
                    !taken.contains(&name) && !out.iter().any(|other| other.rust == name)
                })
            {
                renamed.rust = RustIdent::field(&free);
            }
            out.push(renamed);
        }
        out
    }

    pub(in crate::emit) fn definition(&self) -> TokenStream {
        let (name, marker) = (&self.name, &self.operation_name);
        let gives = answer(self.scope.api, self.operation).replace("[`", "[`types::");
        let place = format!("{}.{}", self.operation.resource, self.operation.verb);
        let doc = lines(&[format!("A request of `{place}` that is being built; its response is {gives}.")]);
        let marker_doc = lines(&[format!("The operation {}.", code(&self.operation.id))]);
        let implementation = self.implementation();
        let setters = self.setters();
        let setters = if setters.is_empty() { TokenStream::new() } else { quote!(impl #name { #(#setters)* }) };
        quote! {
            #doc
            pub type #name = Request<#marker>;
            #setters
            #marker_doc
            pub enum #marker {}
            #implementation
        }
    }

    /// What the marker type says about the operation.
    fn implementation(&self) -> TokenStream {
        let (operation, marker) = (self.operation, &self.operation_name);
        let body = operation
            .body
            .as_ref()
            .map_or_else(|| quote!(NoBody), |body| self.scope.labelled(body.label.as_ref()).ty(&body.ty));
        let endpoint = self.endpoint();
        let output = match &operation.response {
            Response::Json(ty) => self.scope.ty(ty),
            Response::Text => quote!(String),
            Response::Binary => quote!(openai_runtime::bytes::Bytes),
            Response::Unit => quote!(()),
        };
        let mut out = quote! {
            impl Operation for #marker {
                type Body = #body;
                type Output = #output;
                const ENDPOINT: &'static Endpoint = &#endpoint;
            }
        };
        if operation.response == Response::Binary {
            out.extend(quote!(impl Bytes for #marker {}));
        }
        if let Some(Stream { event, .. }) = &operation.stream {
            let ty = self.scope.ty(event);
            out.extend(quote!(impl Streams for #marker { type Event = #ty; }));
            if let Some(others) = self.first_with(event) {
                let choices = choices::noted(self.scope, event);
                // Where features share events, the one that is there says how they end.
                let (gate, trait_, done) = match others.is_empty() {
                    true => (None, quote!(StreamedEvent), quote!(Done)),
                    false => (
                        Some(quote!(#[cfg(not(any(#(feature = #others),*)))])),
                        quote!(openai_runtime::StreamedEvent),
                        quote!(openai_runtime::Done),
                    ),
                };
                out.extend(quote! {
                    #gate
                    impl #trait_ for #ty {
                        const DONE: #done = #marker::ENDPOINT.stream;

                        #choices
                    }
                });
            }
        }
        if operation.paging.is_some() {
            out.extend(quote!(impl Pages for #marker {}));
        }
        out.extend(polling::implementation(self.scope, operation, marker));
        out
    }

    /// Returns the features of earlier operations whose streams have these events, if this is the first one of its own
    /// feature and the events have a type of their own.
    fn first_with(&self, event: &Ty) -> Option<Vec<&'a str>> {
        let event = self.own_type(event)?;
        let has_events = |other: &&Operation| {
            other.stream.as_ref().and_then(|stream| self.own_type(&stream.event)).is_some_and(|other| other == event)
        };
        let mut before: Vec<&str> = Vec::new();
        for other in self.scope.api.operations.iter().filter(has_events) {
            let is_known = before.contains(&other.area.as_str());
            if std::ptr::eq(other, self.operation) {
                return (!is_known).then_some(before);
            }
            if !is_known {
                before.push(&other.area);
            }
        }
        None
    }

    /// Returns the type that a name stands for, unless it is one of another crate.
    fn own_type(&self, ty: &Ty) -> Option<TypeId> {
        let Ty::Named(id) = ty else { return None };
        match &self.scope.api.get(*id).shape {
            Shape::Alias(target) => self.own_type(target),
            _ => Some(*id),
        }
    }

    fn setters(&self) -> Vec<TokenStream> {
        let settable = self.settable().into_iter();
        settable.map(|(place, field, name, wire)| self.setter(place, field, ident(&name), wire)).collect()
    }

    fn setter(&self, place: SetterTarget, field: &Field, name: Ident, wire: &str) -> TokenStream {
        let doc = lines(&docs::qualified(field_docs(self.scope.api, field)));
        let deprecated = self.deprecated_field(place, field);
        let doc = quote!(#doc #deprecated);
        let call = match place {
            SetterTarget::Query => quote!(query),
            SetterTarget::Header => quote!(header),
            SetterTarget::Cookie => quote!(cookie),
            SetterTarget::Body => {
                let member = ident(&field.rust);
                let argument = arguments::setter(self.scope, field, name.clone());
                let parameter = argument.parameter();
                let change = if argument.is_given() {
                    let value = argument.value(&quote!(body_.extra), wire);
                    quote!(let body_ = self.body_mut(); body_.#member = #value;)
                } else {
                    let value = argument.value(&quote!(self), wire);
                    quote!(self.body_mut().#member = #value;)
                };
                let generics = arguments::generics(&[argument]);
                return quote! {
                    #doc
                    pub fn #name #generics(mut self, #parameter) -> Self { #change self }
                };
            }
        };
        let scope = self.scope.labelled(field.label.as_ref());
        let argument = arguments::optional(scope, &field.ty, name.clone());
        let (parameter, value) = (argument.parameter(), argument.result());
        let ty = if argument.is_given() {
            TokenStream::new()
        } else {
            let ty = scope.ty(&field.ty);
            quote!(::<#ty>)
        };
        let generics = arguments::generics(&[argument]);
        quote! {
            #doc
            pub fn #name #generics(self, #parameter) -> Self { self.#call #ty(#wire, #value) }
        }
    }

    /// The inputs with a setter of their own, each with its name and its name in a request: parameters, then the body's fields. Of two
    /// with one name the later one says where it is.
    fn settable(&self) -> Vec<(SetterTarget, &'a Field, RustIdent, &'a str)> {
        let switch = self.operation.stream.as_ref().and_then(|stream| match &stream.asks {
            Asks::Usual => Some(stream.switch.0.as_str()).filter(|name| *name == "stream"),
            Asks::Accept => None,
            Asks::Field(name) | Asks::Query(name) => Some(name.as_str()),
        });
        // The last word `stream` sets the field itself.
        let is_switch = |field: &Field| switch == Some(field.wire.as_str());
        let parameters = self.operation.parameters.iter().filter_map(|parameter| {
            let place = match parameter.location {
                Location::Path => return None,
                Location::Query if parameter.field.required => return None,
                Location::Query => SetterTarget::Query,
                Location::Header => SetterTarget::Header,
                Location::Cookie => SetterTarget::Cookie,
            };
            let wire = if self.operation.by_openapi { &parameter.name } else { &parameter.field.wire };
            Some((place, &parameter.field, wire.as_str()))
        });
        let fields = self.body_fields.iter().map(|field| (SetterTarget::Body, *field, field.wire.as_str()));
        let mut taken = BTreeSet::new();
        let mut out = Vec::new();
        for (place, field, wire) in parameters.chain(fields).filter(|(_, field, _)| !is_switch(field)) {
            let name = setter_name(field.rust.plain(), &mut taken);
            out.push((place, field, name, wire));
        }
        out
    }
}

/// A free name of a setter. A field that is called as a last word of calls says that it is a field.
fn setter_name(base: &str, taken: &mut BTreeSet<RustIdent>) -> RustIdent {
    const LAST_WORDS: &[&str] = &[
        "send",
        "send_raw",
        "send_with_head",
        "send_streaming",
        "stream_raw",
        "send_bytes",
        "send_to_file",
        "resume_to_file",
        "bytes_stream",
        "stream",
        "pages",
        "items",
        "send_and_poll",
        "poll",
        "into_call",
        "body",
        "body_mut",
        "extension",
        "new",
        "query",
        "header",
        "cookie",
    ];
    let is_word = LAST_WORDS.contains(&base) || base.starts_with("with_");
    let base = if is_word { format!("{base}_field") } else { base.to_owned() };
    let numbered = (2..).map(|number| format!("{base}_field_{number}"));
    let candidates = [base.clone(), format!("{base}_field")].into_iter().chain(numbered);
    let mut is_free = |name: &RustIdent| !LAST_WORDS.contains(&name.as_str()) && taken.insert(name.clone());
    candidates.map(|name| RustIdent::field(&name)).find(|name| is_free(name)).unwrap_or_default()
}

/// The type parameters and the parameters of a method that takes these arguments behind the path's.
fn function(arguments: &[Argument], path: &[TokenStream]) -> (TokenStream, TokenStream) {
    let parameters = path.iter().cloned().chain(arguments.iter().map(Argument::parameter));
    (arguments::generics(arguments), quote!(#(#parameters),*))
}
