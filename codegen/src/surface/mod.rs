//! The public names of the generated crate, as names.lock holds them, and what is new among them.

mod lock;
mod names;
mod news;
pub mod rule;
mod text;

use std::collections::BTreeMap;

pub use news::{News, NewsItem, NewsKind};

/// The kind of a public name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A resource path and a verb: `chat.completions.create`.
    Operation,
    /// A type of its own.
    Type,
    /// A second name of a type.
    Alias,
    /// A form of a union: `ResponseStreamEvent::ResponseCreated`.
    Form,
    /// A value of an enum: `ReasoningEffort::High`.
    Value,
    /// The event name of a webhook.
    Webhook,
}

/// The facts of a public name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameEntry {
    /// The kind.
    pub kind: NameKind,
    /// The area that it belongs to, or `shared`.
    pub area: String,
    /// The place in the document: method and path, a schema, the target of an alias, the string of a value.
    pub place: String,
}

/// All public names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surface {
    /// The names, each with its facts.
    pub names: BTreeMap<String, NameEntry>,
}

impl Surface {
    /// Returns the type that a name stands for: the target of an alias, or the name itself.
    fn resolve<'a>(&'a self, name: &'a str) -> &'a str {
        match self.names.get(name) {
            Some(entry) if entry.kind == NameKind::Alias => &entry.place,
            _ => name,
        }
    }

    /// Says if a name can be used: it is listed, or it is a form or value of a type by a second name of that type.
    fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
            || name
                .split_once("::")
                .is_some_and(|(owner, member)| self.names.contains_key(&format!("{}::{member}", self.resolve(owner))))
    }
}
