//! Runs whose requests stay under a budget.
// Programs set deprecated fields as well.
#![allow(deprecated)]

use std::sync::{Arc, Mutex};

use openai_ext::ErrorKind;
use openai_ext::chat::{ChatToolRun, ChatTools};
use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::{Compaction, ContextBudget, StopReason, ToolOutput};
use openai_ext_mock::Turn;
use serde_json::{Value, json};

use crate::runs::bodies;
use crate::support::{TestResult, stateless};

const TURNS: usize = 200;
const BUDGET: usize = 20_000;

fn read() -> (&'static str, String) {
    ("read", "{}".to_owned())
}

fn tools() -> Toolbox {
    Toolbox::new().with(tool("read", "Reads a page", |_: Value| async { "page ".repeat(200) }))
}

fn talk(turns: usize) -> Vec<Turn> {
    (0..turns).map(|_| Turn::calls([read(), read()])).chain([Turn::text("Read.")]).collect()
}

/// The calls and outputs of a conversation: each output has its call, and each call its output.
fn check_pairs(items: &Value) {
    let list = || items.as_array().into_iter().flatten();
    let chat =
        list().flat_map(|item| item["tool_calls"].as_array().into_iter().flatten()).map(|call| call["id"].clone());
    let calls: Vec<Value> =
        chat.chain(list().filter(|item| item["type"] == "function_call").map(|item| item["call_id"].clone())).collect();
    let outputs: Vec<Value> = list()
        .filter(|item| item["role"] == "tool" || item["type"] == "function_call_output")
        .map(|item| item.get("tool_call_id").unwrap_or(&item["call_id"]).clone())
        .collect();
    assert_eq!(calls, outputs);
}

#[tokio::test]
async fn two_hundred_turns_of_chat_stay_under_the_budget() -> TestResult {
    let mocked = stateless()?;
    mocked.mock.converse(talk(TURNS));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Read it all")]);
    let mut events = call.run_tools(&tools()).with_max_turns(300).with_context_budget(BUDGET).events();
    let mut compactions = 0;
    while let Some(event) = events.next().await {
        if let ToolEvent::Compaction { before, after, .. } = event? {
            assert!(before > BUDGET && after <= BUDGET, "{before} {after}");
            compactions += 1;
        }
    }
    let run = events.finish().await?;
    assert_eq!((run.text(), run.calls.len(), run.replies.len()), ("Read.", 2 * TURNS, TURNS + 1));
    // The record has all of it.
    assert_eq!(run.items.len(), 1 + 3 * TURNS + 1);
    let record = json!(run.items).to_string();
    assert!(run.calls.iter().all(|outcome| record.contains(&outcome.call.id)));
    let bodies = bodies(&mocked.mock);
    assert_eq!(bodies.len(), TURNS + 1);
    for body in &bodies {
        assert!(body.to_string().len() <= BUDGET, "{}", body.to_string().len());
        assert_eq!(body["messages"][0]["content"], "Read it all");
        check_pairs(&body["messages"]);
    }
    // What came last is there whole, and not each request is made anew.
    let last = bodies[TURNS]["messages"].as_array().ok_or("a list")?;
    assert!(last[last.len() - 2..].iter().all(|message| message["content"] == "page ".repeat(200)));
    assert!(compactions > 1 && compactions < TURNS / 2, "{compactions}");
    assert!(bodies[TURNS].to_string().contains("were left out to save context"), "{}", bodies[TURNS]);
    Ok(())
}

