//! Answers that the server makes in the background, asked for until they are there.

use std::time::Duration;

use openai_runtime::json::Json;
use openai_runtime::{Call, WithHead};

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
) -> Result<WithHead<A::Reply>, Halt> {
    let mut reply: WithHead<A::Reply> = control.race(first.send_with_head()).await??;
    loop {
        if !goes_on(&reply) {
            *known = None;
            return Ok(reply);
        }
        let clock = std::sync::Arc::clone(&control.clock);
        control
            .race(clock.sleep(reply.head().poll_after().unwrap_or(INTERVAL)))
            .await
            .inspect_err(|_| *known = Some(reply.value().clone()))?;
        let mut call = again(&reply);
        call.with_header("x-stainless-poll-helper", "true");
        *known = Some(reply.into_value());
        reply = control.race(call.send_with_head()).await??;
    }
}
