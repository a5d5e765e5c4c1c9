//! Doc comments: our own sentence where there is one, then the facts.

mod facts;

use self::facts::facts;
use crate::docs::first_sentence;
use crate::ir::{Alias, Api, EnumValue, Field, Operation, Prose, Response, Shape, Ty, TypeDef, Union, Variant};
use proc_macro2::TokenStream;
use quote::quote;

/// Doc attributes for lines of text.
pub(super) fn lines<S: AsRef<str>>(lines: &[S]) -> TokenStream {
    let lines = lines.iter().map(|line| {
        let line = line.as_ref();
        if line.is_empty() { String::new() } else { format!(" {line}") }
    });
    quote!(#(#[doc = #lines])*)
}

/// Text of the document as inline code: on one line, with nothing in it that ends the code, that an editor hides or that
/// a compiler refuses.
pub(super) fn code(text: &str) -> String {
    /// Longer texts are cut: a reader of docs learns nothing more from them.
    const MOST: usize = 1000;
    let mut out = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == MOST {
            out.push('…');
            break;
        }
        match c {
            '`' => out.push('\''),
            '\'' | '"' | '\\' => out.push(c),
            // A line of its own could be a heading, a fence or a doc test.
            '\n' | '\r' | '\t' => out.push(' '),
            c => out.extend(c.escape_debug()),
        }
    }
    if text.is_empty() {
        // Two backticks would begin a longer piece of code.
        out.push_str("\"\"");
    }
    if text.ends_with('[') {
        // A bracket before a backtick begins a link.
        out.push(' ');
    }
    out.push('`');
    out
}

/// Returns the docs of a field.
pub(super) fn field(api: &Api, field: &Field) -> Vec<String> {
    let first = match &field.prose {
        Some(prose) => prose.text.clone(),
        None => format!("{}: {}.", code(&field.wire), labelled_kind(api, field)),
    };
    // One line: each line of docs is an attribute that every user's compiler reads.
    vec![std::iter::once(first).chain(rules(field)).collect::<Vec<_>>().join(" ")]
}

/// The kind of a field and the facts about it, as the report of docs lists them.
pub(super) fn field_facts(api: &Api, field: &Field) -> String {
    std::iter::once(format!("{}.", labelled_kind(api, field))).chain(rules(field)).collect::<Vec<_>>().join(" ")
}

fn rules(field: &Field) -> Vec<String> {
    let mut out = Vec::new();
    if field.required && field.nullable {
        out.push("Required, may be null.".to_owned());
    } else if field.required {
        out.push("Required.".to_owned());
    }
    out.extend(facts(&field.facts));
    out
}

/// Returns the docs of a setter: the sentence of its field. The facts are at the field.
pub(super) fn setter(api: &Api, field: &Field) -> String {
    match &field.prose {
        Some(prose) => prose.text.clone(),
        None => format!("Sets {}: {}.", code(&field.wire), labelled_kind(api, field)),
    }
}

/// Returns the line about an argument in the docs of a call.
pub(super) fn argument(api: &Api, field: &Field, name: &str) -> String {
    match &field.prose {
        Some(prose) => format!("- `{name}`: {}", first_sentence(&prose.text)),
        None => format!("- `{name}`: {}.", labelled_kind(api, field)),
    }
}

