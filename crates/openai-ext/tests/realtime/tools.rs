//! Functions that the model calls in a session.
#![cfg(feature = "tools")]

use std::error::Error as _;

use openai_ext::realtime::{RealtimeToolRun, tools_of};
use openai_ext::tools::ToolError;
use openai_ext::types::RealtimeSessionCreateRequest;
use openai_ext::{ErrorKind, schemars};
use openai_ext_mock::Turn;
use serde::Deserialize;

use super::*;

#[derive(Deserialize, schemars::JsonSchema)]
struct Pair {
    a: i64,
    b: i64,
}

fn adder() -> Toolbox {
    let add = tool("add", "Adds two numbers", |pair: Pair| async move { Ok::<_, std::io::Error>(pair.a + pair.b) });
    let fail = tool("fail", "Fails", |_: Pair| async { Err::<(), _>(std::io::Error::other("no power")) });
    Toolbox::new().with(add).with(fail)
}

async fn session(client: &Client, tools: &Toolbox) -> TestResult<RealtimeConnection> {
    let connection = connect(client).await?;
    let session = RealtimeSessionCreateRequest::new().output_modalities(["text"]).tools(tools_of(tools)?);
    connection.session_update(session).await?;
    connection.send_text("Count.").await?;
    Ok(connection)
}

fn outputs(server: &MockServer) -> Vec<(Value, Value)> {
    let items = server.realtime_events().into_iter().map(|event| event["item"].clone());
    let outputs = items.filter(|item| item["type"] == "function_call_output");
    outputs.map(|item| (item["call_id"].clone(), item["output"].clone())).collect()
}

#[tokio::test]
async fn calls_are_answered_until_there_are_none() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([
        Turn::calls([("add", r#"{"a":1,"b":2}"#), ("add", r#"{"a":3,"b":4}"#)]),
        Turn::call("add", json!({"a": 3, "b": 7})),
        Turn::text("It is 10."),
    ]);
    let tools = adder();
    let mut connection = session(&client, &tools).await?;
    let mut events = 0;
    let run = soon(connection.run_tools_with(&tools, |_| events += 1)).await??;
    assert_eq!((run.text().as_str(), run.replies.len(), run.calls.len()), ("It is 10.", 3, 3));
    assert!(events > 10);
    let answers: Vec<_> = outputs(&server).into_iter().map(|(_, output)| output).collect();
    assert_eq!(answers, [json!("3"), json!("7"), json!("10")]);
    let ids: Vec<_> = run.calls.iter().map(|outcome| json!(outcome.call.id)).collect();
    assert_eq!(outputs(&server).into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids);
    // One response is asked for after both outputs of a turn, and after the words of the user.
    assert_eq!(got(&server, 0).iter().filter(|kind| *kind == "response.create").count(), 3);
    let told = &server.realtime_events()[0]["session"]["tools"];
    assert_eq!((&told[0]["name"], &told[0]["type"]), (&json!("add"), &json!("function")));
    assert_eq!(told[0]["parameters"]["required"], json!(["a", "b"]));
    Ok(())
}

#[tokio::test]
async fn the_model_is_told_of_its_mistakes() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::calls([("dance", "{}"), ("add", "{")]), Turn::text("Sorry.")]);
    let tools = adder();
    let mut connection = session(&client, &tools).await?;
    assert_eq!(soon(connection.run_tools(&tools)).await??.text(), "Sorry.");
    let outputs = outputs(&server);
    assert!(outputs[0].1.as_str().is_some_and(|text| text.contains("Available options")), "{outputs:?}");
    assert_eq!(outputs.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_tool_that_fails_ends_the_run_and_not_the_session() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::call("fail", json!({"a": 1, "b": 2})), Turn::text("Still here.")]);
    let tools = adder();
    let mut connection = session(&client, &tools).await?;
    let error = soon(connection.run_tools(&tools)).await?.expect_err("it failed");
    assert_eq!(error.kind(), ErrorKind::Callback);
    assert!(error.message().contains("no power"), "{error}");
    assert!(error.source().is_some_and(|source| source.is::<Arc<ToolError>>() || source.is::<ToolError>()));
    assert_eq!(error.detail::<RealtimeToolRun>().map(|run| (run.replies.len(), run.calls.len())), Some((1, 1)));
    assert!(outputs(&server).is_empty());
    connection.send_text("Are you there?").await?;
    assert_eq!(soon(connection.next_response()).await??.text(), "Still here.");
    Ok(())
}

#[tokio::test]
async fn a_model_that_never_ends_is_stopped() -> TestResult {
    let (client, server) = mock().await?;
    server.converse((0..11).map(|_| Turn::call("add", json!({"a": 1, "b": 2}))));
    let tools = adder();
    let mut connection = session(&client, &tools).await?;
    let error = soon(connection.run_tools(&tools)).await?.expect_err("it never ends");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(error.detail::<RealtimeToolRun>().map(|run| run.calls.len()), Some(10));
    Ok(())
}

#[tokio::test]
async fn pings_are_answered_while_tools_run_and_events_are_kept() -> TestResult {
    let (client, server) = mock().await?;
    let call = json!({"type": "function_call", "name": "wait", "call_id": "call_1", "arguments": "{\"a\":1,\"b\":2}"});
    let response = |id: &str, output: Value| {
        let response = json!({"id": id, "status": "completed", "output": output});
        RealtimeStep::send(json!({"type": "response.done", "event_id": "e", "response": response}))
    };
    let danced = json!({"type": "session.danced"});
    server.on_realtime([
        response("r1", json!([call])),
        RealtimeStep::Ping,
        RealtimeStep::send(danced.clone()),
        RealtimeStep::expect("conversation.item.create"),
        RealtimeStep::expect("response.create"),
        response("r2", json!([])),
    ]);
    // The tool waits until the server has been answered, which only a session that is read does.
    let server = Arc::new(server);
    let seen = server.clone();
    let wait = tool("wait", "Waits", move |_: Pair| {
        let seen = seen.clone();
        async move {
            while seen.realtime_connections()[0].pongs() == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok::<_, std::io::Error>("done")
        }
    });
    let tools = Toolbox::new().with(wait);
    let mut connection = connect(&client).await?;
    // The pong is counted when the server next reads, which is when the tool is done or a step asks for it.
    let mut shown = Vec::new();
    let show = |event: &RealtimeServerEvent| shown.push(serde_json::to_value(event).expect("JSON")["type"].clone());
    let run = soon(connection.run_tools_with(&tools, show)).await??;
    assert_eq!(run.reply().and_then(|reply| reply.response.id.as_deref()), Some("r2"));
    assert_eq!(shown, [json!("response.done"), json!("session.danced"), json!("response.done")]);
    Ok(())
}

#[test]
fn sessions_have_functions_only() {
    let note = custom_tool("note", "Takes a note", |text: String| async move { Ok::<_, std::io::Error>(text) });
    let error = tools_of(&Toolbox::new().with(note)).expect_err("a custom tool");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("\"note\""), "{error}");
}
