//! Allocations an event, from bytes to the typed event, which is then dropped: `cargo run --release --bin allocations`.
//!
//! A program of its own, since counting takes time that the others measure.

use std::alloc::System;
use std::hint::black_box;

use openai_ext::types::{ChatCompletionChunk, ResponseStreamEvent};
use openai_runtime::json::{self, Json};
use openai_runtime::sse::Decoder;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

mod events;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    print::<ResponseStreamEvent>("response deltas", &events::deltas(false));
    print::<ResponseStreamEvent>("response deltas with padding", &events::deltas(true));
    print::<ChatCompletionChunk>("chat chunks", &events::chunks());
}

fn print<T: Json + Default>(name: &str, events: &[String]) {
    let reads: Vec<String> = events.chunks(20).map(|events| events.concat()).collect();
    let mut decoder = Decoder::new();
    let mut count = 0_usize;
    let region = Region::new(ALLOCATOR);
    for read in reads {
        decoder.push(read.as_bytes());
        while let Some(event) = decoder.next_event().expect("no event is too large") {
            drop(black_box(json::from_slice::<T>(event.data).expect("an event")));
            count += 1;
        }
    }
    let change = region.change();
    assert_eq!(count, events::EVENTS);
    let each = (change.allocations + change.reallocations) as f64 / count as f64;
    println!("{name}: {each:.2} allocations an event to the typed event");
}
