//! The Cargo features without which an item is not compiled.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, LitStr};

/// A type that so many areas use is always compiled: a gate of that many names helps nobody.
const COMMON: usize = 4;

/// Features of which one is enough, or none at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gate(Option<BTreeSet<String>>);

impl Gate {
    /// No gate.
    pub(super) fn always() -> Self {
        Self(None)
    }

    /// Any of these areas.
    pub(super) fn any<'a>(areas: impl IntoIterator<Item = &'a String>) -> Self {
        Self(Some(areas.into_iter().cloned().collect()))
    }

    /// The gate of a type that these areas reach.
    pub(super) fn reached_by(areas: &BTreeSet<String>) -> Self {
        if areas.len() >= COMMON { Self::always() } else { Self::any(areas) }
    }

    /// The gate that the attributes of an item say, if they say one.
    pub(super) fn of(attributes: &[Attribute]) -> Option<Self> {
        let cfg = attributes.iter().find(|attribute| attribute.path().is_ident("cfg"))?;
        let mut areas = BTreeSet::new();
        let syn::Meta::List(list) = &cfg.meta else { return None };
        literals(list.tokens.clone(), &mut areas);
        Some(Self(Some(areas)))
    }

    /// Opens it to what another one lets through as well.
    pub(super) fn widen(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            (Some(areas), Some(others)) => areas.extend(others.iter().cloned()),
            (own, _) => *own = None,
        }
    }

    /// The gate inside what is behind `outer` already: none where it keeps nothing out.
    pub(super) fn within(self, outer: &Self) -> Self {
        match (&self.0, &outer.0) {
            (Some(areas), Some(outer)) if areas.is_superset(outer) => Self::always(),
            _ => self,
        }
    }

    /// The attribute.
    pub(super) fn attribute(&self) -> TokenStream {
        let Some(areas) = &self.0 else { return TokenStream::new() };
        let mut areas = areas.iter();
        match (areas.next(), areas.next()) {
            (Some(only), None) => quote!(#[cfg(feature = #only)]),
            (first, second) => {
                let areas = first.into_iter().chain(second).chain(areas);
                quote!(#[cfg(any(#(feature = #areas),*))])
            }
        }
    }
}

/// The strings in a predicate, which is `feature = "…"` or `any(…)` of such.
fn literals(tokens: TokenStream, out: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Group(group) => literals(group.stream(), out),
            proc_macro2::TokenTree::Literal(literal) => {
                let literal: Result<LitStr, _> = syn::parse_str(&literal.to_string());
                out.extend(literal.map(|literal| literal.value()));
            }
            _ => {}
        }
    }
}