#[tokio::test]
async fn two_hundred_turns_of_responses_stay_under_the_budget() -> TestResult {
    for stored in [true, false] {
        let mocked = stateless()?;
        mocked.mock.converse(talk(TURNS));
        let call = mocked.client.responses().create("gpt-5.5", "Read it all").store(stored);
        let runner = call.run_tools(&tools()).with_max_turns(300).with_context_budget(BUDGET);
        let run = runner.send().await?;
        assert_eq!(
            (run.output_text().as_str(), run.calls.len(), run.items.len()),
            ("Read.", 2 * TURNS, 1 + 4 * TURNS + 1)
        );
        let bodies = bodies(&mocked.mock);
        assert_eq!(bodies.len(), TURNS + 1);
        // The server's context: all that was sent since it last began anew, with the answers.
        let (mut context, mut anew) = (0, 0);
        for (turn, body) in bodies.iter().enumerate() {
            assert!(body.to_string().len() <= BUDGET, "{}", body.to_string().len());
            match body.get("previous_response_id") {
                Some(_) => context += body["input"].to_string().len(),
                None => {
                    context = body["input"].to_string().len();
                    anew += 1;
                    if turn > 0 {
                        check_pairs(&body["input"]);
                        assert_eq!(body["input"][0]["content"], "Read it all", "{}", body["input"]);
                    }
                }
            }
            assert!(context <= BUDGET, "turn {turn}: {context}");
            context += json!(run.replies[turn].output).to_string().len();
        }
        let wanted = if stored { 2..TURNS / 2 } else { TURNS + 1..TURNS + 2 };
        assert!(wanted.contains(&anew), "{anew}");
    }
    Ok(())
}

