//! The description of an operation by the generated code: plain data, no logic.

use std::time::Duration;

use super::style::Styles;

/// One operation of the API.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// The operation's id in the document, as `createChatCompletion`.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path below the base URL, with its parameters in braces, as `/threads/{thread_id}`.
    pub path: &'static str,
    /// Query parameters that the operation always has.
    pub query: &'static [(&'static str, &'static str)],
    /// Headers that the operation always has, as `OpenAI-Beta`.
    pub headers: &'static [(&'static str, &'static str)],
    /// The credential it needs.
    pub security: Security,
    /// The media type to ask for.
    pub accept: &'static str,
    /// The encoding of its body.
    pub body: BodyKind,
    /// The end of its event stream, if it has one.
    pub stream: Done,
    /// The body's field that asks for a stream, and its value, where that is not `stream: true`.
    pub switch: Option<(&'static str, &'static str)>,
    /// Fields of the body and their values, which are added if nothing sets them and the server is known to answer them:
    /// a host of OpenAI or Azure, or one whose [`Provider`](crate::Provider::takes_added_fields) says so.
    pub unset: &'static [(&'static str, &'static str)],
    /// The paging of its list, if it is one.
    pub paging: Paging,
    /// Fields of its request and of its response that hold secrets, which no error quotes.
    pub secrets: &'static [&'static str],
    /// OpenTelemetry's name of what is done (`gen_ai.operation.name`), where it is not the id.
    pub span: &'static str,
    /// The forms of its parameters and form fields by OpenAPI's rules. `None` stands for the rules of OpenAI's API, which
    /// are those with brackets: `k[]=a`, `k[sub]=v`.
    pub styles: Option<&'static Styles>,
    /// The way in which a call asks for its event stream.
    pub asks: StreamSwitch,
    /// The server it is sent to, where that is not the client's base URL.
    pub server: Option<ServerUrl>,
    /// Set if the response is text, whatever it looks like.
    pub is_text: bool,
}

impl Endpoint {
    /// The endpoint that most others differ little from: a bearer token, no body, JSON back.
    pub const DEFAULT: Self = Self {
        id: "",
        method: "GET",
        path: "",
        query: &[],
        headers: &[],
        security: Security::Bearer,
        accept: "application/json",
        body: BodyKind::None,
        stream: Done::None,
        switch: None,
        unset: &[],
        paging: Paging::None,
        secrets: &[],
        span: "",
        styles: None,
        asks: StreamSwitch::Usual,
        server: None,
        is_text: false,
    };

    /// The defaults of an endpoint whose parameters have the forms that OpenAPI gives them.
    pub const OPENAPI: Self = Self { styles: Some(&Styles::OPENAPI), ..Self::DEFAULT };
}

/// The server of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// The URL to which the path is added: an absolute one, or a path on the host of the client's base URL.
    pub url: &'static str,
    /// Set if the document says that this server gets the credential. Without it a server of another origin gets neither
    /// credential nor the client's headers and query parameters.
    pub is_trusted: bool,
}

/// The way in which a call asks for an event stream, besides the `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamSwitch {
    /// As OpenAI's API: `stream: true` in the body, or in the query if there is no body, or as [`Endpoint::switch`] says.
    Usual,
    /// By the header alone.
    Accept,
    /// By this field of the body, set to true.
    Field(&'static str),
    /// By this parameter of the query, set to true.
    Query(&'static str),
}

/// The credential that an operation needs; both are sent as a bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// The API key.
    Bearer,
    /// The admin key.
    Admin,
    /// None at all.
    None,
}

/// The encoding of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// No body.
    None,
    /// `application/json`
    Json,
    /// `multipart/form-data`
    Multipart,
    /// `multipart/form-data` if there is a file in it, else `application/json`
    MultipartOrJson,
    /// `application/x-www-form-urlencoded`
    Form,
    /// A bare `application/sdp` text if `sdp` is the only field, else multipart with the other fields as JSON parts.
    Sdp,
    /// JSON under another media type, as `application/merge-patch+json`
    JsonOf(&'static str),
    /// A string, sent as it is, of this media type
    Text(&'static str),
    /// A file's bytes, sent as they are, of this media type; with a wildcard, as `image/*`, the file's own
    Bytes(&'static str),
}

/// The sign by which an event stream is complete. `[DONE]` ends any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It just ends.
    None,
    /// With `data: [DONE]`.
    Marker,
    /// With an event of one of these types.
    Types(&'static [&'static str]),
    /// With an event of one of these types, after which others may come, also of these types: once one was there, it ends
    /// where its body does, even if that is a break. Only an event that was begun and cut off is still missed.
    Several(&'static [&'static str]),
    /// At rest: it stays open, and is complete where its body ends after an event of a type in `rest` that none of a type
    /// in `work` has followed. An event of type `error` is one of its values, which ends nothing.
    Resting {
        /// The types after which nothing is under way.
        rest: &'static [&'static str],
        /// The types after which something is under way again.
        work: &'static [&'static str],
    },
    /// With `[DONE]`; each event is read as `{"event": name, "data": …}`.
    Enveloped,
    /// It just ends. The data of its events are text and not JSON.
    Texts,
}

/// The place at which the next page of a list starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Not a list.
    None,
    /// A list of one page.
    Page,
    /// `after` = the id of the last item.
    Cursor,
    /// `after` = `last_id`.
    ConversationCursor,
    /// `after` = `next`.
    NextCursor,
    /// `page` = `next_page`.
    NextPage,
    /// `page` = `next`.
    Token,
}

/// The way to follow a long-running operation from one call on.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// The operation that fetches its state.
    pub retrieve: &'static Endpoint,
    /// The states that it goes through.
    pub states: &'static States,
    /// The parameters of that endpoint's path, and where the call has them.
    pub path: &'static [(&'static str, Origin)],
    /// True if the call's own response is the first state; else the state is fetched at once.
    pub is_state: bool,
}

/// The states of a long operation.
#[derive(Clone, Copy, Debug)]
pub struct States {
    /// The field that tells the state.
    pub field: &'static str,
    /// Those that will give way to others by themselves.
    pub pending: &'static [&'static str],
    /// Those that stay, or need the caller to act.
    pub done: &'static [&'static str],
    /// The wait between two polls if neither the caller nor the server names one.
    pub interval: Duration,
}

/// The place in a call of a parameter of another one's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is a parameter of the call's own path, of the same name.
    Path,
    /// It is in the answer: the names of the fields that lead there.
    Answer(&'static [&'static str]),
}