/// The attribute of an item that the API has deprecated.
pub(super) fn deprecation(api: &Api, is_deprecated: bool, key: &str) -> Option<TokenStream> {
    is_deprecated.then(|| {
        let note = api.deprecations.get(key).map_or("the API has deprecated it", String::as_str);
        quote!(#[deprecated(note = #note)])
    })
}

/// Returns the docs of an enum's value: our sentence, and the value itself where the sentence does not have it.
pub(super) fn value(value: &EnumValue) -> String {
    let wire = code(&value.wire);
    match &value.prose {
        Some(prose) if prose.text.contains(&wire) => prose.text.clone(),
        Some(prose) => format!("{} On the wire: {wire}.", prose.text),
        None => wire,
    }
}

/// Returns the docs of a union's form: our sentence, and the tag that tells it.
pub(super) fn form(api: &Api, union: &Union, variant: &Variant) -> String {
    match &variant.prose {
        Some(prose) => prose.text.clone(),
        None => form_facts(api, union, variant),
    }
}

/// The tags of a form, else its kind.
pub(super) fn form_facts(api: &Api, union: &Union, variant: &Variant) -> String {
    let index = union.variants.iter().position(|other| std::ptr::eq(other, variant));
    let has = |candidates: &Vec<usize>| index.is_some_and(|index| candidates.contains(&index));
    let tags = union.plan.tags.iter().filter(|(_, candidates)| has(candidates));
    let tags: Vec<String> = tags.map(|(tag, _)| code(tag)).collect();
    match (&union.plan.tag, tags.as_slice()) {
        (Some(tag), [_, ..]) => format!("{}: {}.", code(tag), tags.join(", ")),
        _ => format!("A value that is {}.", kind(api, &variant.ty)),
    }
}

/// Returns the docs of a type's second name.
pub(super) fn second_name(api: &Api, alias: &Alias) -> String {
    let target = &api.get(alias.target);
    let same = format!("The same as [`{}`] in every field.", target.name);
    match alias.prose.as_ref().or(target.prose.as_ref()) {
        Some(Prose { text, .. }) => format!("{text} {same}"),
        None => same,
    }
}

/// The route of an operation, its body and its response.
pub(super) fn operation_facts(api: &Api, operation: &Operation) -> String {
    let body = operation.body.as_ref().map(|body| format!(", body {}", kind(api, &body.ty)));
    format!("{} {}{}, response {}", operation.method, operation.path, body.unwrap_or_default(), answer(api, operation))
}

/// The kind of an operation's response.
pub(super) fn answer(api: &Api, operation: &Operation) -> String {
    match &operation.response {
        Response::Json(ty) => kind(api, ty),
        Response::Text => "string".into(),
        Response::Binary => "bytes".into(),
        Response::Unit => "nothing".into(),
    }
}

/// Returns the docs of a type.
pub(super) fn type_(api: &Api, def: &TypeDef) -> Vec<String> {
    let mut out = Vec::new();
    out.push(match &def.prose {
        Some(prose) => prose.text.clone(),
        None => headline(api, def),
    });
    match &def.shape {
        Shape::Object(fields) => {
            let constants: Vec<String> = fields
                .iter()
                .filter_map(|field| Some(format!("{} is always {}", code(&field.wire), code(field.constant.as_ref()?))))
                .collect();
            if let Some((last, before)) = constants.split_last() {
                let before = before.join(", ");
                let and = if before.is_empty() { "" } else { " and its " };
                out.push(format!("Its {before}{and}{last}."));
            }
        }
        Shape::Enum(_) => {
            out.push("The server may add values; `Unknown` keeps them as strings.".to_owned());
        }
        Shape::Union(_) => {
            out.push("The server may add forms; `Unknown` keeps their JSON.".to_owned());
        }
        Shape::Alias(_) => {}
    }
    vec![out.join(" ")]
}

fn labelled_kind(api: &Api, field: &Field) -> String {
    let words = kind(api, &field.ty);
    match (&field.label, field.ty.named()) {
        (Some(label), Some(id)) => words.replace(&format!("[`{}`]", api.get(id).name), &format!("[`{label}`]")),
        _ => words,
    }
}

/// A type's kind in words.
pub(super) fn kind(api: &Api, ty: &Ty) -> String {
    match ty {
        Ty::String => "string".into(),
        Ty::Integer => "integer".into(),
        Ty::Number => "number".into(),
        Ty::Boolean => "boolean".into(),
        Ty::Any => "any JSON".into(),
        Ty::FreeObject => "any JSON object".into(),
        Ty::File => "file".into(),
        Ty::Floats => "vector of floats".into(),
        Ty::List(inner) => format!("list of {}", kind(api, inner)),
        Ty::Map(inner) => format!("map of strings to {}", kind(api, inner)),
        Ty::Nullable(inner) => format!("{} or null", kind(api, inner)),
        Ty::Boxed(inner) => kind(api, inner),
        Ty::Named(id) => format!("[`{}`]", api.get(*id).name),
    }
}

/// A type's form and its place in the document.
pub(super) fn headline(api: &Api, def: &TypeDef) -> String {
    let direction = match (def.in_request, def.in_response) {
        (true, false) => "of a request",
        (false, true) => "of a response",
        _ => "of requests and responses",
    };
    let what = match &def.shape {
        Shape::Object(_) => "Object",
        Shape::Enum(_) => "Value",
        Shape::Union(_) => "One of several forms",
        Shape::Alias(_) => "Type",
    };
    match &def.origin {
        _ if def.own_name.is_some() => format!("{what} {direction}, the same in several places."),
        crate::ir::SchemaOrigin::Component(name) => format!("{what} {direction}: schema {}.", code(name)),
        crate::ir::SchemaOrigin::Webhooks(_) => "The payload of a webhook, of any event.".to_owned(),
        crate::ir::SchemaOrigin::Inline { owner, path } if !api.get(*owner).name.as_str().is_empty() => {
            let path = path.trim_start_matches(['.', '|']);
            if path.is_empty() {
                format!("{what} {direction}, a form of `{}`.", api.get(*owner).name)
            } else {
                format!("{what} {direction}: {} of `{}`.", code(path), api.get(*owner).name)
            }
        }
        _ => format!("{what} {direction}."),
    }
}
