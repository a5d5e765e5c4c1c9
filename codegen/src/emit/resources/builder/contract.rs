//! A call of the operation with everything that a sample has a value for, through the public builder.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{Builder, SetterTarget};
use crate::emit::tokens::{ident, marker, plain};
use crate::emit::types::objects;
use crate::ir::{BodyKind, Field, Location, Operation, snake};

/// What is emitted for the contract tests of one operation.
pub(in crate::emit) struct Contract {
    /// Its entry in the list of calls.
    pub entry: TokenStream,
    /// The functions that the entries name.
    pub functions: TokenStream,
    /// Its entry in the list of what takes a while, if it begins, changes or fetches that.
    pub polled: Option<TokenStream>,
}

impl Builder<'_> {
    /// The entries and functions that make the call with everything that `input` has a value for.
    pub(in crate::emit) fn contract(&self) -> Contract {
        let operation = self.operation;
        let id = &operation.id;
        let function = plain(&snake(id));
        let media = media(operation).map_or_else(|| quote!(None), |media| quote!(Some(#media)));
        let (call, arguments) = self.sampled();
        let entry = quote!(Entry { id: #id, media: #media, arguments: &[#(#arguments),*], call: #function });
        if operation.polling.is_none() {
            let functions = quote! {
                fn #function(client: &Client, input: &Input) -> Result<Sent, String> {
                    #call
                    Ok(input.send(call))
                }
            };
            return Contract { entry, functions, polled: None };
        }
        let request = format_ident!("{function}_request");
        let marker = marker(operation);
        let functions = quote! {
            fn #request(client: &Client, input: &Input) -> Result<Request<resources::#marker>, String> {
                #call
                Ok(call)
            }
            fn #function(client: &Client, input: &Input) -> Result<Sent, String> {
                Ok(input.send(#request(client, input)?))
            }
        };
        let polled = quote! {
            Polled {
                id: #id,
                polling: <resources::#marker as Polls>::POLLING,
                run: |client, input, options| Ok(options.follow(#request(client, input)?)),
            }
        };
        Contract { entry, functions, polled: Some(polled) }
    }

    /// The statements that make the call, and the fields of the body that are its arguments.
    fn sampled(&self) -> (TokenStream, Vec<&str>) {
        let operation = self.operation;
        let resources = operation.resource.split('.').map(|segment| plain(&snake(segment)));
        let verb = plain(&operation.verb);
        let take = |place: &str, field: &Field| {
            let ty = self.scope.labelled(field.label.as_ref()).ty(&field.ty);
            let (place, wire) = (plain(place), &field.wire);
            quote!(input.#place::<#ty>(#wire)?)
        };
        let path = self.parameters(Location::Path).map(|parameter| {
            let wire = &parameter.field.wire;
            quote!(input.path(#wire)?)
        });
        let query = self.parameters(Location::Query).filter(|parameter| parameter.field.required);
        let query = query.map(|parameter| take("query", &parameter.field));
        let is_one = self.body_object().is_none() || self.body_arguments.len() > objects::MOST_ARGUMENTS;
        let (body, given): (Vec<TokenStream>, &[&Field]) = match &operation.body {
            None => (Vec::new(), &[]),
            Some(body) if is_one => {
                let ty = self.scope.labelled(body.label.as_ref()).ty(&body.ty);
                (vec![quote!(input.whole::<#ty>()?)], &self.body_fields)
            }
            Some(_) => (self.body_arguments.iter().map(|field| take("body", field)).collect(), &self.body_arguments),
        };
        let settable = self.settable().into_iter();
        let setters = settable.filter(|(_, field)| !given.iter().any(|one| one.wire == field.wire));
        let setters: Vec<TokenStream> = setters.map(|(place, field)| self.sampled_setter(place, field)).collect();
        let mutable = (!setters.is_empty()).then(|| quote!(mut));
        let call = quote! {
            let #mutable call = client #(.#resources())* .#verb(#(#path,)* #(#query,)* #(#body),*);
            #(#setters)*
        };
        (call, if is_one { Vec::new() } else { given.iter().map(|field| field.wire.as_str()).collect() })
    }

    fn sampled_setter(&self, place: SetterTarget, field: &Field) -> TokenStream {
        let ty = self.scope.labelled(field.label.as_ref()).ty(&field.ty);
        let (name, wire) = (ident(&Self::setter_name(field)), &field.wire);
        let place = match place {
            SetterTarget::Query => quote!(some_query),
            SetterTarget::Header => quote!(some_header),
            SetterTarget::Body => quote!(some_body),
        };
        quote!(if let Some(value) = input.#place::<#ty>(#wire)? { call = call.#name(value); })
    }
}

/// The media type in which the body is sent.
fn media(operation: &Operation) -> Option<&String> {
    let body = operation.body.as_ref()?;
    let sent = match body.kind {
        BodyKind::Json => "application/json",
        BodyKind::Multipart | BodyKind::MultipartOrJson => "multipart/form-data",
        BodyKind::Form => "application/x-www-form-urlencoded",
    };
    body.media.iter().find(|media| *media == sent).or(body.media.first())
}
