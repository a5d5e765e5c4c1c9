//! Tools of MCP servers that the program has sessions with. Needs the feature `mcp`.
//!
//! Requires the feature `mcp`.
//!
//! The sessions are those of [rmcp], the official SDK of the protocol, over any of its transports: a child process,
//! HTTP, a socket. [`McpTools`] makes a [`Toolbox`] of their tools, for chat completions, responses,
//! assistants and realtime sessions. MCP servers that OpenAI calls itself are a tool of the request instead.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::tools::mcp::McpTools;
//! use rmcp::ServiceExt as _;
//! use tokio::net::TcpStream;
//!
//! # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! // With rmcp's feature `transport-child-process` it is `TokioChildProcess::new(Command::new("my-server"))?`.
//! let session = ().serve(TcpStream::connect("127.0.0.1:7000").await?).await?;
//! let tools = McpTools::of("files", &session).toolbox().await?;
//! let call = client.responses().create("gpt-5.5", "How many files are there?");
//! println!("{}", call.run_tools(&tools).send().await?.output_text());
//! # Ok(())
//! # }
//! ```

mod changes;
mod content;
mod names;
mod remote_tool;
mod schema;
mod session;

use std::time::Duration;

use openai_runtime::{Error, ErrorKind, Result};

pub use changes::ToolListChanges;
pub use rmcp;
pub use session::McpSession;

use super::outcome::OnFailure;
use super::toolbox::Toolbox;
use names::Names;
use remote_tool::RemoteTool;

/// The pages that a server may have for its list of tools.
const MAX_PAGES: usize = 1000;

/// The tools of sessions with MCP servers, from which toolboxes are made.
///
/// Names that the API does not take are changed, as `fs.read` to `fs_read`, and those above 64 characters are cut; the
/// server gets its own name back. If tools of two sessions have the same name, both get the name of their session before
/// it. A schema that strict mode can follow as it is is sent as strict, any other as it is.
///
/// The model is told of results that a server marks as errors, and goes on. A call that fails otherwise, as by a
/// connection that is closed, follows [`with_on_failure`](Self::with_on_failure). A call that is dropped, by a run that
/// ends or by its time limit, is cancelled at the server.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is listed before `toolbox`"]
pub struct McpTools {
    sessions: Vec<(String, McpSession)>,
    prefixes: bool,
    timeout: Option<Duration>,
    on_failure: OnFailure,
}

impl McpTools {
    /// Takes no session yet.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the tools of one session. The name tells its tools from those of other sessions.
    pub fn of(name: impl Into<String>, session: impl Into<McpSession>) -> Self {
        Self::new().with_session(name, session)
    }

    /// Takes the tools of another session, too.
    pub fn with_session(mut self, name: impl Into<String>, session: impl Into<McpSession>) -> Self {
        self.sessions.push((name.into(), session.into()));
        self
    }

    /// Sets whether each tool has the name of its session before its own. Without it only tools whose names clash have, so
    /// that a name may change when another server's list does.
    #[inline]
    pub fn with_prefixes(mut self, prefixes: bool) -> Self {
        self.prefixes = prefixes;
        self
    }

    /// Limits how long a call may take, by the client's clock. By default there is no limit.
    #[inline]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets what happens when a call fails for another reason than its arguments; by default the run ends.
    #[inline]
    pub fn with_on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Lists the tools of all sessions, each with all its pages, and makes a toolbox of them. Call it again when a list has
    /// changed; [`ToolListChanges`] tells of it. A run that is under way keeps the toolbox that it has.
    ///
    /// # Errors
    /// Of kind [`Connection`](ErrorKind::Connection): a session is closed, or its server does not list its tools; the
    /// source is rmcp's `ServiceError`.
    #[inline]
    pub async fn toolbox(&self) -> Result<Toolbox> {
        let mut listed = Vec::new();
        for (at, (name, session)) in self.sessions.iter().enumerate() {
            let tools = session.list(MAX_PAGES).await.map_err(|error| {
                let message = format!("the MCP session {name:?} does not list its tools: {error}");
                Error::new(ErrorKind::Connection, message).with_source(error)
            })?;
            listed.extend(tools.into_iter().map(|tool| (at, tool)));
        }
        let names = Names::of(
            listed.iter().map(|(at, tool)| (self.sessions[*at].0.as_str(), tool.name.as_ref())),
            self.prefixes,
        );
        let tools = listed.into_iter().zip(names).map(|((at, tool), name)| RemoteTool {
            name,
            session: self.sessions[at].1.clone(),
            tool,
            timeout: self.timeout,
            on_failure: self.on_failure,
        });
        Ok(tools.collect())
    }
}
