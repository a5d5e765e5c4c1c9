//! The hand-written files of a crate that is made from another document: its manifest, its root and its client.

use std::fmt::Write as _;
use std::path::Path;

use openai_codegen::service::{CredentialPlace, ServiceFacts};

/// The name of a crate, and the identifier by which Rust knows it.
#[derive(Debug)]
pub(super) struct CrateName(String);

impl CrateName {
    /// The name that was asked for, else one made of the document's title, else of the file's name.
    pub(super) fn new(asked: Option<&str>, title: &str, file: &Path) -> Result<Self, String> {
        if let Some(name) = asked {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || ['-', '_'].contains(&c));
            return match is_name && !is_reserved(name) {
                true => Ok(Self(name.to_owned())),
                false => {
                    Err(format!("`--name {name}`: Cargo takes no crate of this name; use letters, digits and `-`"))
                }
            };
        }
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let mut name = [title, &stem].into_iter().map(kebab).find(|name| !name.is_empty()).unwrap_or_default();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name = format!("api-{name}").trim_end_matches('-').to_owned();
        }
        Ok(Self(if is_reserved(&name) { format!("{name}-client") } else { name }))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn ident(&self) -> String {
        self.0.replace('-', "_")
    }

    /// The beginning of the names of environment variables.
    fn variable(&self) -> String {
        self.ident().to_ascii_uppercase()
    }
}

/// The words of a text, in small letters.
fn kebab(text: &str) -> String {
    const LONGEST: usize = 48;
    let text = text.to_ascii_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join("-");
    name.truncate(LONGEST);
    name.trim_end_matches('-').to_owned()
}

/// Names that Cargo refuses, that the compiler has, or that the crate depends on.
fn is_reserved(name: &str) -> bool {
    let ident = name.replace('-', "_");
    let is_keyword = syn::parse_str::<syn::Ident>(&ident).is_err();
    let taken = [
        "std",
        "core",
        "alloc",
        "test",
        "proc_macro",
        "openai_runtime",
        "serde",
        "bytes",
        "http",
        "url",
        "build",
        "deps",
    ];
    is_keyword || taken.contains(&ident.to_ascii_lowercase().as_str())
}

/// The head of the manifest, above the features.
pub(super) fn manifest(name: &CrateName, facts: &ServiceFacts, runtime: &Path) -> String {
    let description = format!("A client of {}, generated from its OpenAPI document.", title(name, facts));
    format!(
        "[package]\nname = {}\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.88\"\ndescription = {}\n\n\
         [workspace]\n\n[dependencies]\nopenai-runtime = {{ path = {} }}\n\n",
        toml_string(name.as_str()),
        toml_string(&description),
        toml_string(&runtime.display().to_string()),
    )
}

