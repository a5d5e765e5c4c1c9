//! Runs that come to a good end, over chat completions and responses, whole and streamed.

use openai_ext::prelude::*;
use openai_ext::tools::{StopReason, ToolError};
use openai_ext_mock::Turn;
use serde_json::json;

use crate::runs::{Form, Wish, cases, check_requests, run};
use crate::support::{City, Gate, Never, Nothing, TestResult, mocked};

fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "The weather", |args: City| async move {
        Ok::<_, Never>(format!("Rain in {}", args.city))
    }))
}

#[tokio::test]
async fn no_call() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([Turn::text("I can't see it from here.")]);
        let wish = Wish::of(&weather());
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!((told.stop, told.text.as_str()), (Some(StopReason::Final), "I can't see it from here."), "{told:?}");
        assert_eq!((told.called(), told.items.len()), (vec![], 2));
        check_requests(case, &mocked, &told, &wish, 0);
        let tokens = told.tokens;
        assert_eq!(tokens > 0, case.form != Form::StreamEvents || case.api == crate::runs::Api::Responses);
        let usage = format!("usage {tokens}");
        match case.form {
            Form::Send => assert!(told.events.is_empty()),
            Form::Events => assert_eq!(told.events, ["request 1", "reply 1", &usage]),
            Form::StreamEvents => assert_eq!(told.events[..3], ["request 1", "delta 1", "reply 1"]),
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_call_and_a_chain_of_calls() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([
            Turn::call("get_weather", json!({"city": "Oslo"})),
            Turn::call("get_weather", json!({"city": "Bergen"})),
            Turn::text("It rains everywhere."),
        ]);
        let wish = Wish::of(&weather());
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!((told.stop, told.text.as_str()), (Some(StopReason::Final), "It rains everywhere."), "{told:?}");
        assert_eq!(
            told.called(),
            [r#"get_weather({"city":"Oslo"}) -> Rain in Oslo"#, r#"get_weather({"city":"Bergen"}) -> Rain in Bergen"#]
        );
        assert_eq!((told.replies.len(), told.items.len(), told.pending.len()), (3, 6, 0));
        check_requests(case, &mocked, &told, &wish, 0);
        if case.form == Form::Events {
            let events: Vec<&str> =
                told.events.iter().filter(|event| !event.starts_with("usage")).map(String::as_str).collect();
            let wanted = [
                "request 1",
                "reply 1",
                r#"call get_weather({"city":"Oslo"})"#,
                r#"result get_weather({"city":"Oslo"}) -> Rain in Oslo"#,
                "request 2",
                "reply 2",
                r#"call get_weather({"city":"Bergen"})"#,
                r#"result get_weather({"city":"Bergen"}) -> Rain in Bergen"#,
                "request 3",
                "reply 3",
            ];
            assert_eq!(events, wanted);
            assert_eq!(told.events.last(), Some(&format!("usage {}", told.tokens)));
        }
    }
    Ok(())
}

