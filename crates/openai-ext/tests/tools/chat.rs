//! What only runs over chat completions have.

use openai_ext::prelude::*;
use openai_ext::tools::{StopReason, ToolGrammar, ToolOutput};
use openai_ext::types::{ChatCompletionTool, FunctionDefinition};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Reply, Turn};
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{City, Never, Nothing, TestResult, mocked};

fn shout() -> Toolbox {
    Toolbox::new().with(
        custom_tool("shout", "Loudly", |text: String| async move { Ok::<_, Never>(text.to_uppercase()) })
            .with_grammar(ToolGrammar::lark("start: /[a-z ]+/")),
    )
}

#[tokio::test]
async fn custom_tools_get_the_text_as_it_is() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([Turn::custom_call("shout", "not {json}"), Turn::text("Heard.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Shout")]);
    let run = call.run_tools(&shout()).send().await?;
    assert_eq!((run.text(), run.calls[0].output().to_text().as_str()), ("Heard.", "NOT {JSON}"));
    assert!(run.calls[0].call.is_custom);
    let bodies = bodies(&mocked.mock);
    let tool = json!({"type": "custom", "custom": {"name": "shout", "description": "Loudly", "format": {
        "type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /[a-z ]+/"},
    }}});
    assert_eq!(bodies[0]["tools"], json!([tool]));
    let id = &run.calls[0].call.id;
    let call = json!({"type": "custom", "id": id, "custom": {"name": "shout", "input": "not {json}"}});
    assert_eq!(bodies[1]["messages"][1]["tool_calls"], json!([call]));
    assert_eq!(bodies[1]["messages"][2], json!({"role": "tool", "tool_call_id": id, "content": "NOT {JSON}"}));
    Ok(())
}

#[tokio::test]
async fn own_tools_stay_and_their_calls_are_left() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([Turn::calls([("open_door", "{}"), ("get_weather", "{\"city\":\"Oslo\"}")])]);
    let tools = Toolbox::new().with(tool("get_weather", "", |args: City| async move { Ok::<_, Never>(args.city) }));
    let own = ChatCompletionTool::function(FunctionDefinition::new("open_door"));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Open up")]).tools([own]);
    let run = call.run_tools(&tools).send().await?;
    assert_eq!(run.stop, StopReason::ActionRequired);
    assert_eq!(run.pending.iter().map(|call| call.name.as_str()).collect::<Vec<_>>(), ["open_door"]);
    assert_eq!((run.calls.len(), run.messages().len()), (1, 3));
    assert_eq!(run.message().and_then(|message| message.tool_calls.as_ref()).map(Vec::len), Some(2));
    let sent = bodies(&mocked.mock)[0]["tools"].clone();
    assert_eq!(
        (&sent[0]["function"]["name"], &sent[1]["function"]["name"]),
        (&json!("open_door"), &json!("get_weather"))
    );

    // What was done can be gone on with.
    let mut messages = run.messages().to_vec();
    messages.push(Message::tool(&run.pending[0], "It is open"));
    mocked.mock.converse([Turn::text("Come in.")]);
    let reply = mocked.client.chat().completions().create("gpt-5.5", messages).send().await?;
    assert_eq!(reply.text(), "Come in.");
    Ok(())
}

#[tokio::test]
async fn the_options_of_the_call_hold_for_each_request_but_the_key_of_the_first() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([Turn::calls([("nothing", "{}")]), Turn::text("Done.")]);
    let tools = Toolbox::new().with(tool("nothing", "", |_: Nothing| async { Ok::<_, Never>(json!([1, null])) }));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]).temperature(0.5);
    let call = call.with_header("x-mine", "yes").with_query("tag", "a").with_body_field("extra", 7);
    let run = call.with_idempotency_key("once").run_tools(&tools).send().await?;
    assert_eq!(run.calls[0].output().to_text(), "[1,null]");
    let requests = mocked.mock.requests();
    let key = |place: usize| requests[place].header("idempotency-key").map(str::to_owned);
    assert_eq!((key(0).as_deref(), key(1)), (Some("once"), None));
    for request in &requests {
        let body = request.json().unwrap_or_default();
        assert_eq!((request.header("x-mine"), request.query().len()), (Some("yes"), 1));
        assert_eq!((&body["temperature"], &body["extra"]), (&json!(0.5), &json!(7)));
    }
    Ok(())
}

