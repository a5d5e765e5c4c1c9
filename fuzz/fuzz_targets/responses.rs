//! The accumulator of responses: any events, a line each, add up or are refused, and a copy or a stored state goes on.
#![no_main]

#[path = "../../tests/src/checkpoints.rs"]
mod checkpoints;

use libfuzzer_sys::fuzz_target;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::types::ResponseStreamEvent;

fuzz_target!(|data: &[u8]| {
    // The first byte tells where it is copied and stored.
    let Some((place, lines)) = data.split_first() else { return };
    let (events, _) = checkpoints::events::<ResponseStreamEvent>(lines.split(|byte| *byte == b'\n'));
    let place = usize::from(*place) % (events.len() + 1);
    let push = |accumulator: &mut ResponseAccumulator, event: &ResponseStreamEvent| {
        let pushed = accumulator.push(event).map_err(|error| error.to_string());
        (pushed, accumulator.changed(), accumulator.sequence_number(), accumulator.is_complete())
    };
    checkpoints::check(&events, |at| at == place, push);
});