/// Calls end in every order of three; what is sent is in the order of the calls.
#[tokio::test]
async fn parallel_calls_end_in_any_order() -> TestResult {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let cities = ["Oslo", "Bergen", "Tromsø"];
    for case in cases() {
        for order in orders {
            let mocked = mocked()?;
            let arguments = cities.map(|city| ("wait", json!({"city": city}).to_string()));
            mocked.mock.converse([Turn::calls(arguments), Turn::text("Done.")]);
            let gate = Gate::default();
            let at_gate = gate.clone();
            let wish = Wish::of(&Toolbox::new().with(tool("wait", "", move |args: City| {
                let gate = at_gate.clone();
                async move {
                    gate.pass(args.city.as_str()).await;
                    Ok::<_, Never>(args.city)
                }
            })));
            let running = async {
                gate.arrived(3).await;
                for (count, place) in order.into_iter().enumerate() {
                    gate.open(cities[place]);
                    gate.left(count + 1).await;
                }
            };
            let (told, ()) = tokio::join!(run(case, &mocked.client, wish.clone()), running);
            let outputs: Vec<_> = told.calls.iter().map(|outcome| outcome.output().to_text()).collect();
            assert_eq!((outputs, told.text.as_str()), (cities.map(str::to_owned).to_vec(), "Done."), "{told:?}");
            assert_eq!(gate.all_left(), order.map(|place| cities[place]));
            check_requests(case, &mocked, &told, &wish, 0);
            if case.form != Form::Send {
                let results = told.events.iter().filter(|event| event.starts_with("result"));
                let wanted = order.map(|place| cities[place]);
                assert!(results.zip(wanted).all(|(event, city)| event.ends_with(city)), "{:?}", told.events);
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn mistakes_are_mended_by_the_model() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([
            Turn::calls([("get_weather", "{\"city\": ")]),
            Turn::calls([("get_weather", "{\"town\": \"Oslo\"}"), ("get_time", "{}")]),
            Turn::call("get_weather", json!({"city": "Oslo"})),
            Turn::text("It rains."),
        ]);
        let wish = Wish::of(&weather());
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!((told.stop, told.text.as_str()), (Some(StopReason::Final), "It rains."), "{told:?}");
        assert_eq!(
            told.called(),
            [
                "get_weather({\"city\": ) -> EOF while parsing a value at line 1 column 9",
                "get_weather({\"town\": \"Oslo\"}) -> unknown field `town`, expected `city` at line 1 column 7",
                "get_time({}) -> Invalid tool_call: \"get_time\". Available options are: \"get_weather\". Please try again",
                "get_weather({\"city\":\"Oslo\"}) -> Rain in Oslo",
            ]
        );
        check_requests(case, &mocked, &told, &wish, 0);
        if case.form != Form::Send {
            assert_eq!(told.events.iter().filter(|event| event.starts_with("retry")).count(), 3);
        }
        assert!(matches!(told.calls[2].result.as_ref().map_err(|error| &**error), Err(ToolError::Unknown { .. })));
    }
    Ok(())
}

#[tokio::test]
async fn a_refusal_ends_the_run() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([
            Turn::call("get_weather", json!({"city": "Oslo"})),
            Turn::refusal("I would rather not."),
            Turn::text("never said"),
        ]);
        let wish = Wish::of(&weather());
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!((told.stop, told.text.as_str()), (Some(StopReason::Final), ""), "{told:?}");
        assert_eq!(told.refusal.as_deref(), Some("I would rather not."));
        assert_eq!((told.calls.len(), mocked.mock.turns_left()), (1, 1));
        check_requests(case, &mocked, &told, &wish, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_forced_tool_ends_the_run_once_it_was_called() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([
            Turn::calls([("get_weather", "{}")]),
            Turn::calls([
                ("get_weather", "[]"),
                ("get_weather", "{\"city\":\"Oslo\"}"),
                ("get_weather", "{\"city\":\"Bergen\"}"),
            ]),
            Turn::text("never said"),
        ]);
        let wish = Wish { choice: Some("get_weather"), ..Wish::of(&weather()) };
        let told = run(case, &mocked.client, wish.clone()).await;
        assert_eq!(told.stop, Some(StopReason::ToolChoice), "{told:?}");
        assert_eq!(
            told.called(),
            [
                "get_weather({}) -> missing field `city` at line 1 column 2",
                "get_weather([]) -> invalid length 0, expected struct City with 1 element at line 1 column 2",
                "get_weather({\"city\":\"Oslo\"}) -> Rain in Oslo",
            ]
        );
        assert_eq!((told.pending.len(), mocked.mock.turns_left()), (1, 1));
        check_requests(case, &mocked, &told, &wish, 0);
    }
    Ok(())
}

/// So many run at once as may, and no more.
#[tokio::test]
async fn the_limit_of_concurrency_holds() -> TestResult {
    let names = ["a", "b", "c", "d", "e"];
    for case in cases() {
        for (limit, wish) in [
            (2, Wish { concurrency: Some(2), ..Wish::default() }),
            (1, Wish { parallel: Some(false), ..Wish::default() }),
            (1, Wish { concurrency: Some(0), ..Wish::default() }),
            (5, Wish::default()),
        ] {
            let mocked = mocked()?;
            let arguments = names.map(|city| ("wait", json!({"city": city}).to_string()));
            mocked.mock.converse([Turn::calls(arguments), Turn::text("Done.")]);
            let gate = Gate::default();
            let at_gate = gate.clone();
            let tools = Toolbox::new().with(tool("wait", "", move |args: City| {
                let gate = at_gate.clone();
                async move {
                    gate.pass(args.city).await;
                    Ok::<_, Never>(())
                }
            }));
            let wish = Wish { tools, ..wish };
            let running = async {
                let mut most = 0;
                for over in 0..names.len() {
                    let under_way = limit.min(names.len() - over);
                    gate.arrived(over + under_way).await;
                    // Whoever would come too early has every chance to.
                    tokio::task::yield_now().await;
                    most = most.max(gate.all_arrived().len() - gate.all_left().len());
                    // The last one that came, so that they do not end in order.
                    let arrived = gate.all_arrived();
                    let left = gate.all_left();
                    let next = arrived.iter().rev().find(|name| !left.contains(name)).expect("somebody at the gate");
                    gate.open(next.as_str());
                    gate.left(over + 1).await;
                }
                most
            };
            let (told, most) = tokio::join!(run(case, &mocked.client, wish.clone()), running);
            assert_eq!((most, told.text.as_str()), (limit, "Done."), "{told:?}");
            check_requests(case, &mocked, &told, &wish, 0);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_tool_knows_where_it_is_called() -> TestResult {
    for case in cases() {
        let mocked = mocked()?;
        mocked.mock.converse([Turn::calls([("look", "{}")]), Turn::calls([("look", "{}")]), Turn::text("Done.")]);
        let (send, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let wish = Wish::of(&Toolbox::new().with(tool_with_context("look", "", move |context, _: Nothing| {
            let count = context.messages().len() + context.items().len();
            let seen = (
                context.turn(),
                count,
                context.call_id().to_owned(),
                context.time_left(),
                context.thread_id().is_some(),
            );
            send.send(seen).expect("a receiver");
            async { Ok::<_, Never>(()) }
        })));
        let limit = std::time::Duration::from_secs(60);
        let wish = Wish { deadline: Some(limit), ..wish };
        let told = run(case, &mocked.client, wish.clone()).await;
        let ids: Vec<String> = told.calls.iter().map(|outcome| outcome.call.id.clone()).collect();
        assert_eq!(seen.recv().await, Some((1, 2, ids[0].clone(), Some(limit), false)));
        assert_eq!(seen.recv().await, Some((2, 4, ids[1].clone(), Some(limit), false)));
        check_requests(case, &mocked, &told, &wish, 0);
    }
    Ok(())
}
