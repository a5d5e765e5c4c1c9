//! The value of a Rust type on the wire, in words that both sides' types come to.

use std::collections::{BTreeMap, BTreeSet};

/// The kind of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, a number or the like.
    Plain(&'static str),
    /// One text and no other.
    Constant(String),
    /// One of some texts.
    Enum(BTreeSet<String>),
    /// A list.
    List(Box<Kind>),
    /// An object whose keys are free.
    Map(Box<Kind>),
    /// A page of our generic list, by its items: the other members each list has.
    Page(Box<Kind>),
    /// An object.
    Object(Fields),
    /// One of several forms.
    Union(Vec<Kind>),
    /// A type of ours, by its name.
    Ours(String),
}

/// The fields of an object, by their names on the wire.
pub type Fields = BTreeMap<String, Field>;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// True if the document requires it; `None` where our table does not say, as of a constant.
    pub required: Option<bool>,
    /// The kind of its value.
    pub kind: Kind,
}

impl Kind {
    /// A word for the report.
    pub fn word(&self) -> String {
        match self {
            Self::Plain(word) => (*word).to_owned(),
            Self::Constant(text) => format!("{text:?}"),
            Self::Enum(texts) => format!("one of {texts:?}"),
            Self::List(item) => format!("list of {}", item.word()),
            Self::Map(value) => format!("map of {}", value.word()),
            Self::Page(item) => format!("page of {}", item.word()),
            Self::Object(fields) => format!("object of {:?}", fields.keys().collect::<Vec<_>>()),
            Self::Union(forms) => format!("union of {} forms", forms.len()),
            Self::Ours(name) => name.clone(),
        }
    }
}

/// The type without what both sides wrap it in: `Option`, `Box`, a reference.
pub fn bare(mut ty: &syn::Type) -> &syn::Type {
    loop {
        match ty {
            syn::Type::Reference(reference) => ty = &reference.elem,
            syn::Type::Path(path) => match named(&path.path) {
                (name, Some(inner)) if name == "Option" || name == "Box" => ty = inner,
                _ => return ty,
            },
            _ => return ty,
        }
    }
}

/// Returns true if the type is an `Option`.
pub fn is_option(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Path(path) if named(&path.path).0 == "Option")
}

/// The last name of a path, and its last argument: of a map the values.
pub fn named(path: &syn::Path) -> (String, Option<&syn::Type>) {
    let Some(last) = path.segments.last() else { return (String::new(), None) };
    let mut argument = None;
    if let syn::PathArguments::AngleBracketed(arguments) = &last.arguments {
        for found in &arguments.args {
            if let syn::GenericArgument::Type(ty) = found {
                argument = Some(ty);
            }
        }
    }
    (last.ident.to_string(), argument)
}

/// The kind of a type of std, serde_json and the like; `None` of one that the side has to look up.
pub fn of_std(name: &str, argument: Option<Kind>) -> Option<Kind> {
    Some(match (name, argument) {
        // Formats of texts are not checked on our side.
        ("String" | "str" | "Uuid" | "NaiveDate" | "DateTime", _) => Kind::Plain("text"),
        ("i64" | "i32" | "u64" | "u32" | "u16" | "u8" | "NonZeroU64" | "NonZeroU32", _) => Kind::Plain("integer"),
        ("f64" | "f32", _) => Kind::Plain("number"),
        ("bool", _) => Kind::Plain("boolean"),
        ("ByteStream", _) => Kind::Plain("bytes"),
        ("Value", _) => Kind::Plain("any"),
        ("Vec" | "HashSet", Some(item)) => Kind::List(Box::new(item)),
        ("Map" | "HashMap", Some(value)) => Kind::Map(Box::new(value)),
        _ => return None,
    })
}
