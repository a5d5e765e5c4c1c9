//! Calls that fail, wait or are given up.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::{Client, ErrorKind};

use super::{Checked, Servers, elapsed, ensure, text};

pub(super) async fn retry(servers: &Servers) -> Checked {
    let begun = js_sys::Date::now();
    let call = servers.client()?.chat().completions().create("retry", [Message::user("Hello")]);
    let reply = call.send_raw().await.map_err(text)?;
    ensure(reply.attempts() == 3, || format!("{} attempts", reply.attempts()))?;
    // Waits of 0.5 s and 1 s, each shortened by up to a quarter.
    let waited = elapsed(begun);
    ensure(waited > Duration::from_millis(1100) && waited < Duration::from_secs(10), || format!("{waited:?}"))
}

/// A date is told from the time of day, which the standard library does not have here.
pub(super) async fn retry_date(servers: &Servers) -> Checked {
    let call = servers.client()?.chat().completions().create("date", [Message::user("Hello")]).with_max_retries(0);
    let Err(error) = call.send().await else { return Err("no error".to_owned()) };
    ensure(error.kind() == ErrorKind::RateLimit, || text(&error))?;
    let wait = error.retry_after().unwrap_or_default();
    ensure(wait > Duration::from_secs(3_600), || format!("{wait:?}"))
}

pub(super) async fn timeout(servers: &Servers) -> Checked {
    let begun = js_sys::Date::now();
    let call = servers.client()?.chat().completions().create("slow", [Message::user("Hello")]);
    let Err(error) = call.with_timeout(Duration::from_millis(300)).with_max_retries(0).send().await else {
        return Err("no error".to_owned());
    };
    let waited = elapsed(begun);
    ensure(error.kind() == ErrorKind::Timeout, || text(&error))?;
    ensure(waited > Duration::from_millis(250) && waited < Duration::from_secs(5), || format!("{waited:?}"))
}

/// Many timers one after the other, of which most never fire.
pub(super) async fn timers(servers: &Servers) -> Checked {
    for _ in 0..30 {
        servers.client()?.models().list().send().await.map_err(text)?;
    }
    timeout(servers).await
}

/// Limits beyond the timers of a browser do not end at once.
pub(super) async fn no_limit(servers: &Servers) -> Checked {
    for limit in [Duration::MAX, Duration::from_secs(40 * 86_400)] {
        let call = servers.client()?.chat().completions().create("pause", [Message::user("Hello")]);
        call.with_timeout(limit).with_total_timeout(limit).with_max_retries(0).send().await.map_err(text)?;
    }
    Ok(())
}

/// A stream that stalls.
pub(super) async fn silence(servers: &Servers) -> Checked {
    let client = servers.builder().idle_timeout(Duration::from_millis(500)).build().map_err(text)?;
    let call = client.chat().completions().create("stall", [Message::user("Hello")]);
    let mut events = call.stream().await.map_err(text)?;
    let begun = js_sys::Date::now();
    while let Some(event) = events.next().await {
        if let Err(error) = event {
            ensure(error.kind() == ErrorKind::Timeout, || text(&error))?;
            return ensure(elapsed(begun) < Duration::from_secs(5), || "too late".to_owned());
        }
    }
    Err("no error".to_owned())
}

/// A stream that is dropped; the server tells whether it noticed.
pub(super) async fn abort(servers: &Servers) -> Checked {
    let client = Client::builder().base_url(&servers.endless).api_key("sk-mock").build().map_err(text)?;
    let mut events = client.chat().completions().create("m", [Message::user("Hello")]).stream().await.map_err(text)?;
    for _ in 0..3 {
        let Some(event) = events.next().await else { return Err("it ended".to_owned()) };
        event.map_err(text)?;
    }
    drop(events);
    Ok(())
}

pub(super) async fn cors(servers: &Servers) -> Checked {
    let client = Client::builder().base_url(&servers.closed).api_key("sk-mock").max_retries(0).build().map_err(text)?;
    let Err(error) = client.models().list().send().await else { return Err("no error".to_owned()) };
    ensure(error.kind() == ErrorKind::Connection && text(&error).contains("CORS"), || text(&error))
}
