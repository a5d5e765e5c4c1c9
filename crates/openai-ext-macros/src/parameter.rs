//! The parameters of a tool's function: arguments of the model, shared state, the context of the run.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, FnArg, Pat, Result, Type};

/// A parameter of the function.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
    /// The attributes that the argument's field gets: its documentation, and those of serde and schemars.
    pub(crate) attributes: Vec<Attribute>,
}

/// The source of a parameter's value.
#[derive(PartialEq, Eq)]
pub(crate) enum Role {
    /// The model writes it.
    Argument,
    /// The program gives it when it makes the tool; cloned for each call.
    State,
    /// As `State`, behind an `Arc`: the function borrows it.
    BorrowedState,
    /// The context of the run.
    Context,
}

impl Parameter {
    /// Reads a parameter and takes out of it what only the attribute understands.
    pub(crate) fn of(argument: &mut FnArg) -> Result<Self> {
        let typed = match argument {
            FnArg::Typed(typed) => typed,
            other => {
                let message = "a method cannot be a tool: make it a function, and give it its value by a parameter \
                               with `#[state]`";
                return Err(Error::new(other.span(), message));
            }
        };
        let name = match &*typed.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => pattern.ident.clone(),
            other => {
                let message = "a parameter of a tool needs a name, which the model gets to see: write `name: Type`, \
                               and take the value apart in the body";
                return Err(Error::new(other.span(), message));
            }
        };
        let (mut role, mut attributes) = (Role::Argument, Vec::new());
        for attribute in std::mem::take(&mut typed.attrs) {
            let path = attribute.path();
            if path.is_ident("state") {
                role = Role::State;
            } else if path.is_ident("context") {
                role = Role::Context;
            } else if ["doc", "serde", "schemars"].iter().any(|known| path.is_ident(known)) {
                attributes.push(attribute);
            } else {
                let message = "unknown attribute of a tool's parameter: use a doc comment, `#[state]`, `#[context]`, \
                               `#[serde(…)]` or `#[schemars(…)]`";
                return Err(Error::new(attribute.span(), message));
            }
        }
        let ty = (*typed.ty).clone();
        if role == Role::Argument && is_context(&ty) {
            role = Role::Context;
        }
        if role == Role::State && matches!(ty, Type::Reference(_)) {
            role = Role::BorrowedState;
        }
        check(&ty, &role)?;
        Ok(Self { name, ty, role, attributes })
    }

    /// Returns the field of the arguments' struct.
    pub(crate) fn field(&self) -> TokenStream {
        let Self { name, ty, attributes, .. } = self;
        quote!(#(#attributes)* #name: #ty)
    }

    /// Returns the type behind a reference.
    pub(crate) fn target(&self) -> &Type {
        match &self.ty {
            Type::Reference(reference) => &reference.elem,
            other => other,
        }
    }
}

fn is_context(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "ToolContext")
}

fn check(ty: &Type, role: &Role) -> Result<()> {
    let message = match (ty, role) {
        (Type::ImplTrait(_), _) => {
            "a parameter of a tool needs a type that the model can be told of: write the type instead of `impl Trait`"
        }
        (Type::Reference(reference), Role::BorrowedState) if reference.mutability.is_some() => {
            "the state of a tool is shared by calls that run at once: take it by `&`, with a `Mutex` in it"
        }
        (Type::Reference(_), Role::Argument) => {
            "an argument of a tool is read from JSON and has to own its value: take a `String` instead of a `&str`, a \
             `Vec` instead of a slice; shared state is marked by `#[state]`"
        }
        (Type::Reference(_), Role::Context) => "the context is passed by value: write `ToolContext`",
        _ => return Ok(()),
    };
    Err(Error::new(ty.span(), message))
}
