//! Tools of MCP servers, over sessions in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::realtime::tools_of;
use openai_ext::tools::mcp::rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool as McpTool,
};
use openai_ext::tools::mcp::rmcp::service::{RequestContext, RoleClient, RoleServer, RunningService};
use openai_ext::tools::mcp::rmcp::{ClientHandler, ServerHandler, ServiceExt as _};
use openai_ext::tools::mcp::{McpTools, ToolListChanges};
use openai_ext::tools::{OnFailure, StopReason, ToolContext, ToolError};
use openai_ext_mock::Turn;
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{Gate, TestResult, mocked};

#[path = "../../examples/tools/mcp.rs"]
#[allow(dead_code, reason = "its main function and its way to a server are not for tests")]
mod example;

type Fault = Box<dyn std::error::Error>;

/// A server with tools that the test sets, a few a page.
#[derive(Clone, Default)]
struct Server {
    tools: Arc<Mutex<BTreeMap<String, Value>>>,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
    gate: Gate,
}

impl Server {
    fn with(self, name: &str, schema: Value) -> Self {
        self.tools.lock().unwrap().insert(name.to_owned(), schema);
        self
    }

    fn calls(&self) -> Vec<(String, Value)> {
        self.calls.lock().unwrap().clone()
    }

    async fn session<H: ClientHandler>(&self, handler: H) -> Result<RunningService<RoleClient, H>, Fault> {
        let (near, far) = tokio::io::duplex(4096);
        let server = self.clone();
        tokio::spawn(async move {
            if let Ok(running) = server.serve(far).await {
                let _ = running.waiting().await;
            }
        });
        Ok(handler.serve(near).await?)
    }
}

fn empty() -> Value {
    json!({"type": "object"})
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let start: usize = page.and_then(|page| page.cursor).and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        let tools = self.tools.lock().unwrap();
        let tool = |(name, schema): (&String, &Value)| {
            McpTool::new(name.clone(), format!("Does {name}"), schema.as_object().cloned().unwrap_or_default())
        };
        let mut listed = ListToolsResult::with_all_items(tools.iter().skip(start).take(2).map(tool).collect());
        listed.next_cursor = (start + 2 < tools.len()).then(|| (start + 2).to_string());
        Ok(listed)
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = json!(call.arguments);
        self.calls.lock().unwrap().push((call.name.to_string(), arguments.clone()));
        let text = |text: &str| vec![ContentBlock::text(text)];
        let result = match call.name.as_ref() {
            "wait" => {
                tokio::select! {
                    () = self.gate.pass("wait") => {}
                    () = context.ct.cancelled() => self.gate.pass("cancelled").await,
                }
                CallToolResult::success(text("waited"))
            }
            "fail" => CallToolResult::error(text("no such disk")),
            "look" => {
                CallToolResult::success(vec![ContentBlock::text("A boat"), ContentBlock::image("AA==", "image/png")])
            }
            "refuse" => return Err(ErrorData::invalid_params("`depth` must be at most 3", None)),
            "break" => return Err(ErrorData::internal_error("out of memory", None)),
            "more" => {
                self.tools.lock().unwrap().insert("new".to_owned(), empty());
                let _ = context.peer.notify_tool_list_changed().await;
                CallToolResult::success(text("more"))
            }
            name => CallToolResult::success(text(&format!("{name} {arguments}"))),
        };
        Ok(CallToolResponse::Complete(result))
    }
}