#[tokio::test]
async fn a_run_goes_on_with_its_shorter_conversation() -> TestResult {
    for stored in [true, false] {
        let first = stateless()?;
        first.mock.converse(talk(40));
        let records = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&records);
        let store = move |run: ResponseToolRun| {
            kept.lock().unwrap().push(json!(run));
            async { Ok::<_, std::io::Error>(()) }
        };
        let create = |client: &Client| client.responses().create("gpt-5.5", "Read it all").store(stored);
        let runner =
            |client: &Client| create(client).run_tools(&tools()).with_max_turns(300).with_context_budget(BUDGET);
        runner(&first.client).with_store(store).send().await?;
        let wanted = bodies(&first.mock);
        let records = std::mem::take(&mut *records.lock().unwrap());
        let requests: Vec<_> = records.into_iter().filter(|record| record["phase"] == "request").collect();
        assert_eq!(requests.len(), wanted.len());
        // Some before and some after the conversation was made shorter.
        for at in [3, 12, 13, 14, 15, 16, 17, 18, 39] {
            let run: ResponseToolRun = serde_json::from_value(requests[at].clone())?;
            let second = stateless()?;
            second.mock.converse(talk(40).split_off(at));
            let run = runner(&second.client).resume_tools(run).send().await?;
            assert_eq!((run.output_text().as_str(), run.calls.len()), ("Read.", 80), "{at}");
            assert_eq!(bodies(&second.mock)[0], wanted[at], "{at}");
            assert!(bodies(&second.mock).iter().all(|body| body.to_string().len() <= BUDGET));
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_made_small_is_an_error_with_the_run() -> TestResult {
    let mocked = stateless()?;
    let large = Toolbox::new().with(tool("read", "", |_: Value| async { "x".repeat(30_000) }));
    mocked.mock.converse([Turn::calls([read()]), Turn::text("never")]);
    let call = mocked.client.responses().create("gpt-5.5", "Read it");
    let error =
        call.clone().run_tools(&large).with_context_budget(ContextBudget::bytes(BUDGET)).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(error.message().contains("30") && error.message().contains("20000 bytes"), "{error}");
    let run = error.detail::<ResponseToolRun>().ok_or("no detail")?;
    assert_eq!((run.stop, run.calls.len(), mocked.mock.requests().len()), (StopReason::ContextExceeded, 1, 1));
    // With more room it goes on.
    let more = call.run_tools(&large).with_context_budget(ContextBudget::tokens(10_000)).resume_tools(run);
    assert_eq!(more.send().await?.output_text(), "never");
    // What keeps a context elsewhere is told before any request.
    let before = mocked.mock.requests().len();
    let create = || mocked.client.responses().create("gpt-5.5", "Read it");
    for (call, name) in [
        (create().previous_response_id("resp_1"), "previous_response_id"),
        (create().conversation("conv_1"), "conversation"),
        (create().truncation("auto"), "truncation"),
    ] {
        let error = call.run_tools(&tools()).with_context_budget(BUDGET).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains(name), "{error}");
    }
    let run = mocked.client.beta().threads().runs().create("thread_1", "asst_1");
    let error = run.run_tools(&tools()).with_context_budget(BUDGET).send().await.unwrap_err();
    assert_eq!((error.kind(), mocked.mock.requests().len()), (ErrorKind::InvalidRequest, before));
    Ok(())
}

#[tokio::test]
async fn a_function_of_the_program_makes_it_shorter() -> TestResult {
    let mocked = stateless()?;
    mocked.mock.converse(talk(40));
    let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Read it all")]);
    let shorten = |mut all: Compaction<ChatTools>| async move {
        assert!(all.size > all.limit);
        let mut items = vec![Message::user("Read it all; the first pages are dull.")];
        items.extend(all.items.drain(all.keep_from..));
        Ok::<_, std::io::Error>(items)
    };
    let runner = call.clone().run_tools(&tools()).with_max_turns(300).with_context_budget(BUDGET);
    let run = runner.with_compaction(shorten).send().await?;
    assert_eq!((run.text(), run.calls.len()), ("Read.", 80));
    let bodies = bodies(&mocked.mock);
    assert!(bodies.iter().all(|body| body.to_string().len() <= BUDGET));
    assert_eq!(bodies[40]["messages"][0]["content"], "Read it all; the first pages are dull.");

    type Shorten = fn(Compaction<ChatTools>) -> Result<Vec<Message>, &'static str>;
    let wrong: [(Shorten, &str); 4] = [
        (|_| Err("no summary"), "no summary"),
        (|_| panic!("oh no"), "panicked: oh no"),
        (|all| Ok(all.items[..all.keep_from].to_vec()), "last turn"),
        (
            |all| Ok(all.items.iter().filter(|item| json!(item)["role"] != "assistant").cloned().collect()),
            "has lost its call",
        ),
    ];
    for (shorten, why) in wrong {
        let mocked = stateless()?;
        mocked.mock.converse(talk(40));
        let call = mocked.client.chat().completions().create("gpt-5.5", [Message::user("Read it all")]);
        let runner = call.run_tools(&tools()).with_max_turns(300).with_context_budget(BUDGET);
        let error = runner.with_compaction(move |all| async move { shorten(all) }).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback, "{error}");
        assert!(error.message().contains(why), "{error}");
        let run = error.detail::<ChatToolRun>().ok_or("no detail")?;
        assert!(run.calls.len() > 10 && run.pending.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn the_server_makes_it_shorter() -> TestResult {
    let mocked = stateless()?;
    mocked.mock.converse(talk(20));
    let call = mocked.client.responses().create("gpt-5.5", "Read it all").store(false);
    let budget = ContextBudget::bytes(BUDGET).with_server_compaction();
    let run = call.run_tools(&tools()).with_max_turns(300).with_context_budget(budget).send().await?;
    assert_eq!((run.output_text().as_str(), run.calls.len()), ("Read.", 40));
    let requests = mocked.mock.requests();
    let compactions: Vec<Value> = requests
        .iter()
        .filter(|request| request.path().ends_with("/compact"))
        .map(|request| request.json().unwrap())
        .collect();
    assert!(!compactions.is_empty());
    assert!(compactions.iter().all(|body| body["model"] == "gpt-5.5" && body["input"].is_array()));
    Ok(())
}

#[tokio::test]
async fn the_oldest_images_are_left_out() -> TestResult {
    let mocked = stateless()?;
    let camera = Toolbox::new().with(tool("read", "", |_: Value| async {
        ToolOutput::text("The boat:").with(ToolOutput::image_from_id("file_1"))
    }));
    mocked.mock.converse(talk(10));
    let call = mocked.client.responses().create("gpt-5.5", "Look").store(false);
    let budget = ContextBudget::tokens(100_000).with_max_images(5);
    let run = call.run_tools(&camera).with_max_turns(20).with_context_budget(budget).send().await?;
    assert_eq!(run.output_text(), "Read.");
    for (turn, body) in bodies(&mocked.mock).iter().enumerate() {
        let images = body["input"].to_string().matches("input_image").count();
        assert!(images <= 5 && images >= (2 * turn).min(4), "turn {turn}: {images}");
        check_pairs(&body["input"]);
    }
    assert_eq!(json!(run.items).to_string().matches("input_image").count(), 20);
    Ok(())
}
