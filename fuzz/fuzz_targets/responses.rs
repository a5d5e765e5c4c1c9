//! The accumulator of responses: any events, a line each, add up or are refused; what is stored can be read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_ext::stream::responses::ResponseAccumulator;
use openai_ext::types::ResponseStreamEvent;

fuzz_target!(|data: &[u8]| {
    let mut accumulator = ResponseAccumulator::default();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(event) = openai_runtime::json::from_slice::<ResponseStreamEvent>(line) else { continue };
        if accumulator.push(&event).is_err() {
            return;
        }
    }
    let Ok(stored) = serde_json::to_string(&accumulator) else { panic!("a state can be written") };
    let read: ResponseAccumulator = serde_json::from_str(&stored).expect("what is stored can be read again");
    assert_eq!(accumulator.snapshot(), read.snapshot());
});