#[tokio::test]
async fn no_tools_and_no_choice() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([Turn::text("Hello.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    assert_eq!(call.run_tools(&Toolbox::new()).send().await?.text(), "Hello.");
    let wanted = json!({"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(bodies(&mocked.mock), [wanted]);

    let reply = Reply::json(StatusCode::OK, &json!({"object": "chat.completion", "choices": []}));
    mocked.mock.converse([Turn::reply(reply)]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = call.run_tools(&Toolbox::new()).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.detail::<openai_ext::chat::ChatToolRun>().is_some_and(|run| run.replies.len() == 1));
    Ok(())
}

#[tokio::test]
async fn images_go_to_responses_and_their_texts_to_chat() -> TestResult {
    let tools = Toolbox::new().with(tool("look", "", |_: Nothing| async {
        let image = json!({"type": "input_image", "detail": "auto", "image_url": "https://example.com/a.png"});
        ToolOutput::parts([json!({"type": "input_text", "text": "A boat"}), image])
    }));
    let mocked = mocked()?;
    mocked.mock.converse([Turn::calls([("look", "{}")]), Turn::text("A boat.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Look")]);
    call.run_tools(&tools).send().await?;
    mocked.mock.converse([Turn::calls([("look", "{}")]), Turn::text("A boat.")]);
    mocked.client.responses().create("gpt-5.5", "Look").run_tools(&tools).send().await?;
    let bodies: Vec<Value> = bodies(&mocked.mock);
    let text = "A boat\n[image left out: this API takes only text from a tool]";
    assert_eq!(bodies[1]["messages"][2]["content"], text);
    assert_eq!(bodies[3]["input"][0]["output"][1]["image_url"], "https://example.com/a.png");
    Ok(())
}

/// What the last answer said, as the official SDKs' helpers have it.
#[tokio::test]
async fn usage_is_summed_with_all_its_parts() -> TestResult {
    let mocked = mocked()?;
    let reply = |message: Value, cached: i64| {
        let usage = json!({"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12, "cost": 0.5,
            "prompt_tokens_details": {"cached_tokens": cached}});
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop", "logprobs": null});
        let body = json!({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [choice], "usage": usage});
        Turn::reply(Reply::json(StatusCode::OK, &body))
    };
    let calls = json!([{"id": "call_1", "type": "function", "function": {"name": "nothing", "arguments": ""}}]);
    mocked.mock.converse([
        reply(json!({"role": "assistant", "content": null, "tool_calls": calls, "reasoning_content": "Hm"}), 4),
        reply(json!({"role": "assistant", "content": "Done."}), 5),
    ]);
    let tools = Toolbox::new().with(tool("nothing", "", |_: Nothing| async { Ok::<_, Never>(()) }));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let run = call.run_tools(&tools).send().await?;
    let usage = json!({"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24, "cost": 1.0,
        "prompt_tokens_details": {"cached_tokens": 9}});
    assert_eq!(json!(run.usage), usage);
    // What no document has goes back as well.
    assert_eq!(bodies(&mocked.mock)[1]["messages"][1]["reasoning_content"], "Hm");
    assert_eq!((run.last_call().map(|call| call.output().to_text()), run.refusal()), (Some("null".to_owned()), None));
    Ok(())
}

#[test]
#[cfg(feature = "blocking")]
fn runs_without_an_async_runtime() -> TestResult {
    let mocked = mocked()?;
    let tools = Toolbox::new().with(tool("nothing", "", |_: Nothing| async { Ok::<_, Never>(()) }));
    let call = || mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let turns = || [Turn::calls([("nothing", "{}")]), Turn::text("Done.")];
    mocked.mock.converse(turns());
    assert_eq!(call().run_tools(&tools).send().wait()?.text(), "Done.");
    mocked.mock.converse(turns());
    let mut events = call().run_tools(&tools).events().blocking();
    let count = events.by_ref().filter(Result::is_ok).count();
    assert_eq!((count, events.into_inner().finish().wait()?.text()), (8, "Done."));
    mocked.mock.converse(turns());
    assert_eq!(call().run_tools(&tools).stream_events().finish().wait()?.text(), "Done.");
    mocked.mock.converse(turns());
    let run = mocked.client.responses().create("gpt-5.5", "Hi").run_tools(&tools).send().wait()?;
    assert_eq!(run.output_text(), "Done.");
    Ok(())
}

/// Each answer refers to one call alone, whatever ids the server gave.
#[tokio::test]
async fn calls_with_the_same_id_get_ids_of_their_own() -> TestResult {
    let mocked = mocked()?;
    let reply = |message: Value| {
        let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
        Turn::reply(Reply::json(StatusCode::OK, &json!({"id": "c", "model": "m", "choices": [choice]})))
    };
    let call = json!({"id": "nothing", "type": "function", "function": {"name": "nothing", "arguments": "{}"}});
    mocked.mock.converse([
        reply(json!({"role": "assistant", "content": null, "tool_calls": [call, call]})),
        reply(json!({"role": "assistant", "content": "Done."})),
    ]);
    let tools = Toolbox::new().with(tool("nothing", "", |_: Nothing| async { Ok::<_, Never>(()) }));
    mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]).run_tools(&tools).send().await?;
    let messages = &bodies(&mocked.mock)[1]["messages"];
    assert_eq!(
        (&messages[1]["tool_calls"][0]["id"], &messages[2]["tool_call_id"]),
        (&json!("nothing"), &json!("nothing"))
    );
    assert_eq!(messages[1]["tool_calls"][1]["id"], messages[3]["tool_call_id"]);
    assert_ne!(messages[2]["tool_call_id"], messages[3]["tool_call_id"]);
    Ok(())
}
