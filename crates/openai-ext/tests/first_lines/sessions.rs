//! Lines with sessions and connections: agents, lanes, runs over a socket, Live, translations, webhook endpoints.
#![cfg(all(feature = "agents", feature = "live", feature = "realtime", feature = "webhooks"))]

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::types::EnvironmentParam;
use openai_ext::webhooks::{self, Webhooks, WebhooksExt};
use openai_ext_mock::{SessionStep, Turn};
use serde_json::{Value, json};

use crate::{TestResult, start};

fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "The weather now", |_: Value| async { "Rain" }))
}

#[tokio::test]
async fn a_turn_of_an_agent_with_a_tool_and_approvals() -> TestResult {
    let (mock, client) = start().await?;
    let tools = weather();
    let agents = client.beta().agents();
    let agent = agents.create("gpt-5.5").tools(tools.agent_tools()?).send().await?;
    let session = agents.sessions().create(EnvironmentParam::none()).agent_id(&agent.id).send().await?;
    let arguments = json!({"city": "Oslo"});
    for (server, is_allowed) in [("notes", "approve"), ("mail", "deny")] {
        mock.on_session([
            SessionStep::call("get_weather", &arguments),
            SessionStep::call("get_weather", json!({"city": "Bergen"})),
            SessionStep::approval(server, "delete", json!({"id": 7})),
            SessionStep::text("Done."),
        ]);
        let run = agents.sessions().run(&session.id, "Clean up").run_tools(&tools).on_approval(|request| async move {
            assert_eq!((request.name(), request.arguments().is_some()), (Some("delete"), true));
            request.server_label() == Some("notes")
        });
        let result = run.send().await?;
        assert_eq!(result.text(), "Done.");
        let outputs: Vec<String> = result.calls.iter().map(|call| format!("{:>5}", call.output())).collect();
        assert_eq!(outputs, [" Rain", " Rain"]);
        let sent: Vec<Value> = mock.requests().iter().filter_map(|request| request.json()).collect();
        let told = sent.iter().rev().map(Value::to_string).find(|body| body.contains("mcp_approval_request_result"));
        assert!(told.is_some_and(|body| body.contains(is_allowed)), "{server}");
    }
    Ok(())
}

#[tokio::test]
async fn tools_over_a_socket() -> TestResult {
    let (mock, client) = start().await?;
    let tools = weather();
    let mut connection = client.responses().connect().await?;
    mock.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("Rain.")]);
    let run = connection.run_tools(&tools).create("gpt-5.5", "How is the weather?").send().await?;
    assert_eq!(run.output_text(), "Rain.");
    mock.converse([Turn::call("get_weather", &json!({"city": "Oslo"})), Turn::text("Again.")]);
    let call = client.responses().create("gpt-5.5", "And now?").reasoning_effort("low");
    assert_eq!(connection.lane("l")?.run_tools(&tools).call(call).send().await?.output_text(), "Again.");
    connection.close(1000, "").await?;
    Ok(())
}

#[tokio::test]
async fn live_and_translations() -> TestResult {
    let (_mock, client) = start().await?;
    let mut live = client.live().connect("gpt-live-1").await?;
    let id = live.session_id().ok_or("no id")?.to_owned();
    let side = client.live().sideband().connect(id).await?;
    side.instructions_append(None::<&str>, "Be brief.").await?;
    side.close(1000, "").await?;
    live.append_audio(&[0_u8; 4800]).await?;
    assert_eq!(live.finish().await?.reason, "close_requested");
    let mut translation = client.realtime().translations().connect("gpt-realtime-translate").await?;
    translation.append_audio(&[0_u8; 9600][..]).await?;
    assert!(!translation.finish().await?.output_transcript.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_webhook_by_either_secret() -> TestResult {
    let (_mock, client) = start().await?;
    let endpoint = client.webhooks().create("Mine", "https://example.com/hook", ["response.completed"]).send().await?;
    let rotated =
        client.webhooks().rotate_secret(&endpoint.id).keep_old_secret_active_for_24_hours(true).send().await?;
    let event = json!({"id": "evt_1", "object": "event", "created_at": 1, "type": "response.completed", "data": {"id": "resp_1"}});
    let body = serde_json::to_vec(&event)?;
    let both = Webhooks::new(&endpoint).secrets(&rotated);
    for secret in [&endpoint.signing_secret, &rotated.signing_secret] {
        let headers = webhooks::sign(&body, "wh_1", std::time::SystemTime::now(), secret)?;
        both.verify(&body, &headers)?;
        webhooks::unwrap(&body, &headers, [&endpoint.signing_secret, &rotated.signing_secret])?;
        let error = webhooks::verify(&body, &headers, "whsec_AAAA").err().ok_or("verified")?;
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let error = client.webhooks().unwrap(&body, &headers).err().ok_or("no secret")?;
        assert_eq!((error.kind(), openai_ext::Error::from(error).kind()), (ErrorKind::Config, ErrorKind::Config));
    }
    Ok(())
}
