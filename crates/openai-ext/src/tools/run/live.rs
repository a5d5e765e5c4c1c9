//! Answers that are streamed, as the loop reads them.

use openai_runtime::Result;

use super::control::{Control, Halt};
use super::record::{ToolApi, ToolEvent};

/// A stream of this crate.
pub(crate) trait Live: Send {
    type Api: ToolApi;

    fn next(&mut self) -> impl Future<Output = Option<Result<<Self::Api as ToolApi>::Delta>>> + Send;

    /// What is there of the answer.
    fn so_far(&self) -> Option<<Self::Api as ToolApi>::Reply>;
}

/// Reads an answer to its end and tells what happens; if it breaks off, `partial` gets what is there.
pub(crate) async fn read<L: Live>(
    stream: &mut L,
    control: &mut Control<L::Api>,
    partial: &mut Option<<L::Api as ToolApi>::Reply>,
) -> Result<(), Halt> {
    let turn = control.turn;
    loop {
        let halt = match control.race(stream.next()).await {
            Ok(Some(Ok(event))) => {
                control.events.say(|| ToolEvent::Delta { turn, event });
                control.events.read().await;
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
