//! Conversations over a socket.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::websocket::Reconnect;

use super::worker::Worker;
use crate::simulation::server::models::reply_text;

/// The time that a caller listens.
const LISTENING: Duration = Duration::from_secs(3600);

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
        // A server that says nothing loses a connection each time that it was silent for too long, and each of them lived
        // for long enough, so that the caller is who stops.
        let mut late = worker.client.clock().sleep(LISTENING);
        let mut next = async || {
            poll_fn(|context| match late.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => pin!(connection.next()).poll(context),
            })
            .await
        };
        while let Some(event) = next().await {
            if let Err(error) = event {
                worker.world.check_error(&worker.name, &error);
            }
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
