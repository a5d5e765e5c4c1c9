//! The accumulator of chat streams: any chunks, a line each, add up or are refused, and a copy or a stored state goes on.
#![no_main]

#[path = "../../tests/src/checkpoints.rs"]
mod checkpoints;

use libfuzzer_sys::fuzz_target;
use openai_ext::ChatAccumulator;
use openai_ext::types::ChatCompletionChunk;

fuzz_target!(|data: &[u8]| {
    // The first byte tells where it is copied and stored.
    let Some((place, lines)) = data.split_first() else { return };
    let (chunks, _) = checkpoints::events::<ChatCompletionChunk>(lines.split(|byte| *byte == b'\n'));
    let place = usize::from(*place) % (chunks.len() + 1);
    let push = |accumulator: &mut ChatAccumulator, chunk: &ChatCompletionChunk| {
        let mut events = Vec::new();
        let pushed = accumulator.push_with_events(chunk, &mut events);
        (pushed.map_err(|error| error.to_string()), events)
    };
    let told = checkpoints::check(&chunks, |at| at == place, push);
    // Who asks for no events gets the same snapshot.
    let mut silent = ChatAccumulator::new();
    chunks.iter().for_each(|chunk| drop(silent.push(chunk)));
    assert_eq!(silent.snapshot(), told.snapshot());
});
