//! Answers that the server makes in the background, asked for until they are there.

use std::time::Duration;

use openai_runtime::json::Json;
use openai_runtime::{Call, RawResponse};

use super::control::{Control, Halt};
use super::record::ToolApi;

/// The wait between two looks where the server does not say it.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends a call, and then another one until the answer needs no more waiting. `known` gets each answer.
pub(crate) async fn until<A: ToolApi<Reply: Json>>(
    first: Call,
    again: impl Fn(&A::Reply) -> Call + Send,
    goes_on: impl Fn(&A::Reply) -> bool + Send,
    control: &mut Control<A>,
    known: &mut Option<A::Reply>,
) -> Result<A::Reply, Halt> {
    let mut response: RawResponse<A::Reply> = control.race(first.send_raw()).await??;
    loop {
        let reply = response.parse()?;
        if !goes_on(&reply) {
            *known = None;
            return Ok(reply);
        }
        let clock = std::sync::Arc::clone(&control.clock);
        control
            .race(clock.sleep(response.poll_after().unwrap_or(INTERVAL)))
            .await
            .inspect_err(|_| *known = Some(reply.clone()))?;
        let mut call = again(&reply);
        call.with_header("x-stainless-poll-helper", "true");
        *known = Some(reply);
        response = control.race(call.send_raw()).await??;
    }
}
