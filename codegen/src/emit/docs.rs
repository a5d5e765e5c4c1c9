//! Doc comments: our own sentence where docs.yaml has one, then the facts.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use crate::ir::{Api, Facts, Field, Shape, Ty, TypeDef};

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

/// What a field's docs say.
pub(super) fn field(api: &Api, field: &Field) -> Vec<String> {
    let mut notes = vec![match &field.prose {
        Some(prose) => prose.clone(),
        None => format!("{}: {}.", code(&field.wire), labelled_kind(api, field)),
    }];
    if field.required && field.nullable {
        notes.push("Required, may be null.".to_owned());
    } else if field.required {
        notes.push("Required.".to_owned());
    }
    notes.extend(facts(&field.facts));
    // One line: each line of docs is an attribute that every user's compiler reads.
    vec![notes.join(" ")]
}

/// What a type's docs say.
pub(super) fn type_(api: &Api, def: &TypeDef) -> Vec<String> {
    let mut out = Vec::new();
    out.push(match &def.prose {
        Some(prose) => prose.clone(),
        None => headline(api, def),
    });
    match &def.shape {
        Shape::Object(fields) => {
            let constants: Vec<String> = fields
                .iter()
                .filter_map(|field| {
                    field.constant.as_ref().map(|value| format!("{}: {}", code(&field.wire), code(value)))
                })
                .collect();
            if !constants.is_empty() {
                out.push(format!("Written with {}.", constants.join(", ")));
            }
        }
        Shape::Enum(_) => {
            out.push("The server may add values; `Unknown` keeps their text.".to_owned());
        }
        Shape::Union(_) => {
            out.push("The server may add forms; `Unknown` keeps their JSON.".to_owned());
        }
        Shape::Alias(_) => {}
    }
    vec![out.join(" ")]
}

/// The facts about a value as sentences.
fn facts(facts: &Facts) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(range) = range(facts) {
        out.push(range);
    }
    if !facts.values.is_empty() {
        let values: Vec<String> = facts.values.iter().map(ToString::to_string).collect();
        out.push(format!("One of {}.", values.join(", ")));
    }
    if let Some(text) = span(facts.length, "characters") {
        out.push(text);
    }
    if let Some(text) = span(facts.items, "items") {
        out.push(text);
    }
    if let Some(pattern) = &facts.pattern {
        out.push(format!("Matches {}.", code(pattern)));
    }
    match facts.format.as_deref() {
        Some("unixtime") => out.push("Unix time in seconds.".into()),
        Some("date-time") => out.push("Date and time, RFC 3339.".into()),
        Some("byte" | "base64") => out.push("Base64.".into()),
        Some("uri" | "url") => out.push("URL.".into()),
        _ => {}
    }
    match &facts.default {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.is_empty() => {}
        Some(Value::String(text)) => out.push(format!("Server default: {}.", code(text))),
        Some(other) => out.push(format!("Server default: {}.", code(&other.to_string()))),
    }
    if facts.deprecated {
        out.push("Deprecated by the API.".into());
    }
    out
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
        Ty::String => "text".into(),
        Ty::Integer => "integer".into(),
        Ty::Number => "number".into(),
        Ty::Boolean => "boolean".into(),
        Ty::Any => "any JSON".into(),
        Ty::FreeObject => "any JSON object".into(),
        Ty::File => "file".into(),
        Ty::Floats => "vector of floats".into(),
        Ty::List(inner) => format!("list of {}", kind(api, inner)),
        Ty::Map(inner) => format!("map of text to {}", kind(api, inner)),
        Ty::Nullable(inner) => format!("{} or null", kind(api, inner)),
        Ty::Boxed(inner) => kind(api, inner),
        Ty::Named(id) => format!("[`{}`]", api.get(*id).name),
    }
}

fn headline(api: &Api, def: &TypeDef) -> String {
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
        crate::ir::SchemaOrigin::Webhooks(_) => "The payload of a webhook, whatever its event.".to_owned(),
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

fn range(facts: &Facts) -> Option<String> {
    let least = facts.minimum.map(|(value, excluded)| (if excluded { "more than" } else { "at least" }, value));
    let most = facts.maximum.map(|(value, excluded)| (if excluded { "less than" } else { "at most" }, value));
    match (least, most) {
        (Some(("at least", low)), Some(("at most", high))) => Some(format!("From {low} to {high}.")),
        (Some((a, low)), Some((b, high))) => Some(format!("{} {low}, {b} {high}.", capital(a))),
        (Some((word, value)), None) | (None, Some((word, value))) => Some(format!("{} {value}.", capital(word))),
        (None, None) => None,
    }
}

fn span((least, most): (Option<usize>, Option<usize>), what: &str) -> Option<String> {
    match (least.filter(|least| *least > 0), most) {
        (Some(least), Some(most)) => Some(format!("From {least} to {most} {what}.")),
        (Some(least), None) => Some(format!("At least {least} {what}.")),
        (None, Some(most)) => Some(format!("At most {most} {what}.")),
        (None, None) => None,
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}
