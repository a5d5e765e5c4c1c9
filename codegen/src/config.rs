//! names.toml: what the document does not say about names.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole of names.toml.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Schemas that are wanted although no operation refers to them.
    #[serde(default)]
    pub roots: Vec<Root>,
    /// By operationId.
    #[serde(default)]
    pub operations: BTreeMap<String, OperationName>,
    /// Long operations, by the operationId of what fetches their state.
    #[serde(default)]
    pub polling: BTreeMap<String, PollingName>,
    /// Component schema to Rust type.
    #[serde(default)]
    pub types: BTreeMap<String, String>,
    /// Inline schema (`Owner.path[]`) to Rust type.
    #[serde(default)]
    pub inline: BTreeMap<String, String>,
    /// Names of types that several areas or owners share: the name, and one of the types that it stands for.
    #[serde(default)]
    pub shared: BTreeMap<String, String>,
    /// Arguments of `new` by Rust type.
    #[serde(default)]
    pub new: BTreeMap<String, Vec<String>>,
    /// Optional fields that the constructor of a union takes besides what `new` takes, by Rust type.
    #[serde(default)]
    pub arguments: BTreeMap<String, Vec<String>>,
    /// Fields that `new` takes as the tool call that the object answers, by Rust type.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Tool calls: the field of their id, by Rust type. A union has those of its forms.
    #[serde(default)]
    pub calls: BTreeMap<String, String>,
    /// Values of required fields that `new` does not take, by Rust type and field: a text, or a constructor of a union.
    #[serde(default)]
    pub defaults: BTreeMap<String, BTreeMap<String, String>>,
    /// Optional fields that are never boxed, by their names on the wire: their values are handed on as they are.
    #[serde(default)]
    pub unboxed: Vec<String>,
    /// Unions that have the setters of what they hold.
    #[serde(default)]
    pub setters: Vec<String>,
    /// Unions that a text stands for: the constructor that takes it, by Rust type.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
    /// More tags of a union that a text stands for: the form that has the tag alone takes them, by Rust type.
    #[serde(default)]
    pub hosted: BTreeMap<String, Vec<String>>,
    /// Types that turn into another one by way of their JSON: response items into request items.
    #[serde(default)]
    pub convert: BTreeMap<String, String>,
    /// Unions and enums that openai-ext matches by hand: the files that do, by Rust type.
    #[serde(default)]
    pub matched: BTreeMap<String, Vec<String>>,
    /// Headers that every call below a path prefix sends.
    #[serde(default)]
    pub headers: Vec<HeaderRule>,
    /// The Cargo features.
    #[serde(default)]
    pub areas: Areas,
    /// Fields that are not to be shown.
    #[serde(default)]
    pub secrets: Secrets,
    /// Strings that servers send in another form.
    #[serde(default)]
    pub strings: Strings,
}

/// Fields that are strings and that some servers send in another form, by their names on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strings {
    /// JSON as a string, for which an object may stand.
    #[serde(default)]
    pub json: Vec<String>,
    /// Text for which a list of parts may stand.
    #[serde(default)]
    pub parts: Vec<String>,
}

/// Fields whose values are secrets: they are in no `Debug` and in no error about a response.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Names on the wire that are secrets wherever they stand.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Names on the wire that are secrets in one schema: by component, and by the fields that lead on from there.
    #[serde(default)]
    pub of: BTreeMap<String, Vec<String>>,
}

/// A root schema.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// The component's name.
    pub schema: String,
    /// The area it belongs to.
    pub area: String,
}

/// Where the official SDKs put an operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationName {
    /// The resource path.
    pub resource: String,
    /// The method's name.
    pub verb: String,
    /// The paging kind.
    pub paging: Option<String>,
    /// The component schema of a stream event.
    pub stream: Option<String>,
    /// How the stream ends.
    pub done: Option<Done>,
    /// Whether there may be several events of the types in `done`.
    #[serde(default)]
    pub several: bool,
    /// The types of events after which a stream that may end at `done` may no longer; its errors are events.
    #[serde(default)]
    pub resumes: Vec<String>,
    /// Whether an event is its name and its data under two keys.
    #[serde(default)]
    pub envelope: bool,
    /// OpenTelemetry's name of what is done, where it has one; the operation's id otherwise.
    pub span: Option<String>,
    /// Fields of the body that are sent with these values if nothing sets them and the server is known to answer them.
    #[serde(default)]
    pub unset: BTreeMap<String, String>,
}

/// How a long operation goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollingName {
    /// The field that tells its state.
    #[serde(default = "status")]
    pub field: String,
    /// The states that give way to others by themselves.
    pub pending: Vec<String>,
    /// Those that stay, or need the caller.
    pub done: Vec<String>,
    /// Seconds between two looks where neither caller nor server says.
    #[serde(default = "second")]
    pub interval: u64,
    /// The operations that begin or change it.
    #[serde(default)]
    pub by: Vec<String>,
    /// Where these answer its id, if not in `id`: by operation, fields joined by dots.
    #[serde(default)]
    pub id: BTreeMap<String, String>,
}

fn status() -> String {
    "status".into()
}

fn second() -> u64 {
    1
}

/// How a stream ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Done {
    /// `"marker"`: with `[DONE]`.
    Marker(String),
    /// With an event of one of these types.
    Types(Vec<String>),
}

/// A header that belongs to a part of the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderRule {
    /// Path prefixes, by whole segments.
    pub paths: Vec<String>,
    /// The header's name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The Cargo features.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Areas {
    /// All areas, in the order to be shown.
    #[serde(default)]
    pub order: Vec<String>,
    /// The resources of `beta` that are areas of their own.
    #[serde(default)]
    pub beta: Vec<String>,
    /// The default ones.
    #[serde(default)]
    pub default: Vec<String>,
    /// Areas that own only the types that no other area uses.
    #[serde(default)]
    pub guests: Vec<String>,
    /// Words of type names that belong together (`web_search`) where files are named after the first words.
    #[serde(default)]
    pub terms: Vec<String>,
}

impl Areas {
    /// The area of a resource: its first segment, or the second one of a beta resource that is an area of its own.
    pub fn of<'a>(&self, resource: &'a str) -> &'a str {
        let (first, rest) = resource.split_once('.').unwrap_or((resource, ""));
        let second = rest.split('.').next().unwrap_or_default();
        if first == "beta" && self.beta.iter().any(|area| area == second) { second } else { first }
    }
}

impl Names {
    /// Reads names.toml.
    ///
    /// # Errors
    /// The text is not TOML, or has an entry that is not known.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("codegen/names.toml: {error}"))
    }
}
