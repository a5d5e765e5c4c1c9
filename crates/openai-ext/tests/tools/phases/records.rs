//! Records that are changed by hand or on the disk.

use std::sync::{Arc, Mutex};

use openai_ext::prelude::*;
use openai_ext::responses::ResponseToolRun;
use openai_ext::tools::StopReason;
use openai_ext_mock::Turn;
use serde_json::{Value, json};

use super::interrupted::{city, look, talk};
use crate::runs::bodies;
use crate::support::{City, Never, TestResult, mocked, stateless};

/// Outputs given by hand to a run that was stored within a turn: in whichever order, none of the others is lost.
#[tokio::test]
async fn outputs_by_hand_in_the_middle_of_a_turn() -> TestResult {
    let tools = look(&Arc::default()).with(tool("ask", "", |_: Value| "never"));
    let mocked = stateless()?;
    mocked.mock.converse([Turn::calls([city("a"), ("ask", "{}".to_owned()), city("b")]), Turn::text("Done.")]);
    let records = Arc::new(Mutex::new(Vec::<Value>::new()));
    let kept = Arc::clone(&records);
    let store = move |run: ResponseToolRun| {
        kept.lock().unwrap().push(json!(run));
        async { Ok::<_, Never>(()) }
    };
    let create = |client: &Client| client.responses().create("gpt-5.5", "Hi");
    let runner = create(&mocked.client).run_tools(&tools).with_supplied_tools(["ask"]).with_concurrency(1);
    let whole = runner.with_store(store).send().await?;
    let id = |name: &str, calls: &[openai_ext::tools::ToolCall]| {
        calls.iter().find(|call| call.name == name).map(|call| call.id.clone()).unwrap_or_default()
    };
    let mut tried = 0;
    let records = records.lock().unwrap().clone();
    for record in records {
        let read: ResponseToolRun = serde_json::from_value(record)?;
        if read.replies.is_empty() || read.stop != StopReason::InProgress {
            continue;
        }
        tried += 1;
        for ask_first in [false, true] {
            let mut run = read.clone();
            let (ask, uncertain) = (id("ask", &run.pending), run.attempted.clone());
            let case = format!("{:?}, {} calls, {} attempted", run.phase, run.calls.len(), uncertain.len());
            assert!(!ask_first || run.answer(&ask, "Yes"), "{case}");
            for call in &uncertain {
                let args: City = serde_json::from_str(&call.arguments)?;
                assert!(run.answer(&call.id, format!("Seen {}", args.city)), "{case}");
            }
            assert!(ask_first || run.answer(&ask, "Yes"), "{case}");
            // Through the JSON again.
            let run: ResponseToolRun = serde_json::from_value(json!(run))?;
            let second = stateless()?;
            second.mock.converse([Turn::text("Done.")]);
            let run = create(&second.client).run_tools(&tools).resume_tools(run).send().await?;
            assert_eq!((run.output_text().as_str(), run.calls.len()), ("Done.", 3), "{case}");
            let sent = bodies(&second.mock)[0]["input"].clone();
            let outputs = sent.as_array().into_iter().flatten();
            let mut outputs: Vec<_> = outputs
                .filter_map(|item| Some((item["call_id"].clone(), item["output"].as_str()?.to_owned())))
                .collect();
            outputs.sort_by(|one, other| one.1.cmp(&other.1));
            let texts: Vec<_> = outputs.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(texts, ["Seen a", "Seen b", "Yes"], "{case}, ask first {ask_first}");
            assert!(outputs.iter().all(|(id, _)| json!(whole.items).to_string().contains(&id.to_string())), "{case}");
        }
    }
    assert!(tried >= 4, "{tried}");
    Ok(())
}

/// A record is read from a disk: whatever stands there is a run or an error, and costs no panic.
#[tokio::test]
async fn records_of_any_kind_are_read_or_refused() -> TestResult {
    let mocked = mocked()?;
    mocked.mock.converse(talk());
    let call = mocked.client.responses().create("gpt-5.5", "Hi");
    let run = call.clone().run_tools(&look(&Arc::default())).with_max_turns(1).send().await.unwrap_err();
    let record = json!(run.detail::<ResponseToolRun>().ok_or("a detail")?);
    let members = record.as_object().ok_or("an object")?.clone();
    let odd = [json!(null), json!("x"), json!(7), json!(["x", 7, null, []]), json!({"x": [1]}), json!([{"call": "x"}])];
    let mut read = 0;
    for name in members.keys() {
        for value in &odd {
            let mut record = record.clone();
            record[name] = value.clone();
            read += usize::from(serde_json::from_value::<ResponseToolRun>(record).is_ok());
        }
    }
    assert!(read > 0 && read < members.len() * odd.len() / 2, "{read}");
    // Numbers beyond all bounds.
    let mut record = record;
    record["duration"] = json!({"secs": u64::MAX, "nanos": 1});
    for name in ["sent", "unsent"] {
        record[name] = json!(u32::MAX);
    }
    let run: ResponseToolRun = serde_json::from_value(record)?;
    let run = call.run_tools(&look(&Arc::default())).resume_tools(run).send().await?;
    assert_eq!(run.output_text(), "Done.");
    Ok(())
}
