//! A server that repeats the credentials that it was sent, in every place and in several spellings, to every operation:
//! nothing of them is in an error, its causes, its headers, a span or an event of the log.

mod echo;
mod few;
mod log;
mod ways;

use std::sync::Arc;

use acceptance::calls::entry::{Entry, Input, Reading};
use acceptance::calls::sample::{Fill, Sampler};
use acceptance::contract::{CALLS, find};
use echo::{Echo, Place};
use openai_raw::index::OPERATIONS;

/// The places of an echo that each operation gets; the others are for the few of `few`.
const PLACES: [(Place, Reading); 7] = [
    (Place::Undecodable, Reading::Shown),
    (Place::Reported, Reading::Shown),
    (Place::BadRequest, Reading::Shown),
    (Place::ServerError, Reading::Shown),
    (Place::HeadersAndIds, Reading::Shown),
    (Place::EventError, Reading::ShownEvents),
    (Place::EventUnreadable, Reading::ShownEvents),
];

#[tokio::test]
async fn no_operation_shows_a_credential() {
    let document = acceptance::document().unwrap();
    let log = log::start();
    let entries: Vec<&Entry> = CALLS.iter().copied().flatten().collect();
    assert_eq!(entries.len(), OPERATIONS.len());
    let samples: Vec<_> = entries
        .iter()
        .map(|entry| {
            let operation = find(&document, entry.id).unwrap();
            Sampler::new(&document, Fill::Required, 0).with(entry.arguments).request(operation, entry.media)
        })
        .collect();
    let (mut calls, mut errors) = (0, 0);
    let mut leaks = Vec::new();
    for (way, make) in ways::WAYS {
        for (place, reading) in PLACES {
            let echo = Arc::new(Echo::new(place));
            let (client, options) = make(echo.clone());
            for (entry, sample) in entries.iter().zip(&samples) {
                let input = Input::new(sample.clone()).reading(reading, options);
                let answered = (entry.call)(&client, &input).unwrap().await;
                calls += 1;
                errors += usize::from(!answered.shown.is_empty());
                let found = echo::leak(&answered.shown);
                leaks.extend(found.map(|found| format!("{} by {way} at {place:?}: {found}", entry.id)));
            }
            leaks.extend(echo::leak(&log.take()).map(|found| format!("the log, by {way} at {place:?}: {found}")));
            assert_eq!(echo.carried(), entries.len(), "each request carries the credential: {way}");
        }
    }
    let first = &leaks[..leaks.len().min(20)];
    assert!(leaks.is_empty(), "{} of {calls} calls leak, of which the first:\n{}", leaks.len(), first.join("\n"));
    assert_eq!(calls, entries.len() * PLACES.len() * ways::WAYS.len());
    assert!(errors > calls / 2, "{errors} errors");
    println!("{calls} calls of {} operations, {errors} errors, 0 leaks", entries.len());
}
