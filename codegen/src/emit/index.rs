//! The index of all operations and webhooks: for mocks, contract tests and replay.

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{Scope, type_ident};
use super::{ACCEPTANCE, Files, RAW, builder, file};
use crate::ir::{Api, Operation, Response, Ty};

/// Emits `index.rs`.
pub(super) fn emit(api: &Api, files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: true, label: None };
    let operations = api.operations.iter().map(|operation| entry(scope, operation));
    let webhooks = api.webhooks.iter().map(|(event, id)| {
        let def = api.get(*id);
        let name = type_ident(&def.name);
        let text = def.name.as_str();
        quote! {
            #[cfg(feature = "webhooks")]
            Webhook { event: #event, type_name: #text, payload: round_trip::<types::#name> },
        }
    });
    let definitions = definitions();
    let path = format!("{RAW}/index.rs");
    let tokens = quote! {
        //! Every operation and webhook of the document, for mocks, contract tests and replay.
        use openai_runtime::json::{Map, ReadError, Value, round_trip};
        use openai_runtime::{Done, Paging, Security};
        use crate::{request, resources, types};
        #definitions
        /// All operations of the enabled features, in the order of the document.
        pub static OPERATIONS: &[Operation] = &[#(#operations)*];
        /// All webhooks, by event name.
        pub static WEBHOOKS: &[Webhook] = &[#(#webhooks)*];
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    schemas(api, files)
}

/// The index of all schemas is for the acceptance crate alone: a user's compiler need not read it.
fn schemas(api: &Api, files: &mut Files) -> Result<(), String> {
    let schemas = api.components.iter().filter(|(_, id)| !api.get(**id).areas.is_empty()).map(|(schema, id)| {
        let name = type_ident(&api.get(*id).name);
        quote!((#schema, round_trip::<types::#name>))
    });
    let path = format!("{ACCEPTANCE}/schemas.rs");
    let tokens = quote! {
        //! All component schemas that have a type of their own, by their names in the document.
        use openai_raw::index::RoundTrip;
        use openai_raw::openai_runtime::json::round_trip;
        use openai_raw::types;
        /// Each schema and its type's decoding and encoding.
        pub static SCHEMAS: &[(&str, RoundTrip)] = &[#(#schemas),*];
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}

fn definitions() -> TokenStream {
    quote! {
        /// Decodes bytes as a type and gives the value that the type writes.
        pub type RoundTrip = fn(&[u8]) -> Result<Value, ReadError>;
        /// One operation.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct Operation {
            /// The document's operationId.
            pub id: &'static str,
            /// HTTP method, in capitals.
            pub method: &'static str,
            /// Path template.
            pub path: &'static str,
            /// Query that every call has, as `beta=true`.
            pub query: &'static [(&'static str, &'static str)],
            /// Resource path of the official SDKs, as `chat.completions`.
            pub resource: &'static str,
            /// Verb of the official SDKs, as `create`.
            pub verb: &'static str,
            /// The Cargo feature.
            pub area: &'static str,
            /// Media types of the request body.
            pub request_media: &'static [&'static str],
            /// Media types of the answer.
            pub response_media: &'static [&'static str],
            /// Whether it can stream events.
            pub streams: bool,
            /// How its list goes on.
            pub paging: Paging,
            /// The credential it takes.
            pub security: Security,
            /// Decodes and re-encodes a request body.
            pub request: Option<RoundTrip>,
            /// Decodes and re-encodes a JSON answer.
            pub response: Option<RoundTrip>,
            /// Decodes and re-encodes a stream event.
            pub event: Option<RoundTrip>,
            /// Whether an event is its name and its data under two keys, `event` and `data`.
            pub enveloped: bool,
        }
        /// What an endpoint's own table does not say, beside what it says.
        #[allow(dead_code)]
        const fn of<O: request::Operation>(
            [resource, verb, area]: [&'static str; 3],
            [request_media, response_media]: [&'static [&'static str]; 2],
            [request, response, event]: [Option<RoundTrip>; 3],
        ) -> Operation {
            let endpoint = O::ENDPOINT;
            Operation {
                id: endpoint.id,
                method: endpoint.method,
                path: endpoint.path,
                query: endpoint.query,
                resource,
                verb,
                area,
                request_media,
                response_media,
                streams: !matches!(endpoint.stream, Done::None),
                paging: endpoint.paging,
                security: endpoint.security,
                request,
                response,
                event,
                enveloped: matches!(endpoint.stream, Done::Enveloped),
            }
        }
        /// One webhook.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct Webhook {
            /// The event's name.
            pub event: &'static str,
            /// The Rust type of its payload.
            pub type_name: &'static str,
            /// Decodes and re-encodes a payload.
            pub payload: RoundTrip,
        }
    }
}

fn entry(scope: Scope<'_>, operation: &Operation) -> TokenStream {
    let (resource, verb, area) = (&operation.resource, &operation.verb, &operation.area);
    let marker = builder::marker(operation);
    let request_media = operation.body.iter().flat_map(|body| &body.media);
    let response_media = &operation.response_media;
    let trip = |ty: Option<&Ty>| match ty {
        Some(ty) => {
            let ty = scope.ty(ty);
            quote!(Some(round_trip::<#ty>))
        }
        None => quote!(None),
    };
    let request = trip(operation.body.as_ref().map(|body| &body.ty));
    let response = trip(match &operation.response {
        Response::Json(ty) => Some(ty),
        _ => None,
    });
    let event = trip(operation.stream.as_ref().map(|stream| &stream.event));
    quote! {
        #[cfg(feature = #area)]
        of::<resources::#marker>(
            [#resource, #verb, #area],
            [&[#(#request_media),*], &[#(#response_media),*]],
            [#request, #response, #event],
        ),
    }
}
