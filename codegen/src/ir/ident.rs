//! Names as types of their own, so that a wire name is never taken for a Rust name.

use std::fmt;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// A Rust identifier for a field, variant, method or module; raw (`r#type`) where it is a keyword.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RustIdent(String);

/// A Rust type name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeName(String);

impl RustIdent {
    /// A field or method name for a wire name.
    #[must_use]
    pub fn field(wire: &str) -> Self {
        let name = snake(wire);
        // `extra` is every object's own field, and `new` its constructor.
        match name.as_str() {
            "extra" | "new" | "optional_json" => Self(format!("{name}_")),
            "self" | "super" | "crate" => Self(format!("{name}_")),
            _ if is_keyword(&name) => Self(format!("r#{name}")),
            _ => Self(name),
        }
    }

    /// A variant name for a wire value.
    #[must_use]
    pub fn variant(wire: &str) -> Self {
        let name = pascal(wire);
        match name.as_str() {
            // `Unknown` is every open type's own variant; `Self` can't be one.
            "Unknown" => Self("UnknownValue".into()),
            "Self" => Self("Self_".into()),
            _ => Self(name),
        }
    }

    /// The text, with `r#` if it needs that.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without `r#`.
    #[must_use]
    pub fn plain(&self) -> &str {
        self.0.strip_prefix("r#").unwrap_or(&self.0)
    }
}

impl TypeName {
    /// A name that is one already.
    #[must_use]
    pub fn exact(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A type name, made upper camel case.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(pascal(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RustIdent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The words behind those of an area, in the plural or singular; `None` if the words do not begin with these.
#[must_use]
pub fn behind_area<'a>(words: &'a [String], area: &str) -> Option<&'a [String]> {
    let area = snake(area);
    [area.clone(), singular(&area)].iter().find_map(|prefix| {
        let prefix: Vec<&str> = prefix.split('_').collect();
        let begins = words.len() >= prefix.len() && words.iter().zip(&prefix).all(|(word, wanted)| word == wanted);
        begins.then(|| &words[prefix.len()..])
    })
}

/// `snake_case` of any text; never empty and never starting with a digit.
#[must_use]
pub fn snake(text: &str) -> String {
    let name = ascii(text).to_snake_case();
    match name.chars().next() {
        None => "empty".into(),
        Some(first) if first.is_ascii_digit() => format!("n{name}"),
        Some(_) => name,
    }
}

/// `UpperCamelCase` of any text; never empty and never starting with a digit.
#[must_use]
pub fn pascal(text: &str) -> String {
    // A minus sign before a digit and a dot between digits carry meaning (`-1`, `gpt-3.5`); other marks only separate.
    let name = ascii(text).to_upper_camel_case();
    match name.chars().next() {
        None => "Empty".into(),
        Some(first) if first.is_ascii_digit() => format!("N{name}"),
        Some(_) => name,
    }
}

/// The singular of an English plural in `snake_case` or `camelCase`, as far as names of the API need it.
#[must_use]
pub fn singular(text: &str) -> String {
    for keep in ["ss", "us", "is", "series", "status"] {
        if text.ends_with(keep) {
            return text.into();
        }
    }
    if let Some(stem) = text.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if text.ends_with(ending) {
            return text[..text.len() - 2].into();
        }
    }
    text.strip_suffix('s').unwrap_or(text).into()
}

fn ascii(text: &str) -> String {
    /// Longer names fit neither into a file name nor on a line; the rule for equal names tells those apart that are cut.
    const MOST: usize = 200;
    /// A part that such a rule adds is not cut off again.
    const ROOM: usize = 40;
    let length = text.chars().count();
    let kept = if length > MOST + ROOM { MOST } else { length };
    text.chars().take(kept).map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect()
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
        "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
        "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type",
        "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
    ];
    KEYWORDS.contains(&name)
}
