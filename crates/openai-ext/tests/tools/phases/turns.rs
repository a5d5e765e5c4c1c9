//! Runs turn by turn, over chat completions and responses.

use openai_ext::chat::ChatToolRun;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::{RunPhase, StopReason, ToolRun};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Reply, Turn};
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{City, Gate, TestResult, mocked};

fn tools() -> Toolbox {
    Toolbox::new()
        .with(tool("get_weather", "The weather", |args: City| async move { format!("Rain in {}", args.city) }))
        .with(tool("ask_user", "Asks the user", |_: Value| async { "never called" }))
}

fn city(name: &str) -> (&'static str, String) {
    ("get_weather", json!({"city": name}).to_string())
}

fn ask() -> (&'static str, String) {
    ("ask_user", "{}".to_owned())
}

/// The outputs of tools in a request.
fn sent(body: &Value) -> Vec<String> {
    let items = body["messages"].as_array().or_else(|| body["input"].as_array()).into_iter().flatten();
    let output = |item: &Value| match item["role"] == "tool" {
        true => item["content"].as_str().map(str::to_owned),
        false => item["output"].as_str().map(str::to_owned),
    };
    items.filter_map(output).collect()
}

macro_rules! turn_by_turn {
    ($mocked:expr, $create:expr, $run:ty, $user:expr, $text:expr) => {{
        let mocked = $mocked;
        mocked.mock.converse([
            Turn::calls([city("Oslo"), ask(), city("Rome")]),
            Turn::calls([city("Paris")]),
            Turn::text("It rains."),
            Turn::text("As I said."),
        ]);
        let mut turns = $create.run_tools(&tools()).with_supplied_tools(["ask_user"]).turns();
        let turn = turns.next_turn().await?.ok_or("a turn")?;
        assert_eq!((turn.number, turn.calls.len(), turn.pending.len(), turn.stop), (1, 2, 1, None));
        assert!(turn.head.is_some() && !turn.is_last());
        assert_eq!(turn.calls[1].output().to_text(), "Rain in Rome");
        assert_eq!(turn.pending[0].name, "ask_user");
        assert_eq!(mocked.mock.requests().len(), 1);
        assert_eq!(turns.supply_output("call_x", "?").unwrap_err().kind(), ErrorKind::InvalidRequest);
        turns.supply_output(&turn.pending[0].id, "The warm one")?;
        turns.push($user("And quickly"))?;
        assert_eq!(turns.run()?.stop, StopReason::InProgress);

        let turn = turns.next_turn().await?.ok_or("a turn")?;
        assert_eq!((turn.number, turn.calls.len(), turn.pending.len(), turn.stop), (2, 1, 0, None));
        let usage = turns.run()?.usage.total_tokens;
        let body = &bodies(&mocked.mock)[1];
        assert_eq!(sent(body), ["Rain in Oslo", "Rain in Rome", "The warm one"]);
        assert!(body.to_string().contains("And quickly"), "{body}");
        // Other tools, and another choice.
        turns.set_tools(&Toolbox::new().with(tool("look", "Looks", |_: Value| async { "at it" })))?;
        turns.set_tool_choice("required")?;

        let turn = turns.next_turn().await?.ok_or("a turn")?;
        assert_eq!((turn.number, turn.stop, turn.is_last()), (3, Some(StopReason::Final), true));
        assert_eq!(turns.run()?.usage.total_tokens, usage + turn.usage.ok_or("usage")?.total_tokens);
        let body = &bodies(&mocked.mock)[2];
        assert_eq!(body["tools"].as_array().map(Vec::len), Some(1), "{body}");
        assert!(body["tools"].to_string().contains("look") && body["tool_choice"] == "required", "{body}");
        assert!(turns.next_turn().await?.is_none() && turns.next_turn().await?.is_none());
        assert_eq!(mocked.mock.requests().len(), 3);

        // It goes on if there is something to say.
        turns.push($user("Really?"))?;
        let run: $run = turns.finish().await?;
        assert_eq!(($text(&run).as_str(), run.stop, run.phase), ("As I said.", StopReason::Final, RunPhase::Ended));
        assert_eq!((run.replies.len(), run.calls.len(), run.pending.len()), (4, 4, 0));
        assert!(json!(run.items).to_string().contains("Really?"));
    }};
}

fn chat_text(run: &ChatToolRun) -> String {
    run.text().to_owned()
}

#[tokio::test]
async fn the_caller_takes_part_between_turns() -> TestResult {
    let chat = mocked()?;
    let call = chat.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    turn_by_turn!(chat, call, ChatToolRun, Message::user, chat_text);
    let responses = mocked()?;
    let call = responses.client.responses().create("gpt-5.5", "Hi");
    turn_by_turn!(responses, call, ResponseToolRun, InputItem::user, ResponseToolRun::output_text);
    let full = mocked()?;
    let call = full.client.responses().create("gpt-5.5", "Hi").store(false);
    // Requests have all outputs, so that only the numbers are compared.
    full.mock.converse([Turn::calls([city("Oslo"), ask()]), Turn::text("Done.")]);
    let mut turns = call.run_tools(&tools()).with_supplied_tools(["ask_user"]).turns();
    let turn = turns.next_turn().await?.ok_or("a turn")?;
    turns.supply_output(&turn.pending[0].id, "Yes")?;
    assert_eq!(turns.finish().await?.output_text(), "Done.");
    assert_eq!(sent(&bodies(&full.mock)[1]), ["Rain in Oslo", "Yes"]);
    Ok(())
}

