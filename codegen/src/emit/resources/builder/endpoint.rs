//! The table of an operation's endpoint.

use proc_macro2::TokenStream;
use quote::quote;

use super::Builder;
use crate::emit::tokens::plain;
use crate::ir::{Asks, Body, BodyKind, Operation, Response, Style, StyleRule, Ty};

impl Builder<'_> {
    /// The endpoint's table: only what differs from most.
    pub(super) fn endpoint(&self) -> TokenStream {
        let operation = self.operation;
        let (id, method, path) = (&operation.id, &operation.method, &operation.path);
        let pairs = |name: &str, pairs: &[(String, String)]| {
            let name = plain(name);
            let list = pairs.iter().map(|(name, value)| quote!((#name, #value)));
            (!pairs.is_empty()).then(|| quote!(#name: &[#(#list),*],))
        };
        let query = pairs("query", &operation.fixed_query);
        let headers = pairs("headers", &operation.fixed_headers);
        let security = match (operation.admin, operation.is_open) {
            (true, _) => quote!(security: Security::Admin,),
            (false, true) => quote!(security: Security::None,),
            (false, false) => TokenStream::new(),
        };
        let accept = Some(accept(operation)).filter(|accept| *accept != "application/json");
        let accept = accept.map(|accept| quote!(accept: #accept,));
        let body = operation.body.as_ref().map(|body| {
            let kind = body_kind(operation, body);
            quote!(body: #kind,)
        });
        let stream = operation.stream.as_ref().map(|stream| {
            let (done, resumes) = (&stream.done, &stream.resumes);
            match stream {
                _ if !resumes.is_empty() => {
                    quote!(stream: Done::Resting { rest: &[#(#done),*], work: &[#(#resumes),*] },)
                }
                stream if stream.envelope => quote!(stream: Done::Enveloped,),
                stream if stream.done.is_empty() && stream.event == Ty::String => quote!(stream: Done::Texts,),
                stream if stream.done.is_empty() && stream.just_ends => TokenStream::new(),
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
        let is_text = operation.response == Response::Text && operation.accept.is_some();
        let is_text = is_text.then(|| quote!(is_text: true,));
        let asks = operation.stream.as_ref().and_then(|stream| match &stream.asks {
            Asks::Usual => None,
            Asks::Accept => Some(quote!(Accept)),
            Asks::Field(name) => Some(quote!(Field(#name))),
            Asks::Query(name) => Some(quote!(Query(#name))),
        });
        let asks = asks.map(|asks| quote!(asks: openai_runtime::StreamSwitch::#asks,));
        let server = operation.server.as_ref().map(|server| {
            let (url, is_trusted) = (&server.url, server.is_trusted);
            quote!(server: Some(openai_runtime::ServerUrl { url: #url, is_trusted: #is_trusted }),)
        });
        let styles = styles(operation);
        let base = if operation.by_openapi { quote!(OPENAPI) } else { quote!(DEFAULT) };
        quote! {
            Endpoint {
                id: #id,
                method: #method,
                path: #path,
                #query #headers #security #accept #body #stream #switch #unset #paging #secrets #span
                #styles #asks #server #is_text
                ..Endpoint::#base
            }
        }
    }
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

fn body_kind(operation: &Operation, body: &Body) -> TokenStream {
    let sent = &body.sent;
    match body.kind {
        // WebRTC: the offer alone is sent as it is, and with session settings as a part of its own.
        BodyKind::Multipart if !operation.by_openapi && body.media.iter().any(|media| media == "application/sdp") => {
            quote!(BodyKind::Sdp)
        }
        BodyKind::Json => quote!(BodyKind::Json),
        BodyKind::Multipart => quote!(BodyKind::Multipart),
        BodyKind::MultipartOrJson => quote!(BodyKind::MultipartOrJson),
        BodyKind::Form => quote!(BodyKind::Form),
        BodyKind::JsonOf => quote!(BodyKind::JsonOf(#sent)),
        BodyKind::Text => quote!(BodyKind::Text(#sent)),
        BodyKind::Bytes => quote!(BodyKind::Bytes(#sent)),
    }
}

/// The forms of parameters and form fields that are not OpenAPI's defaults.
fn styles(operation: &Operation) -> Option<TokenStream> {
    if !operation.by_openapi {
        return None;
    }
    let parameters = operation.parameters.iter().filter_map(|parameter| {
        let style = style(parameter.style.as_ref()?);
        let name = &parameter.name;
        Some(quote!((#name, #style)))
    });
    let parameters: Vec<TokenStream> = parameters.collect();
    let fields = operation.body.iter().flat_map(|body| &body.fields).map(|(name, found)| {
        let style = style(found);
        quote!((#name, #style))
    });
    let fields: Vec<TokenStream> = fields.collect();
    if parameters.is_empty() && fields.is_empty() {
        return None;
    }
    Some(quote! {
        styles: Some(&openai_runtime::Styles { parameters: &[#(#parameters),*], fields: &[#(#fields),*] }),
    })
}

fn style(style: &Style) -> TokenStream {
    let (name, exploded) = match &style.rule {
        StyleRule::Media(media) => return quote!(openai_runtime::Style::media(#media)),
        StyleRule::Form => (quote!(FORM), true),
        StyleRule::Space => (quote!(SPACE), false),
        StyleRule::Pipe => (quote!(PIPE), false),
        StyleRule::Deep => (quote!(DEEP), true),
        StyleRule::Simple => (quote!(SIMPLE), false),
        StyleRule::Label => (quote!(LABEL), false),
        StyleRule::Matrix => (quote!(MATRIX), false),
    };
    let explode = style.explode;
    let explode = (explode != exploded).then(|| quote!(explode: #explode,));
    let reserved = style.reserved.then(|| quote!(reserved: true,));
    if explode.is_none() && reserved.is_none() {
        return quote!(openai_runtime::Style::#name);
    }
    quote!(openai_runtime::Style { #explode #reserved ..openai_runtime::Style::#name })
}

fn accept(operation: &Operation) -> &str {
    if let Some(accept) = &operation.accept {
        return accept;
    }
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
