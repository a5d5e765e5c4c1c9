//! Conversations over a socket.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::websocket::Reconnect;

use super::worker::Worker;
use crate::simulation::server::models::reply_text;

/// Somebody who only reads stops after this time.
const READING: Duration = Duration::from_secs(3600);

/// Asks for a few responses over one connection, or reads what comes until it ends.
pub(super) async fn talk(mut worker: Worker) {
    let connect = worker.client.responses().connect().with_max_retries(2);
    let connect =
        if worker.random.chance(600) { connect.with_reconnect(Reconnect::new().max_tries(4)) } else { connect };
    let mut connection = match connect.await {
        Ok(connection) => connection,
        Err(error) => return worker.world.check_error(&worker.name, &error),
    };
    if worker.random.chance(200) {
        let read = async {
            while let Some(event) = connection.next().await {
                if let Err(error) = event {
                    worker.world.check_error(&worker.name, &error);
                }
            }
        };
        let ended = tokio::time::timeout(READING, read).await.is_ok();
        // A connection that lived for a while is made anew as often as that happens.
        if !ended && worker.world.state().weather.closes_sockets {
            worker.world.problem("a socket that is closed after each greeting is made anew without end");
        }
        worker.world.note(&format!("{} ended", worker.name));
        return;
    }
    for step in 0..1 + worker.random.below(4) {
        let token = format!("{}-{step}", worker.name);
        if let Err(error) = connection.response_create("m", format!("Say {token}")).await {
            worker.world.check_error(&token, error.error());
            break;
        }
        match connection.next_response().await {
            Ok(response) => {
                worker.check_value(&token, response.output_text().as_bytes(), reply_text(&token).as_bytes());
                worker.world.count("responses over a socket");
                worker.world.note(&format!("{token} succeeded"));
            }
            Err(error) => worker.world.check_error(&token, &error),
        }
        if connection.closed().is_some() {
            break;
        }
    }
    if worker.random.chance(500) {
        drop(connection.close(1000, "").await);
    }
}
