//! Arguments of constructors and setters: their types, and their conversion into a field's value.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::tokens::{Scope, ident};
use crate::ir::{Field, FieldForm, Shape, Ty};

/// An argument that a user gives for a value.
pub(super) struct Argument {
    pub name: Ident,
    /// The type parameter that tells the form of the value, where a conversion has several.
    form: Option<Ident>,
    ty: TokenStream,
    value: Value,
}

/// The value that an argument becomes.
enum Value {
    /// It always fits.
    Plain(TokenStream),
    /// It may not fit.
    Given(TokenStream),
}

impl Argument {
    /// The argument as a parameter of a function.
    pub(super) fn parameter(&self) -> TokenStream {
        let (name, ty) = (&self.name, &self.ty);
        quote!(#name: #ty)
    }

    /// Tells whether the value may not fit.
    pub(super) fn is_given(&self) -> bool {
        matches!(self.value, Value::Given(_))
    }

    /// The value for a field; `holder` keeps why it does not fit.
    pub(super) fn value(&self, holder: &TokenStream, wire: &str) -> TokenStream {
        match &self.value {
            Value::Plain(value) => value.clone(),
            Value::Given(value) => quote!(#holder.given(#wire, #value)),
        }
    }

    /// The value as a result.
    pub(super) fn result(&self) -> TokenStream {
        match &self.value {
            Value::Plain(value) => quote!(Ok(#value)),
            Value::Given(value) => value.clone(),
        }
    }

    fn map(mut self, map: impl Fn(&TokenStream) -> TokenStream, convert: TokenStream) -> Self {
        self.value = match self.value {
            Value::Plain(value) => Value::Plain(map(&value)),
            Value::Given(value) => Value::Given(quote!(#value.map(#convert))),
        };
        self
    }
}

/// The type parameters of a function with these arguments.
pub(super) fn generics(arguments: &[Argument]) -> TokenStream {
    let forms: Vec<&Ident> = arguments.iter().filter_map(|argument| argument.form.as_ref()).collect();
    if forms.is_empty() { TokenStream::new() } else { quote!(<#(#forms),*>) }
}

/// The arguments of a constructor. An argument that the document lets be null is given as it is.
pub(super) fn required(scope: Scope<'_>, fields: &[&Field]) -> Vec<Argument> {
    let named = fields.iter().filter(|field| has_form(scope, &field.ty, false)).count();
    let mut number = 0;
    let argument = |field: &&Field| {
        let form = if named == 1 { format_ident!("K") } else { format_ident!("K{}", number + 1) };
        number += usize::from(has_form(scope, &field.ty, false));
        let scope = scope.labelled(field.label.as_ref());
        let argument = match field.form {
            FieldForm::ToolCallId => tool_call(ident(&field.rust)),
            _ => one(scope, &field.ty, ident(&field.rust), form),
        };
        if field.is_option() { argument.map(|value| quote!(Some(#value)), quote!(Some)) } else { argument }
    };
    fields.iter().map(argument).collect()
}

/// The argument for the tool call that an object answers, by the call or the type of its id.
fn tool_call(name: Ident) -> Argument {
    let value = Value::Plain(quote!(#name.into_tool_call_id().into()));
    Argument { name, form: None, ty: quote!(impl IntoToolCallId), value }
}

/// The argument of a field's setter.
pub(super) fn setter(scope: Scope<'_>, field: &Field, name: Ident) -> Argument {
    let scope = scope.labelled(field.label.as_ref());
    if field.is_option() { optional(scope, &field.ty, name) } else { one(scope, &field.ty, name, format_ident!("K")) }
}

/// Tells whether the conversion has several forms, which a type parameter tells apart.
fn has_form(scope: Scope<'_>, ty: &Ty, is_optional: bool) -> bool {
    match ty {
        Ty::String | Ty::File | Ty::Floats => is_optional,
        Ty::Integer => true,
        Ty::Number | Ty::Boolean | Ty::Any | Ty::FreeObject | Ty::Nullable(_) => false,
        Ty::List(item) => !is_any(item),
        Ty::Map(_) => true,
        Ty::Boxed(inner) => has_form(scope, inner, is_optional),
        Ty::Named(id) => is_optional || !matches!(scope.api.get(*id).shape, Shape::Enum(_)),
    }
}

fn is_any(ty: &Ty) -> bool {
    matches!(ty, Ty::Any | Ty::FreeObject)
}

/// The argument for a value that is required.
pub(super) fn one(scope: Scope<'_>, ty: &Ty, name: Ident, form: Ident) -> Argument {
    let is_formed = has_form(scope, ty, false);
    let (of, value) = match ty {
        Ty::Boolean => (quote!(bool), Value::Plain(quote!(#name))),
        Ty::Number => (quote!(impl IntoNumber<f64>), Value::Given(quote!(#name.into_number()))),
        Ty::Boxed(inner) => {
            return one(scope, inner, name, form).map(|value| quote!(Box::new(#value)), quote!(Box::new));
        }
        Ty::List(item) if is_formed => {
            let item = scope.ty(item);
            (quote!(impl IntoList<#item, #form>), Value::Given(quote!(#name.into_list())))
        }
        Ty::List(item) => {
            let item = scope.ty(item);
            let value = quote!(#name.into_iter().map(Into::into).collect());
            (quote!(impl IntoIterator<Item = impl Into<#item>>), Value::Plain(value))
        }
        Ty::Map(item) => {
            let item = scope.ty(item);
            (quote!(impl IntoMap<#item, #form>), Value::Given(quote!(#name.into_map())))
        }
        ty if is_formed => {
            let ty = scope.ty(ty);
            (quote!(impl IntoField<#ty, #form>), Value::Given(quote!(#name.into_field())))
        }
        ty => {
            let ty = scope.ty(ty);
            (quote!(impl Into<#ty>), Value::Plain(quote!(#name.into())))
        }
    };
    Argument { name, form: is_formed.then_some(form), ty: of, value }
}

/// The argument for a whole body, behind so many others.
pub(super) fn body(scope: Scope<'_>, ty: &Ty, others: usize) -> Argument {
    one(scope, ty, format_ident!("body_"), if others == 0 { format_ident!("K") } else { format_ident!("B") })
}

/// The argument for a value that may be absent, which takes an `Option` besides the value itself.
pub(super) fn optional(scope: Scope<'_>, ty: &Ty, name: Ident) -> Argument {
    let form = format_ident!("K");
    let is_formed = has_form(scope, ty, true);
    let (of, value) = match ty {
        Ty::Boolean => (quote!(impl Into<Option<bool>>), Value::Plain(quote!(#name.into()))),
        Ty::Number => (quote!(impl IntoNumber<Option<f64>>), Value::Given(quote!(#name.into_number()))),
        Ty::Any | Ty::FreeObject => (quote!(impl Into<Value>), Value::Plain(quote!(optional_json(#name)))),
        Ty::Boxed(inner) => {
            let boxed = quote!(|value| value.map(Box::new));
            return optional(scope, inner, name).map(|value| quote!(#value.map(Box::new)), boxed);
        }
        Ty::List(item) if is_formed => {
            let item = scope.ty(item);
            (quote!(impl IntoOptionalList<#item, #form>), Value::Given(quote!(#name.into_optional())))
        }
        Ty::Map(item) => {
            let item = scope.ty(item);
            (quote!(impl IntoOptionalMap<#item, #form>), Value::Given(quote!(#name.into_optional())))
        }
        ty if is_formed => {
            let ty = scope.ty(ty);
            (quote!(impl IntoOptional<#ty, #form>), Value::Given(quote!(#name.into_optional())))
        }
        ty => return one(scope, ty, name, form).map(|value| quote!(Some(#value)), quote!(Some)),
    };
    Argument { name, form: is_formed.then_some(form), ty: of, value }
}
