//! The accumulator of assistants' runs: any events, a line each, add up or are refused, and a copy or a stored state goes
//! on.
#![no_main]

#[path = "../../tests/src/checkpoints.rs"]
mod checkpoints;

use libfuzzer_sys::fuzz_target;
use openai_ext::assistants::AssistantAccumulator;
use openai_ext::types::AssistantStreamEvent;

fuzz_target!(|data: &[u8]| {
    // The first byte tells where it is copied and stored.
    let Some((place, lines)) = data.split_first() else { return };
    let (events, _) = checkpoints::events::<AssistantStreamEvent>(lines.split(|byte| *byte == b'\n'));
    let place = usize::from(*place) % (events.len() + 1);
    let push = |accumulator: &mut AssistantAccumulator, event: &AssistantStreamEvent| {
        let meant = accumulator.push(event).map_err(|error| error.to_string());
        (meant, accumulator.text(), accumulator.current_tool_call().is_some())
    };
    let mut whole = checkpoints::check(&events, |at| at == place, push);
    // The end is told once.
    whole.finish();
    assert!(whole.finish().is_empty());
});
