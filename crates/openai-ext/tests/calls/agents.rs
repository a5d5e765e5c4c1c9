//! Sessions of agents as a program sees them: the streams of their events and how these end, lists, and headers.
#![cfg(all(feature = "agents", feature = "beta", feature = "files"))]

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::types::{EnvironmentParam, SessionEvent, SessionInputParamAgentSessionInputCancel};
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{MockServer, Reply};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn Error>>;

async fn scene() -> Result<(MockServer, Client), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((mock, client))
}

fn event(kind: &str) -> Value {
    match kind {
        "error" => {
            let error = json!({"type": "server_error", "code": "overloaded", "message": "Try again", "param": null});
            json!({"type": "error", "event_id": "event_1", "session_id": "session_1", "error": error})
        }
        "turn.output_text.delta" => json!({
            "type": "agent.session.turn.output_text.delta", "event_id": "event_1", "session_id": "session_1",
            "turn_id": "turn_1", "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": "Hello",
        }),
        _ => json!({"type": format!("agent.session.{kind}"), "event_id": "event_1", "session": {"id": "session_1"}}),
    }
}

/// The events of a stream of these kinds, whose body then ends, by either operation; and the error that it ended with.
async fn heard(kinds: &[&str], creates: bool) -> Result<(Vec<SessionEvent>, Option<ErrorKind>), Box<dyn Error>> {
    let (mock, client) = scene().await?;
    let body: String = kinds.iter().map(|kind| format!("event: {kind}\ndata: {}\n\n", event(kind))).collect();
    for operation in ["listAgentSessionEvents", "createAgentSession"] {
        mock.on(operation).reply(Reply::bytes(StatusCode::OK, "text/event-stream", body.clone()))?;
    }
    let sessions = client.beta().agents().sessions();
    let mut stream = match creates {
        true => sessions.create(EnvironmentParam::None(Default::default())).agent_id("agent_1").stream().await?,
        false => sessions.events().stream("session_1").stream().await?,
    };
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return Ok((events, Some(error.kind()))),
        }
    }
    let request = &mock.requests()[0];
    assert_eq!(request.query(), [], "the events of a session are always a stream");
    assert_eq!(request.json().is_some_and(|body| body["stream"] == true), creates);
    Ok((events, None))
}

#[tokio::test]
async fn streams_end_where_the_session_rests() -> TestResult {
    let text = "turn.output_text.delta";
    for (kinds, end) in [
        (&["in_progress", text, "idle"][..], None),
        (&["requires_action"], None),
        (&["failed"], None),
        (&["budget_reached"], None),
        (&["idle", "environment.suspended"], None),
        (&["in_progress", text], Some(ErrorKind::Truncated)),
        // The second turn is missed.
        (&["idle", "in_progress", text], Some(ErrorKind::Truncated)),
        // An error is an event, after which the session may go on.
        (&["in_progress", "error", text, "idle"], None),
        (&["in_progress", "error"], Some(ErrorKind::Truncated)),
        (&[], Some(ErrorKind::Truncated)),
    ] {
        for creates in [false, true] {
            let (events, error) = heard(kinds, creates).await?;
            assert_eq!((events.len(), error), (kinds.len(), end), "{kinds:?}");
        }
    }
    let (events, _) = heard(&["error", "idle"], false).await?;
    let [SessionEvent::Error(error), SessionEvent::AgentSessionIdle(_)] = &events[..] else {
        return Err(format!("other events: {events:?}").into());
    };
    assert_eq!(error.error.message, "Try again");
    Ok(())
}

#[tokio::test]
async fn lists_of_files_go_on_through_an_empty_page() -> TestResult {
    let (mock, client) = scene().await?;
    let page = |data: Value, next: Option<&str>| Reply::json(StatusCode::OK, &json!({"data": data, "next": next}));
    let file = |path: &str| json!([{"path": path}]);
    mock.on("listAgentEnvironmentFiles").sequence([
        page(file("/workspace/a"), Some("1")),
        page(json!([]), Some("2")),
        page(file("/workspace/b"), None),
    ])?;
    let mut items = client.beta().agents().environments().files().list("env_1").items();
    let mut paths = Vec::new();
    while let Some(item) = items.next().await {
        paths.push(item?.path);
    }
    assert_eq!(paths, ["/workspace/a", "/workspace/b"]);
    let pages = mock.requests().iter().map(|request| request.query().to_vec()).collect::<Vec<_>>();
    let page = |page: &str| vec![("page".to_owned(), page.to_owned())];
    assert_eq!(pages, [vec![], page("1"), page("2")]);
    Ok(())
}

/// By the facts of the official SDK: a version of each beta, and a key only where there is a parameter for one.
#[tokio::test]
async fn headers() -> TestResult {
    let (mock, client) = scene().await?;
    let agents = client.beta().agents();
    let agent = agents.create("gpt-6-sol").send().await?;
    let none = || EnvironmentParam::None(Default::default());
    let session = agents.sessions().create(none()).agent_id(&agent.id).send().await?;
    agents.vaults().list().send().await?;
    let cancel = || [SessionInputParamAgentSessionInputCancel::new()];
    agents.sessions().events().create(&session.id, cancel()).send().await?;
    agents.sessions().events().create(&session.id, cancel()).idempotency_key("key").send().await?;
    client.files().list().send().await?;
    client.beta().realtime().transcription_sessions().create().send().await?;
    let headers = mock.requests();
    let header = |name| headers.iter().map(|request| request.header(name)).collect::<Vec<_>>();
    let version = Some("agents=v1");
    assert_eq!(header("openai-beta"), [version, version, version, version, version, None, Some("assistants=v2")]);
    assert_eq!(header("idempotency-key"), [None, None, None, None, Some("key"), None, None]);
    Ok(())
}
