//! What may stand where: OpenAPI 3.0 and 3.1 as far as the import has a rule for it.
//!
//! One table an object. Its order is the order of keywords in `openapi.yaml`. A keyword that is in no table stops the
//! import, so that a new fact is never lost in silence.

use ValueShape::{
    Any, Bound, Choice, Count, Flag, List, Map, Number, One, OneOrFlag, Prose, Security, Text, TextMap, Texts,
};

/// What an object is in OpenAPI's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Document,
    Info,
    Server,
    ServerVariable,
    Tag,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Response,
    Header,
    Components,
    SecurityScheme,
    Schema,
    Discriminator,
}

/// What a keyword's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueShape {
    /// Text for people or a vendor's tool: dropped, whatever it holds.
    Prose,
    Any,
    /// A list of JSON values, not empty.
    Values,
    Text,
    Texts,
    TextMap,
    Flag,
    Count,
    Number,
    /// A flag in OpenAPI 3.0, a number in 3.1.
    Bound,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A type's name, or several.
    Types,
    /// Requirements: scheme to scopes.
    Security,
    One(Kind),
    OneOrFlag(Kind),
    List(Kind),
    Map(Kind, NameRule),
}

/// What the keys of a map may be, and whether their order means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRule {
    /// Free names whose order is a fact: fields of an object, media types by preference.
    Ordered,
    /// Free names, written in alphabetical order.
    Sorted,
    /// Paths, written in alphabetical order.
    Paths,
    /// HTTP status codes, written in order.
    Statuses,
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keyword {
    pub(super) name: &'static str,
    pub(super) shape: ValueShape,
    pub(super) required: bool,
    /// An empty list or map, or a false flag, differs from an absent one.
    pub(super) keeps_empty: bool,
    /// A rule turns the keyword into another; it is never written.
    pub(super) input_only: bool,
}

/// The type names of JSON Schema.
pub(super) const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];

/// The keywords of an object, in the order they are written.
pub(super) fn table(kind: Kind) -> &'static [Keyword] {
    match kind {
        Kind::Document => DOCUMENT,
        Kind::Info => INFO,
        Kind::Server => SERVER,
        Kind::ServerVariable => SERVER_VARIABLE,
        Kind::Tag => TAG,
        Kind::PathItem => PATH_ITEM,
        Kind::Operation => OPERATION,
        Kind::Parameter => PARAMETER,
        Kind::RequestBody => REQUEST_BODY,
        Kind::MediaType => MEDIA_TYPE,
        Kind::Encoding => ENCODING,
        Kind::Response => RESPONSE,
        Kind::Header => HEADER,
        Kind::Components => COMPONENTS,
        Kind::SecurityScheme => SECURITY_SCHEME,
        Kind::Schema => SCHEMA,
        Kind::Discriminator => DISCRIMINATOR,
    }
}

impl Kind {
    /// The object's name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Document => "the document",
            Self::Info => "the info object",
            Self::Server => "a server",
            Self::ServerVariable => "a server variable",
            Self::Tag => "a tag",
            Self::PathItem => "a path item",
            Self::Operation => "an operation",
            Self::Parameter => "a parameter",
            Self::RequestBody => "a request body",
            Self::MediaType => "a media type",
            Self::Encoding => "an encoding",
            Self::Response => "a response",
            Self::Header => "a header",
            Self::Components => "the components",
            Self::SecurityScheme => "a security scheme",
            Self::Schema => "a schema",
            Self::Discriminator => "a discriminator",
        }
    }

    /// Where the document keeps the objects of this kind that a `$ref` may name.
    pub(super) fn section(self) -> Option<&'static str> {
        match self {
            Self::Schema => Some("schemas"),
            Self::Response => Some("responses"),
            Self::Parameter => Some("parameters"),
            Self::RequestBody => Some("requestBodies"),
            Self::Header => Some("headers"),
            Self::SecurityScheme => Some("securitySchemes"),
            _ => None,
        }
    }
}

