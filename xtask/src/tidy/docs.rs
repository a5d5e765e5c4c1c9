//! Documentation of public items that begins with a question word.

use std::path::PathBuf;

use syn::{Attribute, Expr, ExprLit, Fields, ImplItem, Item, Lit, Meta, TraitItem, Visibility};

use super::source::Source;

const QUESTIONS: [&str; 4] = ["What", "How", "Whether", "Where"];

/// Returns the file and the first line of each such comment, in modules, items, fields, variants and methods that are
/// `pub` where they stand; a `pub` item of a private module counts too.
pub fn questions(source: &Source) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for module in &source.modules {
        let mut documented: Vec<&[Attribute]> = Vec::new();
        if module.public {
            documented.push(&module.attributes);
        }
        for item in &module.items {
            public(item, &mut documented);
        }
        let lines = documented.into_iter().filter_map(first_line).filter(|line| is_question(line));
        found.extend(lines.map(|line| (module.file.clone(), line)));
    }
    found
}

/// Returns true for a line that begins with a question word.
pub fn is_question(line: &str) -> bool {
    let word = line.split(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
    QUESTIONS.contains(&word)
}

fn first_line(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    });
    lines.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).find(|line| !line.is_empty())
}

fn public<'a>(item: &'a Item, out: &mut Vec<&'a [Attribute]>) {
    let (visibility, attributes) = match item {
        Item::Impl(item) => {
            for item in &item.items {
                match item {
                    ImplItem::Fn(method) if is_public(&method.vis) => out.push(&method.attrs),
                    ImplItem::Const(constant) if is_public(&constant.vis) => out.push(&constant.attrs),
                    _ => {}
                }
            }
            return;
        }
        Item::Const(item) => (&item.vis, &item.attrs),
        Item::Enum(item) => (&item.vis, &item.attrs),
        Item::Fn(item) => (&item.vis, &item.attrs),
        Item::Static(item) => (&item.vis, &item.attrs),
        Item::Struct(item) => (&item.vis, &item.attrs),
        Item::Trait(item) => (&item.vis, &item.attrs),
        Item::Type(item) => (&item.vis, &item.attrs),
        Item::Union(item) => (&item.vis, &item.attrs),
        Item::Use(item) => (&item.vis, &item.attrs),
        _ => return,
    };
    if !is_public(visibility) {
        return;
    }
    out.push(attributes);
    match item {
        Item::Struct(item) => fields(&item.fields, false, out),
        Item::Enum(item) => {
            for variant in &item.variants {
                out.push(&variant.attrs);
                fields(&variant.fields, true, out);
            }
        }
        Item::Trait(item) => {
            for item in &item.items {
                match item {
                    TraitItem::Fn(method) => out.push(&method.attrs),
                    TraitItem::Const(constant) => out.push(&constant.attrs),
                    TraitItem::Type(name) => out.push(&name.attrs),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn fields<'a>(fields: &'a Fields, all: bool, out: &mut Vec<&'a [Attribute]>) {
    out.extend(fields.iter().filter(|field| all || is_public(&field.vis)).map(|field| field.attrs.as_slice()));
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
