//! The tools of an MCP server, a child process that speaks over its standard input and output. The server is this
//! program, started with the argument `serve`.
//!
//! `cargo run --example mcp --features mcp`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::tools::ToolContext;
use openai_ext::tools::mcp::rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use openai_ext::tools::mcp::rmcp::service::{RequestContext, RoleServer};
use openai_ext::tools::mcp::rmcp::transport::{TokioChildProcess, stdio};
use openai_ext::tools::mcp::rmcp::{ServerHandler, ServiceExt as _};
use openai_ext::tools::mcp::{McpSession, McpTools};
use serde_json::json;
use tokio::process::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        Library.serve(stdio()).await?.waiting().await?;
        return Ok(());
    }
    let api = support::connect().await?;
    let mut server = Command::new(std::env::current_exe()?);
    server.arg("serve");
    let session = ().serve(TokioChildProcess::new(server)?).await?;
    run(&api.client, &api.model, &session).await?;
    session.cancel().await?;
    Ok(())
}

pub(crate) async fn run(client: &Client, model: &str, session: impl Into<McpSession>) -> Result<(), Box<dyn Error>> {
    let tools = McpTools::of("library", session).toolbox().await?;
    println!("the server has {}", tools.names().collect::<Vec<_>>().join(", "));
    // A tool can be called without a model, too.
    let outcome = tools.call("books_author", r#"{"title": "Peer Gynt"}"#, ToolContext::new(client)).await;
    println!("books_author says {}", outcome.output().to_text());
    let call = client.responses().create(model, "Who wrote Peer Gynt?");
    let run = call.run_tools(&tools).send().await?;
    for outcome in &run.calls {
        println!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
    }
    println!("{}", run.output_text());
    Ok(())
}

/// A server with one tool. Its name has a character that OpenAI does not accept.
#[derive(Clone)]
pub(crate) struct Library;

impl ServerHandler for Library {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let schema = json!({
            "type": "object",
            "properties": {"title": {"type": "string", "description": "The title of a book or play"}},
            "required": ["title"],
        });
        let schema = schema.as_object().cloned().unwrap_or_default();
        Ok(ListToolsResult::with_all_items(vec![Tool::new("books.author", "Finds the author of a book", schema)]))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let title = call.arguments.as_ref().and_then(|arguments| arguments["title"].as_str()).unwrap_or_default();
        let result = match title {
            "Peer Gynt" => CallToolResult::success(vec![ContentBlock::text("Henrik Ibsen")]),
            _ => CallToolResult::error(vec![ContentBlock::text(format!("There is no book called {title:?}"))]),
        };
        Ok(CallToolResponse::Complete(result))
    }
}