#[tokio::test]
async fn what_nobody_supplies_ends_the_run() -> TestResult {
    let mocked = mocked()?;
    // One tool is the call's own, and one the toolbox leaves to the caller.
    let own = Toolbox::new().with(tool("confirm", "", |_: Value| "never"));
    for both in [false, true] {
        mocked.mock.converse([Turn::calls([city("Oslo"), ask(), ("confirm", "{}".to_owned())]), Turn::text("Done.")]);
        let call = mocked.client.responses().create("gpt-5.5", "Hi").tools(own.response_tools()?);
        let mut turns = call.clone().run_tools(&tools()).with_supplied_tools(["ask_user"]).turns();
        let turn = turns.next_turn().await?.ok_or("a turn")?;
        assert_eq!((turn.calls.len(), turn.pending.len(), turn.stop), (1, 2, None));
        turns.supply_output(&turn.pending[0].id, "Yes")?;
        if both {
            turns.supply_output(&turn.pending[1].id, "No")?;
            assert_eq!(turns.finish().await?.output_text(), "Done.");
            continue;
        }
        assert!(turns.next_turn().await?.is_none());
        let run = turns.into_run()?;
        assert_eq!((run.stop, run.pending.len()), (StopReason::ActionRequired, 1));
        // In another process it goes on as any run.
        let mut run: ResponseToolRun = serde_json::from_value(json!(run))?;
        let id = run.pending[0].id.clone();
        assert!(run.answer(&id, "No"));
        let run = call.run_tools(&tools()).resume_tools(run).send().await?;
        assert_eq!((run.output_text().as_str(), mocked.mock.turns_left()), ("Done.", 0));
    }
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let before = mocked.mock.requests().len();
    let mut turns = call.run_tools(&tools()).with_supplied_tools(["nobody"]).turns();
    let error = turns.next_turn().await.unwrap_err();
    assert_eq!((error.kind(), mocked.mock.requests().len()), (ErrorKind::InvalidRequest, before));
    assert!(error.message().contains("nobody"), "{error}");
    assert!(turns.next_turn().await.is_err() && turns.run().is_err());
    Ok(())
}

#[tokio::test]
async fn a_turn_that_is_not_awaited_to_its_end_goes_on() -> TestResult {
    let (mocked, gate) = (mocked()?, Gate::default());
    let wait = tool_with_state("get_weather", "", gate.clone(), |gate, args: City| async move {
        gate.pass(args.city.as_str()).await;
        args.city
    });
    mocked.mock.converse([Turn::calls([city("Oslo"), city("Rome")]), Turn::text("Done.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let mut turns = call.run_tools(&Toolbox::new().with(wait)).turns();
    tokio::select! {
        _ = turns.next_turn() => panic!("nobody opened the gate"),
        _ = gate.arrived(2) => {}
    }
    // It is under way, so nothing can be changed, and nothing is lost.
    assert_eq!(turns.push(Message::user("?")).unwrap_err().kind(), ErrorKind::InvalidRequest);
    gate.open("Oslo");
    gate.open("Rome");
    let turn = turns.next_turn().await?.ok_or("a turn")?;
    assert_eq!((turn.number, turn.calls.len(), mocked.mock.requests().len()), (1, 2, 1));
    assert_eq!(gate.all_arrived().len(), 2);
    assert_eq!(turns.finish().await?.text(), "Done.");
    Ok(())
}

#[tokio::test]
async fn a_turn_that_failed_is_tried_again() -> TestResult {
    let fail = || Turn::reply(Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "no luck"));
    let mocked = mocked()?;
    mocked.mock.converse([fail(), Turn::calls([city("Oslo")]), fail(), Turn::text("Done.")]);
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let mut turns = call.run_tools(&tools()).with_max_turns(2).turns();
    let mut told = Vec::new();
    loop {
        match turns.next_turn().await {
            Ok(Some(turn)) => told.push(format!("turn {} {}", turn.number, turn.calls.len())),
            Ok(None) => break,
            Err(error) => {
                let run = error.detail::<ToolRun<_>>().map(|run: &ResponseToolRun| run.replies.len());
                told.push(format!("{:?} {run:?}", error.kind()));
            }
        }
    }
    let wanted = ["InternalServer Some(0)", "turn 1 1", "InternalServer Some(1)", "turn 2 0"];
    assert_eq!(told, wanted);
    let bodies = bodies(&mocked.mock);
    assert_eq!(
        (&bodies[2]["input"], &bodies[2]["previous_response_id"]),
        (&bodies[3]["input"], &bodies[3]["previous_response_id"])
    );
    let run = turns.into_run()?;
    assert_eq!((run.output_text().as_str(), run.stop, run.calls.len()), ("Done.", StopReason::Final, 1));
    Ok(())
}

#[tokio::test]
async fn limits_hold_turn_by_turn() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse([Turn::calls([city("Oslo")]), Turn::calls([city("Rome")]), Turn::text("Done.")]);
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let mut turns = call.clone().run_tools(&tools()).with_max_turns(1).turns();
    assert!(turns.next_turn().await?.is_some());
    let error = turns.next_turn().await.unwrap_err();
    assert_eq!((error.kind(), error.detail::<ChatToolRun>().map(|run| run.calls.len())), (ErrorKind::Limit, Some(1)));
    // A run that is taken out of its turns is resumed like any other.
    let run = turns.into_run()?;
    let mut turns = call.clone().run_tools(&tools()).resume_tools(run).turns();
    let turn = turns.next_turn().await?.ok_or("a turn")?;
    assert_eq!((turn.number, turn.calls.len()), (2, 1));
    let run = turns.into_run()?;
    assert_eq!((run.stop, run.phase, run.replies.len()), (StopReason::InProgress, RunPhase::Boundary, 2));
    let run = call.resume_tools(run).send().await?;
    assert_eq!((run.text(), run.replies.len()), ("Done.", 3));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = call.run_tools(&tools()).with_cancellation(async {}).turns().next_turn().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    Ok(())
}
