//! Every type that a component schema of the document has, by the acceptance crate's index: what is read of any bytes is
//! written as something that reads as the same.
#![no_main]

#[path = "../../tests/src/generated/schemas.rs"]
#[allow(missing_docs)]
#[rustfmt::skip]
mod schemas;

use libfuzzer_sys::fuzz_target;
use schemas::SCHEMAS;

fuzz_target!(|data: &[u8]| {
    // The first two bytes choose the type.
    let Some(([high, low], text)) = data.split_first_chunk() else { return };
    let (name, round_trip) = SCHEMAS[usize::from(u16::from_be_bytes([*high, *low])) % SCHEMAS.len()];
    let Ok(written) = round_trip(text) else { return };
    let bytes = serde_json::to_vec(&written.value).expect("a value is JSON");
    let again = round_trip(&bytes).unwrap_or_else(|error| panic!("{name} does not read what it wrote: {error}"));
    assert_eq!(again, written, "{name}");
});