fn toml_string(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The title on one line, of what a sentence of documentation can have.
fn title(name: &CrateName, facts: &ServiceFacts) -> String {
    let plain = |c: char| if c.is_alphanumeric() || " .,:;-_/()'&+!".contains(c) { c } else { ' ' };
    let text: String = facts.title.chars().take(120).map(plain).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() { format!("`{}`", name.as_str()) } else { words.join(" ") }
}

/// `src/lib.rs`.
pub(super) fn library(name: &CrateName, facts: &ServiceFacts) -> String {
    let title = title(name, facts);
    format!(
        "//! A client of {title}, generated from its OpenAPI document.
//!
//! Each part of the API is a Cargo feature; `full` is all of them. [`Client`] makes calls, [`types`] has the types of
//! requests and responses, and [`openai_runtime`] what every call does alike: errors, retries, streams.

#![forbid(unsafe_code)]

mod client;
#[allow(clippy::all, clippy::pedantic, rustdoc::all, reason = \"the words are the document's\")]
#[rustfmt::skip]
mod generated;
mod list;
mod operation;
pub mod request;
mod streams;

pub use client::{{Client, SERVICE}};
pub use generated::{{index, resources, types}};
pub use list::List;
pub use openai_runtime;
"
    )
}

/// `src/client.rs`.
pub(super) fn client(name: &CrateName, facts: &ServiceFacts) -> String {
    let shown = facts.title.trim();
    let shown = if shown.is_empty() { name.as_str() } else { shown };
    let mut service = format!("Service::new({shown:?})");
    if let Some(url) = &facts.base_url {
        let _ = write!(service, "\n    .with_base_url({url:?})");
    }
    if let Some(place) = &facts.credential {
        let _ = write!(service, "\n    .with_credential(CredentialPlace::{})", variant(place));
    }
    let (key, url) = (format!("{}_API_KEY", name.variable()), format!("{}_BASE_URL", name.variable()));
    let _ = write!(service, "\n    .with_variables({key:?}, {url:?})");
    service += "\n    .with_user_agent(concat!(env!(\"CARGO_PKG_NAME\"), \"/\", env!(\"CARGO_PKG_VERSION\")))";
    let arguments =
        [("base_url: impl Into<String>", ".base_url(base_url)"), ("api_key: impl Into<Secret>", ".api_key(api_key)")];
    let is_given = [facts.base_url.is_none(), facts.credential.is_some()];
    let given = arguments.iter().zip(is_given).filter(|(_, is_given)| *is_given);
    let (parameters, calls): (Vec<&str>, Vec<&str>) = given.map(|(argument, _)| *argument).unzip();
    let (parameters, calls) = (parameters.join(", "), calls.concat());
    let credential = if facts.credential.is_some() { "CredentialPlace, " } else { "" };
    let secret = if facts.credential.is_some() { "Secret, " } else { "" };
    TEMPLATE
        .replace("@IMPORTS@", &format!("ClientBuilder, {credential}Result, {secret}Service"))
        .replace("@PARAMETERS@", &parameters)
        .replace("@CALLS@", &calls)
        .replace("@KEY_VARIABLE@", &key)
        .replace("@URL_VARIABLE@", &url)
        .replace("@SERVICE_VALUE@", &service)
}

fn variant(place: &CredentialPlace) -> String {
    match place {
        CredentialPlace::Bearer => "Bearer".to_owned(),
        CredentialPlace::Basic => "Basic".to_owned(),
        CredentialPlace::Header(name) => format!("Header({name:?})"),
        CredentialPlace::Query(name) => format!("Query({name:?})"),
        CredentialPlace::Cookie(name) => format!("Cookie({name:?})"),
    }
}

const TEMPLATE: &str = r"//! The client. Its methods for the resources are generated.

use std::ops::Deref;

use openai_runtime::{@IMPORTS@};

/// The API, as its document describes it.
pub static SERVICE: Service = @SERVICE_VALUE@;

/// The API. Cheap to clone; all clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client(pub(crate) openai_runtime::Client);

impl Client {
    /// Returns a client with the defaults for everything else. It reads nothing from the environment.
    ///
    /// # Errors
    /// TLS cannot be set up on this machine, or the base URL is none. A key that is refused is the error of a call.
    pub fn new(@PARAMETERS@) -> Result<Self> {
        Self::builder()@CALLS@.build()
    }

    /// Returns a client set up by the environment: `@KEY_VARIABLE@` and `@URL_VARIABLE@`.
    ///
    /// # Errors
    /// A variable that is needed is not set, or has a value that can't be used; the error names it.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::for_service_from_env(&SERVICE).build()
    }

    /// Returns a builder of a client; it reads nothing from the environment.
    #[must_use]
    pub fn builder() -> ClientBuilder<Self> {
        ClientBuilder::for_service(&SERVICE)
    }

    /// Returns a client with some options changed, over the same pool of connections.
    ///
    /// # Errors
    /// The changed options do not fit together.
    pub fn with_options(
        &self,
        change: impl FnOnce(ClientBuilder<openai_runtime::Client>) -> ClientBuilder<openai_runtime::Client>,
    ) -> Result<Self> {
        self.0.with_options(change).map(Self)
    }
}

impl Deref for Client {
    type Target = openai_runtime::Client;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<openai_runtime::Client> for Client {
    fn from(client: openai_runtime::Client) -> Self {
        Self(client)
    }
}
";
