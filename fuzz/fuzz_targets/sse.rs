//! The decoder of event streams: whatever the bytes and wherever they are cut, the events are the same.
#![no_main]

#[path = "../../crates/openai-runtime/tests/support/book.rs"]
mod book;

use book::{Event, by_the_book};
use libfuzzer_sys::fuzz_target;
use openai_runtime::sse::Decoder;

fuzz_target!(|data: &[u8]| {
    // The first byte tells how the others are cut: into pieces of one size, or after each byte that is less.
    let Some((cut, bytes)) = data.split_first() else { return };
    let expected = by_the_book(bytes);
    assert_eq!(decode([bytes]), expected);
    assert_eq!(decode(bytes.chunks(1)), expected);
    assert_eq!(decode(bytes.chunks(usize::from(*cut).max(1))), expected);
    assert_eq!(decode(bytes.split_inclusive(|byte| byte < cut)), expected);
});

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event().expect("no input is that large") {
            events.push((event.name.to_vec(), event.data.to_vec(), event.id.to_vec()));
        }
    }
    events
}