/// Finds a keyword, also one spelt like `min_items` or `minitems`; the flag tells whether it was spelt right.
pub(super) fn find(kind: Kind, name: &str) -> Option<(&'static Keyword, bool)> {
    let table = table(kind);
    if let Some(keyword) = table.iter().find(|keyword| keyword.name == name) {
        return Some((keyword, true));
    }
    let letters = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let wanted = letters(name);
    table.iter().find(|keyword| letters(keyword.name) == wanted).map(|keyword| (keyword, false))
}

const fn is(name: &'static str, shape: ValueShape) -> Keyword {
    Keyword { name, shape, required: false, keeps_empty: false, input_only: false }
}

const fn must(name: &'static str, shape: ValueShape) -> Keyword {
    Keyword { name, shape, required: true, keeps_empty: true, input_only: false }
}

const fn kept(name: &'static str, shape: ValueShape) -> Keyword {
    Keyword { name, shape, required: false, keeps_empty: true, input_only: false }
}

const fn input(name: &'static str, shape: ValueShape) -> Keyword {
    Keyword { name, shape, required: false, keeps_empty: false, input_only: true }
}

const DOCUMENT: &[Keyword] = &[
    must("openapi", Text),
    must("info", One(Kind::Info)),
    is("servers", List(Kind::Server)),
    kept("security", Security),
    is("tags", List(Kind::Tag)),
    must("paths", Map(Kind::PathItem, NameRule::Paths)),
    is("x-webhooks", Map(Kind::PathItem, NameRule::Sorted)),
    input("webhooks", Map(Kind::PathItem, NameRule::Sorted)),
    kept("components", One(Kind::Components)),
    is("externalDocs", Prose),
    is("jsonSchemaDialect", Prose),
];

const INFO: &[Keyword] = &[
    must("title", Text),
    must("version", Text),
    is("summary", Prose),
    is("description", Prose),
    is("termsOfService", Prose),
    is("contact", Prose),
    is("license", Prose),
];

const SERVER: &[Keyword] =
    &[must("url", Text), is("variables", Map(Kind::ServerVariable, NameRule::Ordered)), is("description", Prose)];

const SERVER_VARIABLE: &[Keyword] = &[is("enum", Texts), must("default", Text), is("description", Prose)];

const TAG: &[Keyword] = &[must("name", Text), is("description", Prose), is("externalDocs", Prose)];

const PATH_ITEM: &[Keyword] = &[
    is("x-path", Text),
    is("x-fixed-query", TextMap),
    is("servers", List(Kind::Server)),
    is("parameters", List(Kind::Parameter)),
    is("get", One(Kind::Operation)),
    is("put", One(Kind::Operation)),
    is("post", One(Kind::Operation)),
    is("delete", One(Kind::Operation)),
    is("options", One(Kind::Operation)),
    is("head", One(Kind::Operation)),
    is("patch", One(Kind::Operation)),
    is("trace", One(Kind::Operation)),
    is("summary", Prose),
    is("description", Prose),
];

const OPERATION: &[Keyword] = &[
    is("operationId", Text),
    is("tags", Texts),
    is("deprecated", Flag),
    kept("security", Security),
    is("servers", List(Kind::Server)),
    is("parameters", List(Kind::Parameter)),
    is("requestBody", One(Kind::RequestBody)),
    must("responses", Map(Kind::Response, NameRule::Statuses)),
    is("summary", Prose),
    is("description", Prose),
    is("externalDocs", Prose),
];

const PARAMETER: &[Keyword] = &[
    is("$ref", Text),
    must("name", Text),
    must("in", Choice(&["query", "header", "path", "cookie"])),
    is("required", Flag),
    is("deprecated", Flag),
    is("allowEmptyValue", Flag),
    is("style", Choice(&["matrix", "label", "form", "simple", "spaceDelimited", "pipeDelimited", "deepObject"])),
    kept("explode", Flag),
    is("allowReserved", Flag),
    is("schema", One(Kind::Schema)),
    is("content", Map(Kind::MediaType, NameRule::Ordered)),
    is("description", Prose),
    is("example", Prose),
    is("examples", Prose),
];

const REQUEST_BODY: &[Keyword] = &[
    is("$ref", Text),
    is("required", Flag),
    must("content", Map(Kind::MediaType, NameRule::Ordered)),
    is("description", Prose),
];

