//! The core paths of the SDK, one at a time, for a tool that counts instructions: `cargo xtask bench --bounds`.
//!
//! `instructions list` prints the names of the paths with the number of runs that suits each; `instructions NAME COUNT` runs
//! one of them and prints the allocations of a run. The difference of two counts, divided, is the cost of one run.

#![forbid(unsafe_code)]

mod calls;
mod codec;
mod server;
mod streams;

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A path: its name, the number of runs that one measurement takes, and the function that prepares it.
struct Path(&'static str, u32, fn() -> Box<dyn FnMut()>);

const PATHS: &[Path] = &[
    Path("decode-response-event", 2_000, codec::response_event),
    Path("decode-chat-chunk", 2_000, codec::chat_chunk),
    Path("decode-chat-completion", 1_000, codec::chat_completion),
    Path("decode-response", 100, codec::response),
    Path("encode-response", 100, codec::encode_response),
    Path("decode-embeddings-list", 10, codec::embeddings_list),
    Path("decode-embeddings-base64", 20, codec::embeddings_base64),
    Path("stream-response-events", 4, streams::response_events),
    Path("stream-chat-chunks", 4, streams::chat_chunks),
    Path("stream-large-event", 2, streams::large_event),
    Path("call-in-process", 200, calls::in_process),
    Path("call-over-loopback", 200, calls::over_loopback),
    Path("call-parse", 100, calls::parse),
    Path("run-tools", 50, calls::run_tools),
    Path("pages", 20, calls::pages),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => PATHS.iter().for_each(|Path(name, count, _)| println!("{name} {count}")),
        ["serve"] => server::serve(),
        [name, count] => match (PATHS.iter().find(|path| path.0 == name), count.parse()) {
            (Some(path), Ok(count)) => run(path, count),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() {
    eprintln!("usage: instructions list | instructions NAME COUNT");
    std::process::exit(2);
}

fn run(Path(name, _, prepare): &Path, count: u32) {
    let mut run = prepare();
    // The first run fills caches, makes tables and connects.
    run();
    let region = Region::new(ALLOCATOR);
    (0..count).for_each(|_| run());
    let stats = region.change();
    let each = |total: usize| total / count.max(1) as usize;
    println!("{name}: {} allocations, {} bytes", each(stats.allocations), each(stats.bytes_allocated));
}
