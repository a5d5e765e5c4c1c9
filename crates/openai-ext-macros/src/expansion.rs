//! The function that the attribute makes of a function.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, ExprLit, ItemFn, Lit, Meta, Result, Safety, Signature};

use crate::options::{Options, check_name};
use crate::parameter::{Parameter, Role};

/// Makes a function that returns the tool of a function.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(options)?;
    let span = item.span();
    let mut function: ItemFn = syn::parse2(item).map_err(|error| {
        let is_function = error.to_string().contains("expected `fn`");
        if is_function { Error::new(span, "`#[tool]` makes a tool of a function: put it on an `fn`") } else { error }
    })?;
    check(&function.sig)?;
    let parameters = function.sig.inputs.iter_mut().map(Parameter::of).collect::<Result<Vec<_>>>()?;
    let name = name_of(&options, &function)?;
    let description = description_of(&options, &function)?;
    Ok(made(&options, &function, &parameters, &name, &description))
}

/// Refuses what no tool can be made of.
fn check(signature: &Signature) -> Result<()> {
    let generics = &signature.generics;
    let refused = [
        (!generics.params.is_empty()).then(|| {
            (generics.params.span(), "a tool has one schema, so its function cannot be generic: write the types")
        }),
        generics.where_clause.as_ref().map(|clause| (clause.span(), "the function of a tool cannot have bounds")),
        matches!(signature.safety, Safety::Unsafe(_))
            .then(|| (signature.fn_token.span(), "the function of a tool cannot be `unsafe`")),
        signature.constness.as_ref().map(|token| (token.span(), "the function of a tool cannot be `const`")),
        signature.abi.as_ref().map(|abi| (abi.span(), "the function of a tool cannot be `extern`")),
        signature.variadic.as_ref().map(|dots| (dots.span(), "the function of a tool cannot be variadic")),
    ];
    match refused.into_iter().flatten().next() {
        Some((span, message)) => Err(Error::new(span, message)),
        None => Ok(()),
    }
}

fn name_of(options: &Options, function: &ItemFn) -> Result<String> {
    if let Some(name) = &options.name {
        return Ok(name.value());
    }
    let ident = &function.sig.ident;
    let name = ident.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name).to_owned();
    check_name(&name, ident.span())?;
    Ok(name)
}

