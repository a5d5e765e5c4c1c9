//! Answers that are streamed, as the loop reads them.

use openai_runtime::Result;

use super::control::{Control, Halt};
use super::{ToolApi, ToolEvent};

/// A stream of this crate.
pub(crate) trait Live: Send {
    type Api: ToolApi;

    fn next(&mut self) -> impl Future<Output = Option<Result<<Self::Api as ToolApi>::Delta>>> + Send;

    /// What is there of the answer.
    fn so_far(&self) -> Option<<Self::Api as ToolApi>::Reply>;

    /// The answer, once the stream is at its end.
    fn whole(self) -> impl Future<Output = Result<<Self::Api as ToolApi>::Reply>> + Send;
}

/// Reads an answer to its end and tells what happens; if it breaks off, `partial` gets what is there.
pub(crate) async fn read<L: Live>(
    mut stream: L,
    control: &mut Control<L::Api>,
    partial: &mut Option<<L::Api as ToolApi>::Reply>,
) -> Result<<L::Api as ToolApi>::Reply, Halt> {
    let turn = control.turn;
    loop {
        let halt = match control.race(stream.next()).await {
            Ok(Some(Ok(event))) => {
                control.events.say(|| ToolEvent::Delta { turn, event });
                control.events.read().await;
                continue;
            }
            Ok(None) => {
                let so_far = stream.so_far();
                return stream.whole().await.map_err(|error| {
                    *partial = so_far;
                    error.into()
                });
            }
            Ok(Some(Err(error))) => error.into(),
            Err(halt) => halt,
        };
        *partial = stream.so_far();
        return Err(halt);
    }
}
