//! The API as plain data: what the passes change and the emitter prints. No YAML, no tokens.

mod calls;
mod ident;
mod lists;
mod reserved;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

pub use calls::{Asks, Body, BodyKind, Location, OperationServer, Parameter, Response, Stream, Style, StyleRule};
pub use ident::{RustIdent, TypeName, behind_area, pascal, singular, snake};
pub use lists::list_item;
pub use reserved::{is_taken_by_sdk, is_taken_call, is_taken_feature, is_taken_module, is_taken_root, is_taken_type};

/// The place of a type in [`Api::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub usize);

/// The whole API.
#[derive(Debug, Default)]
pub struct Api {
    /// All types, those of components first.
    pub types: Vec<TypeDef>,
    /// All operations, in the order of the document.
    pub operations: Vec<Operation>,
    /// Webhook payloads, by event name.
    pub webhooks: Vec<(String, TypeId)>,
    /// The union of all webhook payloads, if there are any.
    pub webhook_event: Option<TypeId>,
    /// Component schema to its type.
    pub components: IndexMap<String, TypeId>,
    /// Notes for deprecated items, by the keys of docs.
    pub deprecations: BTreeMap<String, String>,
    /// Public names that stand for another type: a component that is the same as another one.
    pub aliases: Vec<Alias>,
    /// The Rust names of components as the naming pass gave them, before types were merged.
    pub component_names: BTreeMap<String, String>,
    /// The handles of resources, by the resource's path with its segments in snake case.
    pub handles: BTreeMap<String, TypeName>,
}

impl Api {
    /// A type by its id.
    #[must_use]
    pub fn get(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0]
    }

    /// A type by its id, to be changed.
    pub fn get_mut(&mut self, id: TypeId) -> &mut TypeDef {
        &mut self.types[id.0]
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = TypeId> + use<> {
        (0..self.types.len()).map(TypeId)
    }
}

/// A second name of a type.
#[derive(Clone, Debug)]
pub struct Alias {
    /// The name.
    pub name: TypeName,
    /// The type it stands for.
    pub target: TypeId,
    /// Areas that need the name.
    pub areas: BTreeSet<String>,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
}

/// A sentence of ours about something.
#[derive(Clone, Debug, PartialEq)]
pub struct Prose {
    /// The sentence.
    pub text: String,
    /// Set if it is from a default.
    pub is_default: bool,
}

/// Where a type comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaOrigin {
    /// A component schema.
    Component(String),
    /// An inline schema: the type around it and the way from there (`.choices[]`).
    Inline {
        /// The type around it.
        owner: TypeId,
        /// Steps: `.property`, `[]` for items, `{}` for map values, `|` for a variant.
        path: String,
    },
    /// What no schema says: the union of all webhook payloads, by the name it would have as a component.
    Webhooks(String),
    /// An inline schema of an operation: the base of its name (`ChatCompletionUpdateParams`).
    Operation(String),
}

/// A type to be emitted, or an alias that a pass takes out.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Where it comes from.
    pub origin: SchemaOrigin,
    /// Its Rust name; empty until the naming pass.
    pub name: TypeName,
    /// Whether its name is a component's or listed in names.toml, and so is kept as an alias if the type is not.
    pub listed: bool,
    /// The name that it had, if it stands for types of several owners under another one.
    pub own_name: Option<TypeName>,
    /// What the document says about it.
    pub facts: Facts,
    /// Its form.
    pub shape: Shape,
    /// Areas (Cargo features) that reach it; empty if nothing does.
    pub areas: BTreeSet<String>,
    /// Whether a request reaches it.
    pub in_request: bool,
    /// Whether a response, event or webhook reaches it.
    pub in_response: bool,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
}

/// The form of a type.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A JSON object with known fields.
    Object(Vec<Field>),
    /// A string with known values.
    Enum(Vec<EnumValue>),
    /// One of several forms.
    Union(Union),
    /// Nothing of its own.
    Alias(Ty),
}

