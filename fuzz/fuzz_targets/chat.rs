//! The accumulator of chat streams: any chunks, a line each, add up or are refused; what is stored can be read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_ext::ChatAccumulator;
use openai_ext::types::ChatCompletionChunk;

fuzz_target!(|data: &[u8]| {
    let mut accumulator = ChatAccumulator::new();
    let mut events = Vec::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(chunk) = openai_runtime::json::from_slice::<ChatCompletionChunk>(line) else { continue };
        if accumulator.push_with_events(&chunk, &mut events).is_err() {
            return;
        }
    }
    let Ok(stored) = serde_json::to_string(&accumulator) else { panic!("a state can be written") };
    let read: ChatAccumulator = serde_json::from_str(&stored).expect("what is stored can be read again");
    assert_eq!(accumulator.snapshot(), read.snapshot());
});
