//! What is emitted for one operation: the method that starts a call, its setters, its table.

mod choices;
mod contract;
mod docs;

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::polling;
use crate::config::Names;
use crate::emit::arguments::{self, Argument};
use crate::emit::docs::{answer, field as field_docs, lines};
use crate::emit::tokens::{Scope, handle_name, ident, plain};
use crate::emit::types::objects;
use crate::ir::{
    Body, BodyKind, Field, Location, Operation, Parameter, Response, RustIdent, Shape, Stream, Ty, TypeId, snake,
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
    Body,
}

impl<'a> Builder<'a> {
    pub(in crate::emit) fn new(scope: Scope<'a>, names: &Names, operation: &'a Operation) -> Self {
        let mut builder = Self {
            scope,
            operation,
            name: handle_name(&operation.verb),
            operation_name: format_ident!("{}Operation", handle_name(&operation.verb)),
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
        let path_names: Vec<Ident> = self.parameters(Location::Path).map(|p| ident(&p.field.rust)).collect();
        let path_parameters: Vec<TokenStream> =
            path_names.iter().map(|name| quote!(#name: impl std::fmt::Display)).collect();
        let path_calls: Vec<TokenStream> = self
            .parameters(Location::Path)
            .map(|parameter| {
                let (name, wire) = (ident(&parameter.field.rust), &parameter.field.wire);
                quote!(.path(#wire, &#name.to_string()))
            })
            .collect();
        let required: Vec<&Parameter> =
            self.parameters(Location::Query).filter(|parameter| parameter.field.required).collect();
        let query_fields: Vec<&Field> = required.iter().map(|parameter| &parameter.field).collect();
        let mut query = arguments::required(self.scope, &query_fields);
        let query_calls = query_fields.iter().zip(&query).map(|(field, argument)| {
            let ty = self.scope.labelled(field.label.as_ref()).ty(&field.ty);
            let (wire, value) = (&field.wire, argument.value(&quote!(call_), &field.wire));
            quote!(let value_: #ty = #value; call_.query(#wire, &value_);)
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
        let fields: Vec<Field> = self.body_arguments.iter().map(|field| self.renamed(field)).collect();
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
        let with = format_ident!("{}_with", snake(&self.operation.verb));
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

    /// A body's field whose name a path parameter has already.
    fn renamed(&self, field: &Field) -> Field {
        let mut field = field.clone();
        if self.operation.parameters.iter().any(|parameter| parameter.field.rust == field.rust) {
            field.rust = RustIdent::field(&format!("new_{}", field.rust.plain()));
        }
        field
    }

    pub(in crate::emit) fn definition(&self) -> TokenStream {
        let (name, marker) = (&self.name, &self.operation_name);
        let gives = answer(self.scope.api, self.operation).replace("[`", "[`types::");
        let place = format!("{}.{}", self.operation.resource, self.operation.verb);
        let doc = lines(&[format!("A request of `{place}` that is being built; its response is {gives}.")]);
        let marker_doc = lines(&[format!("The operation `{}`.", self.operation.id)]);
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
            if self.is_first_with(event) {
                let choices = choices::noted(self.scope, event);
                out.extend(quote! {
                    impl StreamedEvent for #ty {
                        const DONE: Done = #marker::ENDPOINT.stream;

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

    /// Returns true for the first of the operations whose streams have these events, if they have a type of their own.
    fn is_first_with(&self, event: &Ty) -> bool {
        let Some(event) = self.own_type(event) else { return false };
        let has_events = |other: &&Operation| {
            other.stream.as_ref().and_then(|stream| self.own_type(&stream.event)).is_some_and(|other| other == event)
        };
        self.scope.api.operations.iter().find(has_events).is_some_and(|first| first.id == self.operation.id)
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
        self.settable().into_iter().map(|(place, field)| self.setter(place, field)).collect()
    }

    fn setter(&self, place: SetterTarget, field: &Field) -> TokenStream {
        let name = ident(&Self::setter_name(field));
        let doc = lines(&docs::qualified(field_docs(self.scope.api, field)));
        let deprecated = self.deprecated_field(place, field);
        let doc = quote!(#doc #deprecated);
        let wire = &field.wire;
        let call = match place {
            SetterTarget::Query => quote!(query),
            SetterTarget::Header => quote!(header),
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

    /// What has a setter of its own: parameters, then the body's fields. Of two with one name the first has it.
    fn settable(&self) -> Vec<(SetterTarget, &'a Field)> {
        let mut taken = BTreeSet::new();
        let mut out = Vec::new();
        let switch = self.operation.stream.as_ref().map(|stream| stream.switch.0.as_str());
        for parameter in &self.operation.parameters {
            let place = match parameter.location {
                Location::Path => continue,
                Location::Query if parameter.field.required => continue,
                Location::Query => SetterTarget::Query,
                Location::Header => SetterTarget::Header,
            };
            // The last word `stream` sets the field itself.
            let is_switch = switch == Some("stream") && parameter.field.wire == "stream";
            if !is_switch && taken.insert(&parameter.field.rust) {
                out.push((place, &parameter.field));
            }
        }
        for field in &self.body_fields {
            let is_switch = switch == Some("stream") && field.wire == "stream";
            if !is_switch && !taken.contains(&field.rust) {
                out.push((SetterTarget::Body, *field));
            }
        }
        out
    }

    /// A field that is called as a last word of calls gets an underscore.
    fn setter_name(field: &Field) -> RustIdent {
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
            "new",
            "query",
            "header",
        ];
        if LAST_WORDS.contains(&field.rust.as_str()) || field.rust.as_str().starts_with("with_") {
            return RustIdent::field(&format!("{}_field", field.rust.plain()));
        }
        field.rust.clone()
    }

    /// The endpoint's table: only what differs from most.
    fn endpoint(&self) -> TokenStream {
        let operation = self.operation;
        let (id, method, path) = (&operation.id, &operation.method, &operation.path);
        let pairs = |name: &str, pairs: &[(String, String)]| {
            let name = plain(name);
            let list = pairs.iter().map(|(name, value)| quote!((#name, #value)));
            (!pairs.is_empty()).then(|| quote!(#name: &[#(#list),*],))
        };
        let query = pairs("query", &operation.fixed_query);
        let headers = pairs("headers", &operation.fixed_headers);
        let security = operation.admin.then(|| quote!(security: Security::Admin,));
        let accept = Some(accept(operation)).filter(|accept| *accept != "application/json");
        let accept = accept.map(|accept| quote!(accept: #accept,));
        let body = operation.body.as_ref().map(|body| {
            let kind = body_kind(body);
            quote!(body: #kind,)
        });
        let stream = operation.stream.as_ref().map(|stream| {
            let (done, resumes) = (&stream.done, &stream.resumes);
            match stream {
                _ if !resumes.is_empty() => {
                    quote!(stream: Done::Resting { rest: &[#(#done),*], work: &[#(#resumes),*] },)
                }
                stream if stream.envelope => quote!(stream: Done::Enveloped,),
                stream if stream.done.is_empty() => quote!(stream: Done::Marker,),
                stream if stream.several => quote!(stream: Done::Several(&[#(#done),*]),),
                _ => quote!(stream: Done::Types(&[#(#done),*]),),
            }
        });
        let switch = operation.stream.as_ref().map(|stream| &stream.switch);
        let switch = switch.and_then(|(name, value)| Some((name, value.as_str()?)));
        let switch = switch.map(|(name, value)| quote!(switch: Some((#name, #value)),));
        let paging = operation.paging.as_ref().map(|_| {
            let kind = paging_kind(operation);
            quote!(paging: #kind,)
        });
        let secrets = &operation.secrets;
        let secrets = (!secrets.is_empty()).then(|| quote!(secrets: &[#(#secrets),*],));
        let span = operation.span.as_ref().map(|span| quote!(span: #span,));
        let unset = pairs("unset", &operation.unset);
        quote! {
            Endpoint {
                id: #id,
                method: #method,
                path: #path,
                #query #headers #security #accept #body #stream #switch #unset #paging #secrets #span
                ..Endpoint::DEFAULT
            }
        }
    }
}

/// The type parameters and the parameters of a method that takes these arguments behind the path's.
fn function(arguments: &[Argument], path: &[TokenStream]) -> (TokenStream, TokenStream) {
    let parameters = path.iter().cloned().chain(arguments.iter().map(Argument::parameter));
    (arguments::generics(arguments), quote!(#(#parameters),*))
}

/// The paging kind as the runtime's word.
fn paging_kind(operation: &Operation) -> TokenStream {
    match operation.paging.as_ref().map(|paging| paging.kind.as_str()) {
        None => quote!(Paging::None),
        Some("cursor") => quote!(Paging::Cursor),
        Some("conversation_cursor") => quote!(Paging::ConversationCursor),
        Some("next_cursor") if operation.parameters.iter().any(|p| p.field.wire == "page") => quote!(Paging::NextPage),
        Some("next_cursor") => quote!(Paging::NextCursor),
        Some("token") => quote!(Paging::Token),
        Some(_) => quote!(Paging::Page),
    }
}

fn body_kind(body: &Body) -> TokenStream {
    match body.kind {
        // WebRTC: the offer alone is sent as it is, and with session settings as a part of its own.
        BodyKind::Multipart if body.media.iter().any(|media| media == "application/sdp") => quote!(BodyKind::Sdp),
        BodyKind::Json => quote!(BodyKind::Json),
        BodyKind::Multipart => quote!(BodyKind::Multipart),
        BodyKind::MultipartOrJson => quote!(BodyKind::MultipartOrJson),
        BodyKind::Form => quote!(BodyKind::Form),
    }
}

fn accept(operation: &Operation) -> &str {
    match &operation.response {
        Response::Json(_) => "application/json",
        // Nothing but events: the runtime need not ask for them.
        Response::Unit if operation.response_media == ["text/event-stream"] => "text/event-stream",
        Response::Unit => "*/*",
        Response::Text | Response::Binary => {
            let plain = operation
                .response_media
                .iter()
                .find(|media| !["application/json", "text/event-stream"].contains(&media.as_str()));
            plain.map_or("application/binary", String::as_str)
        }
    }
}