/// The type of a field, item or value.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// `String`
    String,
    /// `i64`
    Integer,
    /// `f64`
    Number,
    /// `bool`
    Boolean,
    /// Any JSON value.
    Any,
    /// A JSON object without known fields.
    FreeObject,
    /// A file to upload.
    File,
    /// A vector of floats, as numbers or as base64.
    Floats,
    /// `Vec<T>`
    List(Box<Ty>),
    /// `Map<T>`
    Map(Box<Ty>),
    /// `Option<T>` where an item or value may be null.
    Nullable(Box<Ty>),
    /// `Box<T>`, to break a cycle or to keep a variant small.
    Boxed(Box<Ty>),
    /// A type of the API.
    Named(TypeId),
}

impl Ty {
    /// The named type inside, whatever is around it.
    #[must_use]
    pub fn named(&self) -> Option<TypeId> {
        match self {
            Ty::Named(id) => Some(*id),
            Ty::List(inner) | Ty::Map(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => inner.named(),
            _ => None,
        }
    }

    /// Calls `change` with the innermost type.
    pub fn innermost_mut(&mut self) -> &mut Ty {
        match self {
            Ty::List(inner) | Ty::Map(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => inner.innermost_mut(),
            other => other,
        }
    }
}

/// The form of a field's value, beyond its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldForm {
    /// None.
    #[default]
    Plain,
    /// The object whose JSON text the string is.
    Json,
    /// A list of parts, whose texts the string is.
    Parts,
    /// An object with any members, and nothing else.
    Object,
    /// A list of such objects.
    Objects,
    /// The id of the tool call that the object answers.
    ToolCallId,
}

/// A field of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name on the wire.
    pub wire: String,
    /// Its name in Rust.
    pub rust: RustIdent,
    /// Its type, without the `Option` of an optional field.
    pub ty: Ty,
    /// The name to show for its type where that is another one's: an alias says more about the field.
    pub label: Option<TypeName>,
    /// Whether the document requires it.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// True for a value that is not to be shown.
    pub secret: bool,
    /// The form of its value.
    pub form: FieldForm,
    /// Its only value, if it has just one: then it is no Rust field.
    pub constant: Option<String>,
    /// What the document says about it.
    pub facts: Facts,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
}

impl Field {
    /// A field of which nothing more is known.
    #[must_use]
    pub fn plain(wire: &str, ty: Ty, required: bool) -> Self {
        Self {
            wire: wire.into(),
            rust: RustIdent::field(wire),
            ty,
            label: None,
            required,
            nullable: false,
            secret: false,
            form: FieldForm::Plain,
            constant: None,
            facts: Facts::default(),
            prose: None,
        }
    }

    /// Whether the Rust field is an `Option`.
    #[must_use]
    pub fn is_option(&self) -> bool {
        !self.required || self.nullable
    }
}

/// A value of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The text on the wire.
    pub wire: String,
    /// The variant.
    pub rust: RustIdent,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
}

/// A union's variants and how they are told apart.
#[derive(Clone, Debug, Default)]
pub struct Union {
    /// The variants, in the order of the document.
    pub variants: Vec<Variant>,
    /// The tag that the document names.
    pub discriminator: Option<String>,
    /// How a value finds its variant; set by the plans pass.
    pub plan: Box<UnionPlan>,
}

/// A variant of a union.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its Rust name; empty until the unions pass.
    pub rust: RustIdent,
    /// What it holds.
    pub ty: Ty,
    /// The name to show for its type where that is another one's.
    pub label: Option<TypeName>,
    /// A title from the document, where an inline variant has one.
    pub title: Option<String>,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
}

/// Candidates (indices of variants) for each kind of JSON value; see `openai_runtime::json::Plan`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnionPlan {
    /// The field that tells objects apart.
    pub tag: Option<String>,
    /// Values of the tag and their candidates.
    pub tags: BTreeMap<String, Vec<usize>>,
    /// Candidates for an object without a tag.
    pub untagged: Vec<usize>,
    /// Candidates for an object with another tag.
    pub other: Vec<usize>,
    /// Candidates for a string.
    pub string: Vec<usize>,
    /// Candidates for a number.
    pub number: Vec<usize>,
    /// Candidates for a boolean.
    pub boolean: Vec<usize>,
    /// Candidates for an array.
    pub array: Vec<usize>,
}

