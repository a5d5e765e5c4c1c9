//! What is emitted for an operation that begins, changes or fetches what takes a while.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::emit::docs;
use crate::emit::tokens::{Scope, ident, marker, plain};
use crate::ir::{Location, Operation, Response, Source, Ty};

/// What its marker says about that.
pub(super) fn implementation(scope: Scope<'_>, operation: &Operation, name: &Ident) -> TokenStream {
    let Some(polling) = &operation.polling else { return TokenStream::new() };
    let target = &scope.api.operations[polling.retrieve];
    let state = state(target).map(|ty| scope.ty(ty));
    let path = polling.path.iter().map(|(parameter, source)| match source {
        Source::Path => quote!((#parameter, Origin::Path)),
        Source::Answer(fields) => quote!((#parameter, Origin::Answer(&[#(#fields),*]))),
    });
    let path = quote!(&[#(#path),*]);
    let is_state = polling.is_state;
    let Some(states) = &polling.states else {
        let retrieve = marker(target);
        let retrieve = quote!(crate::resources::#retrieve);
        // What fetches the state may be in an area that is not compiled.
        let area = &target.area;
        let gate = (*area != operation.area).then(|| quote!(#[cfg(feature = #area)]));
        return quote! {
            #gate
            impl Polls for #name {
                type State = #state;
                const POLLING: &'static Polling = &Polling {
                    retrieve: #retrieve::ENDPOINT,
                    states: #retrieve::POLLING.states,
                    path: #path,
                    is_state: #is_state,
                };
            }
        };
    };
    let (field, pending, done) = (&states.field, &states.pending, &states.done);
    let interval = Literal::u64_unsuffixed(states.interval);
    quote! {
        impl Polls for #name {
            type State = #state;
            const POLLING: &'static Polling = &Polling {
                retrieve: Self::ENDPOINT,
                states: &States {
                    field: #field,
                    pending: &[#(#pending),*],
                    done: &[#(#done),*],
                    interval: Duration::from_secs(#interval),
                },
                path: #path,
                is_state: #is_state,
            };
        }
        impl Pollable for #name {}
    }
}

/// What an operation's docs say about that.
pub(super) fn note(scope: Scope<'_>, operation: &Operation) -> Option<String> {
    let polling = operation.polling.as_ref()?;
    let target = &scope.api.operations[polling.retrieve];
    if polling.states.is_some() {
        return Some("`poll` repeats the request until the operation is done.".into());
    }
    let gate =
        if target.area == operation.area { "" } else { &format!(", which takes the feature `{}`,", target.area) };
    let what = if polling.is_state { "" } else { &format!(" that `{}.{}` fetches", target.resource, target.verb) };
    Some(format!("`send_and_poll`{gate} waits until the long-running operation{what} is done."))
}

/// The resource's method that follows a job by its id.
pub(super) fn method(scope: Scope<'_>, operation: &Operation) -> TokenStream {
    let fetches = operation.polling.as_ref().filter(|polling| polling.states.is_some());
    let Some(state) = fetches.and_then(|_| state(operation)) else { return TokenStream::new() };
    let state = scope.ty(state);
    let verb = plain(&operation.verb);
    let parameters = operation.parameters.iter().filter(|parameter| parameter.location == Location::Path);
    let names: Vec<Ident> = parameters.map(|parameter| ident(&parameter.field.rust)).collect();
    let doc = docs::lines(&[
        format!(
            "Polls until the long-running operation is done; does the same as [`Self::{}`] with `poll`.",
            operation.verb
        ),
        String::new(),
        docs::code(&format!("{} {}", operation.method, operation.path)),
    ]);
    let key = format!("{}.{}", operation.resource, operation.verb);
    let deprecated = docs::deprecation(scope.api, operation.deprecated, &key);
    quote! {
        #doc
        #deprecated
        pub fn poll(&self, #(#names: impl std::fmt::Display),*) -> Poller<#state> { self.#verb(#(#names),*).poll() }
    }
}

fn state(target: &Operation) -> Option<&Ty> {
    match &target.response {
        Response::Json(ty) => Some(ty),
        _ => None,
    }
}
