//! Calls that succeed.

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::Toolbox;
use serde::Deserialize;

use super::{Checked, Servers, ensure, sendable, text};

pub(super) async fn list(servers: &Servers) -> Checked {
    let call = servers.client()?.models().list();
    let models = sendable(call.send().into_future()).await.map_err(text)?;
    ensure(!models.data.is_empty(), || "no models".to_owned())
}

pub(super) async fn post(servers: &Servers) -> Checked {
    let call = servers.client()?.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    let reply = call.send_raw().await.map_err(text)?;
    let id = reply.request_id().map(str::to_owned);
    ensure(id.is_some_and(|id| id.starts_with("req_")), || "no request id".to_owned())?;
    let reply = reply.parse().map_err(text)?;
    ensure(!reply.text().is_empty(), || "no text".to_owned())
}

pub(super) async fn events(servers: &Servers) -> Checked {
    let call = servers.client()?.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    let mut events = call.stream_events().await.map_err(text)?;
    let (mut pieces, mut all) = (0, String::new());
    while let Some(event) = sendable(events.next()).await {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event.map_err(text)? {
            pieces += 1;
            all.push_str(&delta);
        }
    }
    let whole = events.final_completion().await.map_err(text)?;
    ensure(pieces > 1, || format!("{pieces} pieces"))?;
    ensure(whole.text() == all, || format!("{:?} is not {all:?}", whole.text()))
}

pub(super) async fn responses(servers: &Servers) -> Checked {
    let events = servers.client()?.responses().create("gpt-5.5", "Hello").stream_events().await.map_err(text)?;
    let response = events.final_response().await.map_err(text)?;
    ensure(!response.output_text().is_empty(), || "no text".to_owned())
}

/// The value of the structured output.
#[derive(Deserialize, JsonSchema)]
struct Meeting {
    room: u32,
    people: Vec<String>,
}

pub(super) async fn structured(servers: &Servers) -> Checked {
    let call = servers.client()?.chat().completions().create("structured", [Message::user("A meeting")]);
    let meeting: Meeting = call.parse().await.and_then(|reply| reply.into_parsed()).map_err(text)?;
    ensure(meeting.room == 204 && meeting.people == ["Alice", "Bob"], || format!("room {}", meeting.room))
}

/// The arguments of the tool.
#[derive(Deserialize, JsonSchema)]
struct Weather {
    city: String,
}

pub(super) async fn tools(servers: &Servers) -> Checked {
    let weather = tool("get_weather", "The weather in a city now", |Weather { city }: Weather| async move {
        Ok::<_, String>(format!("rain in {city}"))
    });
    let call = servers.client()?.chat().completions().create("tools", [Message::user("How is the weather in Oslo?")]);
    let run = call.run_tools(&Toolbox::new().with(weather)).with_max_turns(4).send().await.map_err(text)?;
    ensure(run.calls.len() == 1, || format!("{} calls", run.calls.len()))?;
    ensure(run.calls[0].output().to_text().starts_with("rain in"), || run.calls[0].output().to_text().to_string())
}

pub(super) async fn gzip(servers: &Servers) -> Checked {
    let call = servers.client()?.chat().completions().create("gzip", [Message::user("Hello")]);
    let reply = call.send_raw().await.map_err(text)?;
    let told: Vec<&str> = reply.headers().keys().map(|name| name.as_str()).collect();
    ensure(!told.contains(&"content-encoding"), || format!("headers {told:?}"))?;
    let reply = reply.parse().map_err(text)?;
    ensure(reply.text() == "unpacked", || format!("{:?}", reply.text()))
}

/// Two boundaries of forms are not the same.
pub(super) async fn random(servers: &Servers) -> Checked {
    let file = || InputFile::from_bytes("a").name("a.txt");
    let client = servers.client()?;
    let prepared = |file| client.files().create(file, "user_data").into_call().prepare();
    let (one, two) = (prepared(file()).await.map_err(text)?, prepared(file()).await.map_err(text)?);
    let boundary = |request: &openai_ext::http::Request<()>| request.headers().get("content-type").cloned();
    ensure(boundary(&one).is_some() && boundary(&one) != boundary(&two), || format!("{:?}", boundary(&one)))
}