/// What the document says about a schema besides its form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// May be null.
    pub nullable: bool,
    /// The value that the server takes when there is none.
    pub default: Option<Value>,
    /// Not to be used any more.
    pub deprecated: bool,
    /// Least value, and whether it is itself excluded.
    pub minimum: Option<(f64, bool)>,
    /// Greatest value, and whether it is itself excluded.
    pub maximum: Option<(f64, bool)>,
    /// Least and greatest number of characters.
    pub length: (Option<usize>, Option<usize>),
    /// Least and greatest number of items.
    pub items: (Option<usize>, Option<usize>),
    /// Regular expression.
    pub pattern: Option<String>,
    /// Format (`unixtime`, `uri`, …).
    pub format: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Values of an integer enum.
    pub values: Vec<i64>,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The document's operationId.
    pub id: String,
    /// HTTP method, upper case.
    pub method: String,
    /// Path template.
    pub path: String,
    /// Query fields that the path itself has.
    pub fixed_query: Vec<(String, String)>,
    /// Headers that every call of it sends.
    pub fixed_headers: Vec<(String, String)>,
    /// The official SDKs' resource path, as `chat.completions`.
    pub resource: String,
    /// The official SDKs' verb, as `create`.
    pub verb: String,
    /// The Cargo feature it belongs to.
    pub area: String,
    /// Parameters in the order of the document.
    pub parameters: Vec<Parameter>,
    /// The request body.
    pub body: Option<Body>,
    /// Fields of its request and its response that hold secrets, by their names on the wire.
    pub secrets: Vec<String>,
    /// What it answers.
    pub response: Response,
    /// The rules of OpenAPI hold for it, and not those of OpenAI's API.
    pub by_openapi: bool,
    /// The media type to ask for, where the rule for it is not that of OpenAI's API.
    pub accept: Option<String>,
    /// Its own server.
    pub server: Option<OperationServer>,
    /// The media types of the answer, in the order of the document.
    pub response_media: Vec<String>,
    /// How it streams.
    pub stream: Option<Stream>,
    /// How it pages.
    pub paging: Option<Paging>,
    /// How the long operation is followed that it begins, changes or fetches.
    pub polling: Option<Polling>,
    /// Whether it takes an admin key.
    pub admin: bool,
    /// Set if it takes no credential.
    pub is_open: bool,
    /// Not to be used any more.
    pub deprecated: bool,
    /// OpenTelemetry's name of what is done, where it has one.
    pub span: Option<String>,
    /// Fields of the body that are sent with these values if nothing sets them.
    pub unset: Vec<(String, String)>,
    /// Our own sentence about it.
    pub prose: Option<Prose>,
    /// The names of its call in Rust; set by the calls pass.
    pub names: CallNames,
}

/// More required fields than this go into a struct of their own.
pub const MOST_ARGUMENTS: usize = 4;

/// The Rust names of an operation in the file of its resource.
#[derive(Clone, Debug, Default)]
pub struct CallNames {
    /// The alias of the call's builder.
    pub alias: TypeName,
    /// The type that marks the operation.
    pub marker: TypeName,
    /// The method that takes a body made before.
    pub with: RustIdent,
}

/// How a list operation pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Paging {
    /// `page`, `cursor`, `conversation_cursor` or `next_cursor`.
    pub kind: String,
    /// The response's field with the items.
    pub items: RustIdent,
    /// The type of an item.
    pub item: Ty,
}

/// How a long operation is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Polling {
    /// The place in [`Api::operations`] of what fetches its state.
    pub retrieve: usize,
    /// The parameters of that operation's path, and where the call has them.
    pub path: Vec<(String, Source)>,
    /// Whether the call's own answer is a state.
    pub is_state: bool,
    /// The states, if this is the operation that fetches them.
    pub states: Option<States>,
}

/// Where a call has a parameter of the path by which it is followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// In its own path.
    Path,
    /// In its answer: the fields that lead there.
    Answer(Vec<String>),
}

/// The states of a long operation.
#[derive(Clone, Debug, PartialEq)]
pub struct States {
    /// The field that tells the state.
    pub field: String,
    /// Those that give way to others by themselves.
    pub pending: Vec<String>,
    /// Those that stay, or need the caller.
    pub done: Vec<String>,
    /// Seconds between two looks where neither caller nor server says.
    pub interval: u64,
}
