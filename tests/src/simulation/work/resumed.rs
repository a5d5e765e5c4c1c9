//! Streams of responses in the background, which go on after each cut.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::ResponseStream;

use super::worker::Worker;
use crate::simulation::server::models::reply_text;

/// A user gives up after so many failures.
const FAILURES: u32 = 20;

/// A connection that lives for so long is none that failed, and so many others in a row may be made.
const SETTLED: Duration = Duration::from_secs(30);
const SHORT: u32 = 6;

/// A response whose stream is reconnected until it ends.
pub(super) async fn follow(mut worker: Worker) {
    let token = worker.name.clone();
    let retries = worker.random.below(3) as u32;
    let call = worker.client.responses().create("m", format!("Say {token}")).background(true);
    let ended = match call.with_max_retries(retries).stream_events().await {
        Ok(stream) => read(&worker, &token, stream).await,
        Err(error) => Err(error),
    };
    worker.world.serve_due();
    let (made, events) = worker.world.state().server.background(&token);
    if made > 1 + u64::from(retries) {
        worker.world.problem(format!("{token} was created {made} times, and may be created again {retries} times"));
    }
    match ended {
        Ok((text, stream)) => {
            let expected = reply_text(&token);
            worker.check_value(&token, text.as_bytes(), expected.as_bytes());
            worker.check_value(
                &format!("the snapshot of {token}"),
                stream.output_text().as_bytes(),
                expected.as_bytes(),
            );
            if stream.sequence_number() != Some(events as i64 - 1) {
                worker.world.problem(format!("{token} ended before its last event"));
            }
            worker.world.count("resumed responses");
            worker.world.note(&format!("{token} succeeded"));
        }
        Err(error) => worker.world.check_error(&token, &error),
    }
}

async fn read(
    worker: &Worker,
    token: &str,
    mut stream: ResponseStream,
) -> openai_ext::Result<(String, ResponseStream)> {
    let (mut text, mut last, mut failures) = (String::new(), -1, 0);
    let (mut opened, mut short) = (worker.world.now(), 0);
    loop {
        let error = match stream.next().await {
            None => return Ok((text, stream)),
            Some(Ok(event)) => {
                text.push_str(event.text_delta().unwrap_or_default());
                // What servers say between the events has no number.
                let Some(number) = event.sequence_number() else { continue };
                if number != last + 1 {
                    let what = if number > last { "lost" } else { "given twice" };
                    worker.world.problem(format!("{token}: an event is {what} | {number} after {last}"));
                }
                last = number;
                continue;
            }
            Some(Err(error)) => error,
        };
        short = if worker.world.now().saturating_sub(opened) < SETTLED { short + 1 } else { 0 };
        if short > SHORT {
            worker.world.problem("a stream that is cut off each time is reconnected without an end");
            return Err(error);
        }
        let mut error = error;
        loop {
            failures += 1;
            // Without an event there is nothing to go on from.
            if !error.is_retryable() || failures > FAILURES || stream.snapshot().is_none() {
                return Err(error);
            }
            worker.world.check_error(token, &error);
            match stream.reconnect().await {
                Ok(()) => break,
                Err(failed) => error = failed,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        opened = worker.world.now();
        worker.world.count("reconnects of responses");
    }
}