const MEDIA_TYPE: &[Keyword] = &[
    is("schema", One(Kind::Schema)),
    is("encoding", Map(Kind::Encoding, NameRule::Ordered)),
    is("example", Prose),
    is("examples", Prose),
];

const ENCODING: &[Keyword] = &[
    is("contentType", Text),
    is("headers", Map(Kind::Header, NameRule::Ordered)),
    is("style", Choice(&["form", "spaceDelimited", "pipeDelimited", "deepObject"])),
    is("explode", Flag),
    is("allowReserved", Flag),
];

/// A response's description is the one text that OpenAPI 3.0 insists on; the import writes it empty.
const RESPONSE: &[Keyword] = &[
    is("$ref", Text),
    is("description", Prose),
    is("headers", Map(Kind::Header, NameRule::Ordered)),
    is("content", Map(Kind::MediaType, NameRule::Ordered)),
];

const HEADER: &[Keyword] = &[
    is("$ref", Text),
    is("required", Flag),
    is("deprecated", Flag),
    is("style", Choice(&["simple"])),
    is("explode", Flag),
    is("schema", One(Kind::Schema)),
    is("content", Map(Kind::MediaType, NameRule::Ordered)),
    is("description", Prose),
    is("example", Prose),
    is("examples", Prose),
];

const COMPONENTS: &[Keyword] = &[
    is("securitySchemes", Map(Kind::SecurityScheme, NameRule::Sorted)),
    is("parameters", Map(Kind::Parameter, NameRule::Sorted)),
    is("requestBodies", Map(Kind::RequestBody, NameRule::Sorted)),
    is("responses", Map(Kind::Response, NameRule::Sorted)),
    is("headers", Map(Kind::Header, NameRule::Sorted)),
    is("schemas", Map(Kind::Schema, NameRule::Sorted)),
    is("examples", Prose),
];

const SECURITY_SCHEME: &[Keyword] = &[
    is("$ref", Text),
    must("type", Choice(&["http", "apiKey"])),
    is("scheme", Text),
    is("in", Choice(&["query", "header", "cookie"])),
    is("name", Text),
    is("bearerFormat", Prose),
    is("description", Prose),
];

const SCHEMA: &[Keyword] = &[
    is("$ref", Text),
    is("title", Text),
    is("deprecated", Flag),
    is("readOnly", Flag),
    is("writeOnly", Flag),
    is("type", ValueShape::Types),
    is("nullable", Flag),
    is("format", Text),
    is("enum", ValueShape::Values),
    kept("default", Any),
    is("minimum", Number),
    is("exclusiveMinimum", Bound),
    is("maximum", Number),
    is("exclusiveMaximum", Bound),
    is("multipleOf", Number),
    is("minLength", Count),
    is("maxLength", Count),
    is("pattern", Text),
    is("minItems", Count),
    is("maxItems", Count),
    is("uniqueItems", Flag),
    is("minProperties", Count),
    is("maxProperties", Count),
    is("x-property-names", One(Kind::Schema)),
    is("discriminator", One(Kind::Discriminator)),
    is("allOf", List(Kind::Schema)),
    is("oneOf", List(Kind::Schema)),
    is("anyOf", List(Kind::Schema)),
    is("not", One(Kind::Schema)),
    is("required", Texts),
    is("properties", Map(Kind::Schema, NameRule::Ordered)),
    kept("additionalProperties", OneOrFlag(Kind::Schema)),
    is("items", One(Kind::Schema)),
    input("const", Any),
    input("propertyNames", One(Kind::Schema)),
    input("$recursiveRef", Text),
    input("$recursiveAnchor", Flag),
    input("optional", Flag),
    input("contentEncoding", Text),
    input("if", One(Kind::Schema)),
    input("then", One(Kind::Schema)),
    input("else", One(Kind::Schema)),
    is("$comment", Prose),
    is("description", Prose),
    is("example", Prose),
    is("examples", Prose),
    is("externalDocs", Prose),
    is("xml", Prose),
];

const DISCRIMINATOR: &[Keyword] = &[must("propertyName", Text), is("mapping", TextMap)];