#[tokio::test]
async fn names_are_mapped_there_and_back_over_all_pages() -> TestResult {
    let path = json!({"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]});
    let optional = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    let long = "x".repeat(100);
    let server = Server::default()
        .with("fs.read", path)
        .with("fs/list", optional)
        .with("stat", empty())
        .with(&long, empty())
        .with("größe", empty());
    let session = server.session(()).await?;
    let tools = McpTools::of("files", &session).toolbox().await?;
    tools.check()?;
    let names: Vec<&str> = tools.names().collect();
    assert_eq!((names.len(), &names[..3], names[3].len()), (5, &["fs_read", "fs_list", "gr__e"][..], 4));
    let mocked = mocked()?;
    mocked.mock.converse([
        Turn::calls([("fs_read", r#"{"path":"/a"}"#), ("fs_list", ""), (names[4], "{}"), ("fs_read", "{")]),
        Turn::text("Done."),
    ]);
    let run = mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&tools).send().await?;
    assert_eq!((run.stop, run.calls.len()), (StopReason::Final, 4));
    let outputs: Vec<_> = run.calls.iter().map(|outcome| outcome.output().to_text()).collect();
    assert_eq!(&outputs[..2], [r#"fs.read {"path":"/a"}"#, "fs/list {}"]);
    assert!(outputs[3].starts_with("EOF while parsing"), "{outputs:?}");
    let called: Vec<_> = server.calls().into_iter().map(|(name, _)| name).collect();
    assert_eq!(called, ["fs.read", "fs/list", &long]);
    let sent = &bodies(&mocked.mock)[0]["tools"];
    assert_eq!((&sent[0]["strict"], &sent[1]["strict"]), (&json!(true), &json!(false)));
    assert_eq!(sent[0]["description"], "Does fs.read");
    assert_eq!(sent[0]["parameters"]["additionalProperties"], false);
    assert_eq!(json!(tools_of(&tools)?)[0]["name"], "fs_read");
    Ok(())
}

#[tokio::test]
async fn sessions_whose_names_clash_and_tools_of_our_own() -> TestResult {
    let (one, two) =
        (Server::default().with("read", empty()), Server::default().with("read", empty()).with("stat", empty()));
    let (first, second) = (one.session(()).await?, Arc::new(two.session(()).await?));
    let mcp = McpTools::new().with_session("one", &first).with_session("two", &second);
    let tools = mcp.toolbox().await?.with(tool("time", "The time", || "noon"));
    assert_eq!(tools.names().collect::<Vec<_>>(), ["one_read", "two_read", "stat", "time"]);
    let client = mocked()?.client;
    let outcome = tools.call("two_read", "{}", ToolContext::new(&client)).await;
    assert_eq!(outcome.output().to_text(), "read {}");
    assert_eq!((one.calls().len(), two.calls().len()), (0, 1));
    let tools = mcp.with_prefixes(true).toolbox().await?;
    assert_eq!(tools.names().collect::<Vec<_>>(), ["one_read", "two_read", "two_stat"]);
    Ok(())
}

#[tokio::test]
async fn images_and_errors_reach_the_model() -> TestResult {
    let server = Server::default().with("look", empty()).with("fail", empty()).with("refuse", empty());
    let session = server.session(()).await?;
    let tools = McpTools::of("s", session.peer()).toolbox().await?;
    let mocked = mocked()?;
    let turns = || [Turn::calls([("look", "{}"), ("fail", "{}"), ("refuse", "{}")]), Turn::text("Done.")];
    mocked.mock.converse(turns());
    let run = mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&tools).send().await?;
    let is_reported = |error: &Arc<ToolError>| error.is_reported();
    assert!(run.calls[1].result.as_ref().is_err_and(is_reported) && run.stop == StopReason::Final);
    mocked.mock.converse(turns());
    mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]).run_tools(&tools).send().await?;
    let bodies = bodies(&mocked.mock);
    let outputs = bodies[1]["input"].as_array().ok_or("no input")?;
    let image = json!([{"type": "input_text", "text": "A boat"},
        {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AA=="}]);
    assert_eq!(outputs[0]["output"], image);
    assert_eq!(
        (&outputs[1]["output"], &outputs[2]["output"]),
        (&json!("no such disk"), &json!("`depth` must be at most 3"))
    );
    assert_eq!(bodies[3]["messages"][2]["content"], "A boat\n[image left out: this API takes only text from a tool]");
    Ok(())
}

#[tokio::test]
async fn other_failures_follow_the_policy() -> TestResult {
    let server = Server::default().with("break", empty());
    let session = server.session(()).await?;
    let mcp = McpTools::of("s", &session);
    let (tools, client) = (mcp.toolbox().await?, mocked()?.client);
    let outcome = tools.call("break", "{}", ToolContext::new(&client)).await;
    assert!(outcome.abort().is_some_and(|error| error.to_string().contains("out of memory")), "{outcome:?}");
    let tools = mcp.clone().with_on_failure(OnFailure::TellModel).toolbox().await?;
    assert!(tools.call("break", "{}", ToolContext::new(&client)).await.abort().is_none());
    session.cancel().await?;
    let outcome = tools.call("break", "{}", ToolContext::new(&client)).await;
    assert!(outcome.result.is_err(), "{outcome:?}");
    let error = mcp.toolbox().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().starts_with("the MCP session \"s\" does not list its tools: "), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_cancelled_at_the_server() -> TestResult {
    let server = Server::default().with("wait", empty());
    let session = server.session(()).await?;
    let mocked = mocked()?;
    // Once by a dropped run, once by the limit of the tool.
    let tools = McpTools::of("s", &session).toolbox().await?;
    mocked.mock.converse([Turn::call("wait", json!({}))]);
    let run = mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&tools).send();
    tokio::select! {
        run = run => return Err(format!("{run:?}").into()),
        _ = server.gate.arrived(1) => {}
    }
    assert_eq!(server.gate.arrived(2).await[1], "cancelled");
    let tools = McpTools::of("s", &session).with_timeout(Duration::from_secs(5)).toolbox().await?;
    let call = tools.call("wait", "{}", ToolContext::new(&mocked.client));
    let late = async {
        server.gate.arrived(3).await;
        mocked.clock.advance(Duration::from_secs(5));
    };
    let (outcome, ()) = tokio::join!(call, late);
    assert!(matches!(outcome.result.as_ref().map_err(|error| &**error), Err(ToolError::TimedOut(_))), "{outcome:?}");
    assert_eq!(server.gate.arrived(4).await[3], "cancelled");
    Ok(())
}

#[tokio::test]
async fn a_list_that_changes_is_read_again() -> TestResult {
    let server = Server::default().with("more", empty());
    let mut changes = ToolListChanges::new();
    let session = server.session(changes.clone()).await?;
    let mcp = McpTools::of("s", &session);
    let (tools, client) = (mcp.toolbox().await?, mocked()?.client);
    assert!(!changes.take());
    tools.call("more", "{}", ToolContext::new(&client)).await;
    tokio::time::timeout(Duration::from_secs(30), changes.changed()).await?;
    assert!(!changes.take(), "it was taken");
    let tools = mcp.toolbox().await?;
    assert_eq!(tools.names().collect::<Vec<_>>(), ["more", "new"]);
    Ok(())
}

#[tokio::test]
async fn the_example() -> TestResult {
    let (near, far) = tokio::io::duplex(4096);
    let server = tokio::spawn(async move { example::Library.serve(far).await.map(|running| running.waiting()) });
    let session = ().serve(near).await?;
    let mocked = mocked()?;
    mocked.mock.converse([Turn::call("books_author", json!({"title": "Peer Gynt"})), Turn::text("Ibsen did.")]);
    let waiting = server.await??;
    example::run(&mocked.client, "gpt-5.5", &session).await?;
    drop(waiting);
    assert_eq!(bodies(&mocked.mock)[1]["input"][0]["output"], "Henrik Ibsen");
    Ok(())
}