/// Returns the documentation of the function, or the option instead.
fn description_of(options: &Options, function: &ItemFn) -> Result<TokenStream> {
    if let Some(description) = &options.description {
        return Ok(quote!(#description));
    }
    let mut lines = Vec::new();
    for attribute in function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        match doc_of(attribute) {
            Some(line) => lines.push(line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()),
            None => {
                let message = "the description of a tool is its doc comment, which has to be a string here: write \
                               `#[tool(description = \"…\")]`";
                return Err(Error::new(attribute.span(), message));
            }
        }
    }
    let text = lines.join("\n");
    let text = text.trim();
    if text.is_empty() {
        let message = "a tool needs a description, so that the model knows when to call it: write a doc comment above \
                       the function, or `#[tool(description = \"…\")]`";
        return Err(Error::new(function.sig.ident.span(), message));
    }
    Ok(quote!(#text))
}

fn doc_of(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else { return None };
    match &meta.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn made(
    options: &Options,
    function: &ItemFn,
    parameters: &[Parameter],
    name: &str,
    description: &TokenStream,
) -> TokenStream {
    let krate = options.krate.as_ref().map_or_else(|| quote!(::openai_ext), |path| quote!(#path));
    let (docs, others): (Vec<_>, Vec<_>) =
        function.attrs.iter().partition(|attribute| attribute.path().is_ident("doc"));
    let (conditions, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|attribute| attribute.path().is_ident("cfg"));
    let (ItemFn { vis, sig, block, .. }, ident) = (function, &function.sig.ident);
    let arguments: Vec<_> = parameters.iter().filter(|parameter| parameter.role == Role::Argument).collect();
    let (fields, names): (Vec<_>, Vec<_>) = arguments.iter().map(|argument| (argument.field(), &argument.name)).unzip();
    let states = parameters.iter().filter_map(state_of).collect::<Vec<_>>();
    let (inputs, setups, clones): (Vec<_>, Vec<_>, Vec<_>) =
        states.into_iter().map(|state| (state.input, state.setup, state.clone)).collect();
    // A name that no type of the program has, since it is seen in the types of the arguments.
    let arguments = format_ident!("__{}Arguments", ident.to_string().trim_start_matches("r#"));
    let [context, call] = ["context", "call"].map(|name| Ident::new(name, Span::mixed_site()));
    let values = parameters.iter().map(|parameter| value_of(parameter, &context));
    let wait = sig.asyncness.map(|_| quote!(.await));
    let strict = options.strict.map(|strict| quote!(.with_strict(#strict)));
    let (declared, taken) = if fields.is_empty() {
        (quote!(), quote!((): ()))
    } else {
        let serde = quote!(#krate::__private::serde).to_string();
        let schemars = quote!(#krate::schemars).to_string();
        let declared = quote! {
            #[derive(#krate::__private::serde::Deserialize, #krate::schemars::JsonSchema)]
            #[serde(crate = #serde)]
            #[schemars(crate = #schemars)]
            #[allow(non_camel_case_types, clippy::all)]
            struct #arguments { #(#fields),* }
        };
        (declared, quote!(#arguments { #(#names),* }: #arguments))
    };
    quote! {
        #(#conditions)*
        #(#docs)*
        #vis fn #ident(#(#inputs),*) -> #krate::tools::FnTool {
            #(#others)*
            #sig #block
            // A parameter may have the name of the function.
            let #call = #ident;
            #declared
            #(#setups)*
            #krate::tools::tool_with_context(#name, #description, move |#context, #taken| {
                let _ = &#context;
                #(#clones)*
                async move { #call(#(#values),*)#wait }
            })
            #strict
        }
    }
}

/// The code of a parameter that is state.
struct State {
    /// The parameter of the function that makes the tool.
    input: TokenStream,
    /// The value that is kept.
    setup: TokenStream,
    /// The value of a call.
    clone: TokenStream,
}

fn state_of(parameter: &Parameter) -> Option<State> {
    let (name, target) = (&parameter.name, parameter.target());
    let (input, setup) = match parameter.role {
        Role::State => (quote!(#name: #target), quote!()),
        Role::BorrowedState => (
            quote!(#name: impl ::std::convert::Into<::std::sync::Arc<#target>>),
            quote!(let #name: ::std::sync::Arc<#target> = ::std::convert::Into::into(#name);),
        ),
        Role::Argument | Role::Context => return None,
    };
    Some(State { input, setup, clone: quote!(let #name = ::std::clone::Clone::clone(&#name);) })
}

fn value_of(parameter: &Parameter, context: &Ident) -> TokenStream {
    let name = &parameter.name;
    match parameter.role {
        Role::Argument | Role::State => quote!(#name),
        Role::BorrowedState => quote!(&*#name),
        Role::Context => quote!(#context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of an error, and the source text that it points at.
    fn error_of(options: &str, item: &str) -> (String, String) {
        let tokens = |text: &str| text.parse::<TokenStream>().unwrap();
        let error = expand(tokens(options), tokens(item)).unwrap_err();
        let (start, end) = (error.span().start(), error.span().end());
        // Columns are characters, not bytes.
        let place = item.lines().nth(start.line - 1).unwrap_or_default().chars().skip(start.column);
        let length = if start.line == end.line { end.column - start.column } else { usize::MAX };
        (error.to_string(), place.take(length).collect())
    }

    #[test]
    fn what_cannot_be_a_tool_is_an_error_at_its_place() {
        let cases = [
            ("async fn f(a: u8) {}", "a tool needs a description", "f"),
            ("/// \nfn f() {}", "a tool needs a description", "f"),
            ("/// Doc.\nfn f(&self) {}", "a method cannot be a tool", "&self"),
            ("/// Doc.\nfn f(self: Arc<Self>, a: u8) {}", "a method cannot be a tool", "self: Arc<Self>"),
            ("/// Doc.\nfn f<T>(a: T) {}", "cannot be generic", "T"),
            ("/// Doc.\nfn f<'a>(a: &'a str) {}", "cannot be generic", "'a"),
            ("/// Doc.\nfn f<const N: usize>(a: u8) {}", "cannot be generic", "const N: usize"),
            ("/// Doc.\nfn f(a: u8) where u8: Copy {}", "cannot have bounds", "where u8: Copy"),
            ("/// Doc.\nunsafe fn f(a: u8) {}", "cannot be `unsafe`", "fn"),
            ("/// Doc.\nconst fn f(a: u8) {}", "cannot be `const`", "const"),
            ("/// Doc.\nextern \"C\" fn f(a: u8) {}", "cannot be `extern`", "extern \"C\""),
            ("/// Doc.\nfn f((a, b): (u8, u8)) {}", "needs a name", "(a, b)"),
            ("/// Doc.\nfn f(_: u8) {}", "needs a name", "_"),
            ("/// Doc.\nfn f(A { a }: A) {}", "needs a name", "A { a }"),
            ("/// Doc.\nfn f(ref a: u8) {}", "needs a name", "ref a"),
            ("/// Doc.\nfn f(a: &str) {}", "take a `String` instead", "&str"),
            ("/// Doc.\nfn f(a: impl Into<String>) {}", "instead of `impl Trait`", "impl Into<String>"),
            ("/// Doc.\nfn f(#[state] a: &mut u8) {}", "with a `Mutex` in it", "&mut u8"),
            ("/// Doc.\nfn f(#[context] a: &ToolContext) {}", "passed by value", "&ToolContext"),
            ("/// Doc.\nfn f(#[arg] a: u8) {}", "unknown attribute", "#[arg]"),
            ("/// Doc.\nfn größe() {}", "cannot be the name of a tool", "größe"),
            ("#[doc = include_str!(\"a.md\")]\nfn f() {}", "has to be a string", "#[doc = include_str!(\"a.md\")]"),
            ("struct A;", "put it on an `fn`", "struct A;"),
            ("impl A { fn f() {} }", "put it on an `fn`", "impl A { fn f() {} }"),
        ];
        for (item, message, place) in cases {
            let (found, at) = error_of("", item);
            assert!(found.contains(message), "{item}: {found}");
            assert_eq!(at, place, "{item}: {found}");
        }
    }

    #[test]
    fn options_are_checked() {
        let cases = [
            ("names = \"a\"", "unknown option: use `name`, `description`, `strict` or `crate`"),
            ("name = \"a b\"", "\"a b\" cannot be the name of a tool"),
            ("name = \"\"", "\"\" cannot be the name of a tool"),
            ("name", "expected `=`"),
            ("strict = 1", "expected boolean literal"),
            ("\"a\"", "expected"),
        ];
        for (options, message) in cases {
            let (found, _) = error_of(options, "/// Doc.\nfn f() {}");
            assert!(found.contains(message), "{options}: {found}");
        }
    }

    #[test]
    fn a_condition_holds_for_all_of_it_and_other_attributes_for_the_function() {
        let item = "/// Doc.\n#[cfg(unix)]\n#[allow(unused)]\npub(crate) fn f() {}";
        let text = expand(TokenStream::new(), item.parse().unwrap()).unwrap().to_string();
        assert!(text.starts_with("# [cfg (unix)] # [doc = \" Doc.\"] pub (crate) fn f ()"), "{text}");
        assert!(text.contains("{ # [allow (unused)] fn f () { }"), "{text}");
    }
}
