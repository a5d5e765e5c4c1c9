//! Realtime sessions that are cut, and made anew.

use std::collections::BTreeMap;

use openai_ext::prelude::*;
use openai_ext::realtime::RealtimeConnection;
use openai_ext::types::RealtimeClientEvent;
use openai_ext::websocket::Reconnect;
use serde_json::json;

use super::worker::Worker;
use crate::simulation::server::models::reply_text;

/// A user says the same so often.
const TIMES: u64 = 3;

/// A session with a few turns.
pub(super) async fn talk(mut worker: Worker) {
    let [.., secret] = worker.world.secrets();
    let tool = json!({"type": "mcp", "server_label": "l", "server_url": "https://tool.test", "authorization": secret});
    let event = json!({"type": "session.update", "session": {"type": "realtime", "tools": [tool]}});
    let Ok(update) = serde_json::from_value::<RealtimeClientEvent>(event) else {
        return worker.world.problem("an update of a session can't be read");
    };
    let (first, reconnects) = (update.clone(), worker.random.chance(700));
    let connect = worker.client.realtime().connect(worker.name.as_str()).with_max_retries(2);
    let connect = connect.with_reconnect_events(move || vec![first.clone()]);
    let connect = if reconnects { connect.with_reconnect(Reconnect::new().max_tries(4)) } else { connect };
    let mut session = match connect.await {
        Ok(session) => session,
        Err(error) => return worker.world.check_error(&worker.name, &error),
    };
    worker.world.check_shown("an event of a session", &format!("{update:?} {update:#?}"));
    if let Err(error) = session.send(update).await {
        return worker.world.check_error(&worker.name, error.error());
    }
    let mut said = BTreeMap::new();
    for step in 0..1 + worker.random.below(4) {
        let token = format!("{}-{step}", worker.name);
        if !turn(&worker, &mut session, &token, &mut said).await {
            break;
        }
    }
    for (token, times) in said {
        // A part that a lost connection had not flushed can arrive twice.
        let asked = worker.world.state().server.asked(&token);
        if asked > 2 * times {
            worker.world.problem(format!("a session was asked {asked} times for what was said {times} times"));
        }
    }
    if worker.random.chance(500) {
        drop(session.close(1000, "").await);
    }
}

/// Says something until there is a reply; gives `false` once the session has ended.
async fn turn(
    worker: &Worker,
    session: &mut RealtimeConnection,
    token: &str,
    said: &mut BTreeMap<String, u64>,
) -> bool {
    for _ in 0..TIMES {
        *said.entry(token.to_owned()).or_default() += 1;
        if let Err(error) = session.send_text(format!("Say {token}")).await {
            worker.world.check_error(token, error.error());
            return session.closed().is_none();
        }
        loop {
            match session.next_response().await {
                // What arrived twice is answered twice.
                Ok(reply) if said.keys().any(|other| other != token && reply.text() == reply_text(other)) => {
                    worker.world.count("replies to what arrived twice");
                }
                Ok(reply) => {
                    worker.check_value(token, reply.text().as_bytes(), reply_text(token).as_bytes());
                    worker.world.count("replies of sessions");
                    worker.world.note(&format!("{token} succeeded"));
                    return true;
                }
                Err(error) => {
                    worker.world.check_error(token, &error);
                    worker.world.check_shown("a session", &format!("{session:?} {:?}", session.closed()));
                    if session.closed().is_some() {
                        return false;
                    }
                    break;
                }
            }
        }
    }
    true
}
