//! Answers that are streamed, as the loop reads them.

use std::future::poll_fn;
use std::pin::pin;

use openai_runtime::Result;

use super::calls::early::Early;
use super::control::{Control, Halt};
use super::record::{ToolApi, ToolEvent};
use crate::tools::outcome::ToolCall;

/// A stream of this crate.
pub(crate) trait Live: Send {
    type Api: ToolApi;

    fn next(&mut self) -> impl Future<Output = Option<Result<<Self::Api as ToolApi>::Delta>>> + Send;

    /// Returns the answer so far.
    fn so_far(&self) -> Option<<Self::Api as ToolApi>::Reply>;

    /// The call that is whole by this event.
    fn whole_call(&self, _event: &<Self::Api as ToolApi>::Delta) -> Option<ToolCall> {
        None
    }
}

/// Reads an answer to its end and tells what happens; if it breaks off, `partial` gets what is there. Calls that are whole run
/// meanwhile, if they may.
pub(crate) async fn read<L: Live>(
    stream: &mut L,
    control: &mut Control<L::Api>,
    mut early: Option<&mut Early<L::Api>>,
    partial: &mut Option<<L::Api as ToolApi>::Reply>,
) -> Result<(), Halt> {
    let turn = control.turn;
    let events = control.events.share();
    loop {
        let next = {
            let mut next = pin!(stream.next());
            let driven = poll_fn(|context| {
                if let Some(early) = &mut early {
                    early.poll(context, &events);
                }
                next.as_mut().poll(context)
            });
            control.race(driven).await
        };
        let halt = match next {
            Ok(Some(Ok(event))) => {
                if let Some(early) = &mut early
                    && let Some(call) = stream.whole_call(&event)
                {
                    early.offer(call);
                }
                if events.deltas {
                    events.say(|| ToolEvent::Delta { turn, event });
                }
                events.read().await;
                continue;
            }
            Ok(None) => return Ok(()),
            Ok(Some(Err(error))) => error.into(),
            Err(halt) => halt,
        };
        *partial = stream.so_far();
        return Err(halt);
    }
}
