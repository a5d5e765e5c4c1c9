//! Places of an echo that do not depend on the operation: redirects, connections that break, excerpts, pages.

use std::sync::Arc;

use acceptance::calls::entry::shown;
use openai_ext::prelude::*;
use serde_json::Value;

use super::echo::{Echo, Place, SECRET, leak};
use super::{log, ways};

/// All that is shown of one call, read in each way.
async fn shown_of(client: &Client, options: fn(&mut openai_ext::runtime::Call)) -> String {
    let call = || {
        let mut call = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]).into_call();
        options(&mut call);
        call
    };
    let mut text = String::new();
    match call().send_raw::<Value>().await {
        Ok(raw) => {
            text += &format!("{raw:?} {:?} {:?}", raw.headers(), raw.request_id());
            text += &raw.deserialize::<Vec<u8>>().err().as_ref().map(shown).unwrap_or_default();
        }
        Err(error) => text += &shown(&error),
    }
    text += &call().send_unit().await.err().as_ref().map(shown).unwrap_or_default();
    text += &call().send_bytes().await.err().as_ref().map(shown).unwrap_or_default();
    match call().stream::<Value>().await {
        Ok(mut events) => {
            while let Some(event) = events.next().await {
                text += &event.err().as_ref().map(shown).unwrap_or_default();
            }
        }
        Err(error) => text += &shown(&error),
    }
    match call().bytes_stream().await {
        Ok(mut bytes) => {
            text += &format!("{bytes:?} {:?}", bytes.headers());
            while let Some(chunk) = bytes.next().await {
                text += &chunk.err().as_ref().map(shown).unwrap_or_default();
            }
        }
        Err(error) => text += &shown(&error),
    }
    text
}

/// A header whose name is the credential, in the lower case that names have.
#[tokio::test]
async fn no_name_of_a_header_shows_a_credential() {
    use openai_ext::StatusCode;
    use openai_ext_mock::{MockServer, Reply};
    let mock = MockServer::start().await.unwrap();
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        let reply = Reply::json(status, &Value::Null).header("x-sk-Name-1234-x", "1");
        mock.on_request(move |_| Some(reply.clone()));
        let client =
            Client::builder().base_url(mock.base_url()).api_key("sk-Name-1234").max_retries(0).build().unwrap();
        let shown = match client.models().list().send_raw().await {
            Ok(raw) => format!("{:?}", raw.headers()),
            Err(error) => shown(&error),
        };
        assert!(!shown.contains("name-1234"), "{shown}");
    }
}

/// Over a connection, with whatever the crates below log of it.
#[tokio::test]
async fn no_log_of_a_connection_shows_a_credential() {
    use openai_ext_mock::MockServer;
    let log = log::start();
    let mock = MockServer::start().await.unwrap();
    let client = Client::builder().base_url(mock.base_url()).api_key(SECRET).default_query("key", SECRET);
    let client = client.default_header("x-any", SECRET).max_retries(0).build().unwrap();
    client.models().list().send().await.unwrap();
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    call.stream_events().await.unwrap().final_completion().await.unwrap();
    // Without its feature `realtime` the mock refuses the handshake.
    let socket = client.realtime().connect("gpt-realtime").with_client_secret(SECRET).await;
    drop(socket);
    assert_eq!(mock.requests().len(), 3);
    let logged = log.take();
    assert_eq!(leak(&logged), None, "{logged}");
}

#[tokio::test]
async fn no_other_place_shows_a_credential() {
    let log = log::start();
    let places = [
        Place::Page,
        Place::Excerpt,
        Place::EventIds,
        Place::Redirect,
        Place::Transport,
        Place::Break,
        Place::Undecodable,
        Place::HeadersAndIds,
    ];
    for (way, make) in ways::WAYS {
        for place in places {
            let (client, options) = make(Arc::new(Echo::thorough(place)));
            let shown = [shown_of(&client, options).await, format!("{client:?} {client:#?}"), log.take()].concat();
            assert!(!shown.is_empty());
            if let Some(found) = leak(&shown) {
                panic!("{way} at {place:?}: {found}");
            }
        }
    }
}
