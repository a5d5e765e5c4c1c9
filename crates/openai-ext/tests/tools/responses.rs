//! What only runs over responses have.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::{McpApproval, ResponseToolRun, ResponseToolRunner};
use openai_ext::tools::{StopReason, ToolError};
use openai_ext::types::{CustomTool, Tool};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, Reply, Turn};
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{City, Mocked, Never, TestResult, mocked, stateless};

fn weather() -> Toolbox {
    Toolbox::new()
        .with(tool("get_weather", "", |args: City| async move { Ok::<_, Never>(format!("Rain in {}", args.city)) }))
        .with(custom_tool("note", "", |text: String| async move { Ok::<_, Never>(text.len()) }))
}

fn oslo() -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather",
        "arguments": "{\"city\":\"Oslo\"}", "status": "completed"})
}

fn text(text: &str) -> Value {
    json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

fn response(id: &str, status: &str, output: &[Value]) -> Value {
    json!({"id": id, "object": "response", "created_at": 1, "status": status, "model": "gpt-5.5", "output": output,
        "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5,
            "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 1}}})
}

/// Has the mock give these responses, one a request, whole or as a stream that ends with them.
fn answer(mocked: &Mocked, responses: Vec<Value>, streamed: bool) {
    mocked.mock.converse(responses.into_iter().map(|response| {
        let status = response["status"].as_str().unwrap_or_default();
        let last = json!({"type": format!("response.{status}"), "sequence_number": 1, "response": response});
        Turn::reply(match streamed {
            true => Reply::events([Event::typed(&last)]),
            false => Reply::json(StatusCode::OK, &response),
        })
    }));
}

async fn finish(runner: ResponseToolRunner, streamed: bool) -> openai_ext::Result<ResponseToolRun> {
    if streamed { runner.stream_events().finish().await } else { runner.send().await }
}

fn item_types(items: &Value) -> Vec<&str> {
    items.as_array().into_iter().flatten().filter_map(|item| item["type"].as_str()).collect()
}

#[tokio::test]
async fn without_a_store_all_of_it_is_sent_each_time() -> TestResult {
    let encrypted = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"});
    let named = json!({"type": "reasoning", "id": "rs_2", "summary": []});
    let note = json!({"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_2", "name": "note", "input": "Oh"});
    for streamed in [false, true] {
        let mocked = stateless()?;
        let first = response("resp_1", "completed", &[encrypted.clone(), named.clone(), oslo(), note.clone()]);
        answer(&mocked, vec![first, response("resp_2", "completed", &[text("It rains.")])], streamed);
        let call =
            mocked.client.responses().create("gpt-5.5", "Hi").store(false).include(["reasoning.encrypted_content"]);
        let run = finish(call.run_tools(&weather()), streamed).await?;
        assert_eq!((run.stop, run.output_text().as_str()), (StopReason::Final, "It rains."));
        let bodies = bodies(&mocked.mock);
        assert_eq!(bodies[1].get("previous_response_id"), None);
        assert_eq!(
            bodies[1]["input"],
            json!([
                {"type": "message", "role": "user", "content": "Hi"},
                encrypted,
                oslo(),
                note,
                {"type": "function_call_output", "call_id": "call_1", "output": "Rain in Oslo"},
                {"type": "custom_tool_call_output", "call_id": "call_2", "output": "2"},
            ])
        );
        assert_eq!((&bodies[1]["store"], &bodies[1]["include"]), (&json!(false), &bodies[0]["include"]));
        // What can't be sent is in the record all the same.
        assert_eq!(run.items.len(), 8);
        let usage = json!(run.usage);
        assert_eq!((&usage["total_tokens"], &usage["input_tokens_details"]["cached_tokens"]), (&json!(10), &json!(2)));
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_keeps_nothing_gets_all_of_it() -> TestResult {
    let mut unkept = response("resp_1", "completed", &[oslo()]);
    unkept["store"] = json!(false);
    let nameless = response("", "completed", &[oslo()]);
    let kept = response("resp_1", "completed", &[oslo()]);
    for (first, full) in [(unkept, false), (nameless, false), (kept, true)] {
        let mocked = stateless()?;
        answer(&mocked, vec![first, response("resp_2", "completed", &[text("It rains.")])], false);
        let call = mocked.client.responses().create("gpt-5.5", [InputItem::user("Hi")]).previous_response_id("resp_0");
        call.run_tools(&weather()).with_full_input(full).send().await?;
        let body = &bodies(&mocked.mock)[1];
        assert_eq!(item_types(&body["input"]), ["message", "function_call", "function_call_output"]);
        assert_eq!(body["previous_response_id"], "resp_0");
    }
    Ok(())
}

/// Reasoning goes back if the server can know it: by its content, or by its id where responses are kept.
#[tokio::test]
async fn reasoning_goes_back_where_it_is_known() -> TestResult {
    let encrypted = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"});
    let named = json!({"type": "reasoning", "id": "rs_2", "summary": []});
    let plain = json!({"type": "reasoning", "id": "rs_3", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm"}]});
    let output = [encrypted.clone(), named.clone(), plain.clone(), oslo()];
    let kept = response("resp_1", "completed", &output);
    let mut unkept = kept.clone();
    unkept["store"] = json!(false);
    let nameless = response("", "completed", &output);
    let all = json!([encrypted, named, plain]);
    let known = json!([encrypted, plain]);
    for streamed in [false, true] {
        for (first, store, expected) in
            [(&kept, None, &all), (&kept, Some(false), &known), (&unkept, None, &known), (&nameless, None, &known)]
        {
            let mocked = stateless()?;
            answer(&mocked, vec![first.clone(), response("resp_2", "completed", &[text("It rains.")])], streamed);
            let mut call = mocked.client.responses().create("gpt-5.5", "Hi");
            call.body_mut().store = store;
            finish(call.run_tools(&weather()).with_full_input(true), streamed).await?;
            let mut input = bodies(&mocked.mock)[1]["input"].clone();
            input.as_array_mut().ok_or("no list")?.retain(|item| item["type"] == "reasoning");
            assert_eq!(input, *expected, "{first} {store:?} {streamed}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_conversation_is_gone_on_with_by_its_own_id() -> TestResult {
    for streamed in [false, true] {
        let mocked = mocked()?;
        let conversation = mocked.client.conversations().create().send().await?;
        mocked.mock.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("It rains.")]);
        let call = mocked.client.responses().create("gpt-5.5", "Hi").conversation(conversation.id.as_str());
        let run = finish(call.run_tools(&weather()), streamed).await?;
        assert_eq!((run.output_text().as_str(), run.items.len()), ("It rains.", 4));
        let body = &bodies(&mocked.mock)[2];
        assert_eq!(item_types(&body["input"]), ["function_call_output"]);
        assert_eq!((&body["conversation"], body.get("previous_response_id")), (&json!(conversation.id), None));
    }
    Ok(())
}

fn approval(id: &str, name: &str) -> Value {
    json!({"type": "mcp_approval_request", "id": id, "server_label": "files", "name": name, "arguments": "{}"})
}

#[tokio::test]
async fn approvals_are_asked_for() -> TestResult {
    for streamed in [false, true] {
        let mocked = stateless()?;
        let output = [approval("mcpr_1", "read"), approval("mcpr_2", "delete"), oslo()];
        let first = response("resp_1", "completed", &output);
        answer(&mocked, vec![first, response("resp_2", "completed", &[text("Read.")])], streamed);
        let call = mocked.client.responses().create("gpt-5.5", "Tidy up");
        let runner = call.run_tools(&weather()).with_mcp_approval(|request| async move {
            match request.name.as_str() {
                "delete" => McpApproval::deny("nothing may be deleted"),
                _ => true.into(),
            }
        });
        let mut events = if streamed { runner.stream_events() } else { runner.events() };
        let mut decided = Vec::new();
        while let Some(event) = events.next().await {
            if let ToolEvent::Approval { turn, id, name, approve, .. } = event? {
                decided.push((turn, id, name, approve));
            }
        }
        let wanted = [(1, "mcpr_1", "read", true), (1, "mcpr_2", "delete", false)];
        assert_eq!(decided, wanted.map(|(turn, id, name, approve)| (turn, id.to_owned(), name.to_owned(), approve)));
        let run = events.finish().await?;
        assert_eq!((run.output_text().as_str(), run.approval_requests().len()), ("Read.", 0));
        let wanted = json!([
            {"type": "function_call_output", "call_id": "call_1", "output": "Rain in Oslo"},
            {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": true},
            {"type": "mcp_approval_response", "approval_request_id": "mcpr_2", "approve": false,
                "reason": "nothing may be deleted"},
        ]);
        assert_eq!(bodies(&mocked.mock)[1]["input"], wanted);
    }
    Ok(())
}

#[tokio::test]
async fn without_somebody_to_ask_the_run_ends() -> TestResult {
    for streamed in [false, true] {
        let mocked = stateless()?;
        let first = response("resp_1", "completed", &[approval("mcpr_1", "read"), oslo()]);
        answer(&mocked, vec![first], streamed);
        let run = finish(mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&weather()), streamed).await?;
        assert_eq!((run.stop, run.calls.len()), (StopReason::ActionRequired, 1));
        let ids: Vec<&str> = run.approval_requests().iter().map(|request| request.id.as_str()).collect();
        assert_eq!((ids, run.last_reply().map(|reply| reply.id.as_str())), (vec!["mcpr_1"], Some("resp_1")));
        assert_eq!(mocked.mock.requests().len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn hosted_tools_are_the_servers_and_those_of_the_client_end_the_run() -> TestResult {
    let searched = json!({"type": "web_search_call", "id": "ws_1", "status": "completed",
        "action": {"type": "search", "query": "weather"}});
    let computer = json!({"type": "computer_call", "id": "cu_1", "call_id": "call_9", "status": "completed",
        "action": {"type": "screenshot"}, "pending_safety_checks": []});
    let done = json!({"type": "computer_call_output", "id": "co_1", "call_id": "call_9", "status": "completed",
        "output": {"type": "computer_screenshot", "image_url": "data:,"}});
    let own = json!({"type": "custom_tool_call", "id": "ctc_1", "call_id": "call_3", "name": "own", "input": "x"});
    for (output, stop, pending) in [
        (vec![searched, text("It rains.")], StopReason::Final, 0),
        (vec![computer.clone(), done], StopReason::Final, 0),
        (vec![computer], StopReason::ActionRequired, 0),
        (vec![own, oslo()], StopReason::ActionRequired, 1),
    ] {
        let mocked = stateless()?;
        answer(&mocked, vec![response("resp_1", "completed", &output)], false);
        let hosted: Tool = serde_json::from_value(json!({"type": "web_search"}))?;
        let call = mocked.client.responses().create("gpt-5.5", "Hi").tools([hosted, CustomTool::new("own").into()]);
        let run = call.run_tools(&weather()).send().await?;
        assert_eq!((run.stop, run.pending.len()), (stop, pending), "{output:?}");
        let sent = &bodies(&mocked.mock)[0]["tools"];
        assert_eq!(item_types(sent), ["web_search", "custom", "function", "custom"]);
    }
    Ok(())
}

#[tokio::test]
async fn an_unfinished_response_ends_the_run_with_what_is_there() -> TestResult {
    for status in ["incomplete", "failed"] {
        for streamed in [false, true] {
            let mocked = stateless()?;
            let mut cut = oslo();
            cut["arguments"] = json!("{\"cit");
            answer(&mocked, vec![response("resp_1", status, &[text("It"), cut])], streamed);
            let run = finish(mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&weather()), streamed).await?;
            assert_eq!((run.stop, run.output_text().as_str()), (StopReason::Unfinished, "It"));
            assert_eq!((run.calls.len(), run.pending.len(), run.items.len()), (0, 1, 3));
            assert_eq!(mocked.mock.requests().len(), 1);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_response_in_the_background_is_waited_for() -> TestResult {
    let mocked = mocked()?;
    mocked.clock.run();
    mocked.mock.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("It rains.")]);
    let call = mocked.client.responses().create("gpt-5.5", "Hi").background(true).with_header("x-mine", "yes");
    let run = call.run_tools(&weather()).send().await?;
    assert_eq!((run.output_text().as_str(), run.calls.len(), run.replies.len()), ("It rains.", 1, 2));
    let requests = mocked.mock.requests();
    let methods: String = requests.iter().map(|request| &request.method().as_str()[..1]).collect();
    assert_eq!(methods, "PGGPGG");
    assert!(requests.iter().all(|request| request.header("x-mine") == Some("yes")));
    assert_eq!(mocked.clock.slept(), vec![Duration::from_millis(50); 4]);
    Ok(())
}

/// A future or a function of the program that panics ends the run like a tool that fails, and what was done is kept.
#[tokio::test]
async fn an_approval_that_panics_keeps_the_record() -> TestResult {
    for at_once in [false, true] {
        for streamed in [false, true] {
            let mocked = stateless()?;
            let output = [approval("mcpr_1", "read"), approval("mcpr_2", "delete"), oslo()];
            answer(&mocked, vec![response("resp_1", "completed", &output)], streamed);
            let call = mocked.client.responses().create("gpt-5.5", "Hi");
            let runner = call.run_tools(&weather()).with_mcp_approval(move |request| {
                let panics = request.name == "delete";
                assert!(!(panics && at_once), "at once");
                async move {
                    tokio::task::yield_now().await;
                    assert!(!panics, "later");
                    true
                }
            });
            let error = finish(runner, streamed).await.expect_err("a panic");
            assert_eq!(error.kind(), ErrorKind::Callback, "{error:?}");
            let why = if at_once { "at once" } else { "later" };
            assert_eq!(error.message(), format!("the approval of the MCP tool \"delete\" panicked: {why}"));
            let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<ToolError>());
            assert!(matches!(source, Some(ToolError::Panicked(_))), "{error:?}");
            let run = error.detail::<ResponseToolRun>().ok_or("the record")?;
            assert_eq!((run.stop, run.calls.len(), run.replies.len()), (StopReason::ToolFailed, 1, 1));
            // The first was given; the second waits still.
            let left: Vec<&str> = run.approval_requests().iter().map(|request| request.id.as_str()).collect();
            assert_eq!(left, ["mcpr_2"]);
            assert!(run.items.iter().any(|item| json!(item)["type"] == "function_call_output"));
        }
    }
    Ok(())
}

/// The output of a call refers to its `call_id`, which some servers leave out.
#[tokio::test]
async fn calls_without_an_id_get_one() -> TestResult {
    let call = |id: Option<&str>| {
        let mut call = oslo();
        call.as_object_mut().into_iter().for_each(|call| {
            call.remove("call_id");
            call.remove("id");
            call.extend(id.map(|id| ("id".to_owned(), json!(id))));
        });
        call
    };
    for streamed in [false, true] {
        for (calls, expected) in [
            ([call(Some("fc_1")), call(Some("fc_2"))], ["fc_1", "fc_2"]),
            ([call(None), call(None)], ["call_1_0", "call_1_1"]),
        ] {
            let mocked = mocked()?;
            answer(
                &mocked,
                vec![response("r1", "completed", &calls), response("r2", "completed", &[text("ok")])],
                streamed,
            );
            let request = mocked.client.responses().create("gpt-5.5", "Hi");
            let run = finish(request.run_tools(&weather()).with_full_input(true), streamed).await?;
            assert_eq!(run.output_text(), "ok");
            let input = &bodies(&mocked.mock)[1]["input"];
            let ids = |kind: &str| -> Vec<Value> {
                let items = input.as_array().into_iter().flatten().filter(|item| item["type"] == kind);
                items.map(|item| item["call_id"].clone()).collect()
            };
            assert_eq!(
                (ids("function_call"), ids("function_call_output")),
                (expected.map(Value::from).to_vec(), expected.map(Value::from).to_vec())
            );
        }
    }
    Ok(())
}
