//! A server that repeats the credentials that it was sent, in every place and in several spellings, to every operation:
//! nothing of them is in an error, its causes, its headers, a span or an event of the log.

mod echo;
mod few;
mod log;
mod ways;

use std::sync::Arc;

use acceptance::calls::entry::{Entry, Input, Reading};
use acceptance::calls::sample::{Fill, Sample, Sampler};
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

/// Each operation with its sample.
type Cases = Arc<Vec<(&'static Entry, Sample)>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_operation_shows_a_credential() {
    let document = acceptance::document().unwrap();
    let log = log::start();
    let entries = CALLS.iter().copied().flatten();
    let sampled = |entry: &'static Entry| {
        let operation = find(&document, entry.id).unwrap();
        (entry, Sampler::new(&document, Fill::Required, 0).with(entry.arguments).request(operation, entry.media))
    };
    let cases: Cases = Arc::new(entries.map(sampled).collect());
    assert_eq!(cases.len(), OPERATIONS.len());
    let tried: Vec<_> = ways::WAYS.into_iter().map(|way| tokio::spawn(try_way(way, cases.clone()))).collect();
    let (mut errors, mut leaks) = (0, Vec::new());
    for way in tried {
        let (of_way, found) = way.await.unwrap();
        errors += of_way;
        leaks.extend(found);
        leaks.extend(echo::leak(&log.take()).map(|found| format!("the log: {found}")));
    }
    let calls = cases.len() * PLACES.len() * ways::WAYS.len();
    let first = &leaks[..leaks.len().min(20)];
    assert!(leaks.is_empty(), "{} of {calls} calls leak, of which the first:\n{}", leaks.len(), first.join("\n"));
    assert!(errors > calls / 2, "{errors} errors");
    println!("{calls} calls of {} operations, {errors} errors, 0 leaks", cases.len());
}

/// Calls each operation with the credential that is given in one way; the number of errors, and what shows the credential.
async fn try_way((way, make): (&'static str, ways::Way), cases: Cases) -> (usize, Vec<String>) {
    let (mut errors, mut leaks) = (0, Vec::new());
    for (place, reading) in PLACES {
        let echo = Arc::new(Echo::new(place));
        let (client, options) = make(echo.clone());
        for (entry, sample) in &*cases {
            let input = Input::new(sample.clone()).reading(reading, options);
            let answered = (entry.call)(&client, &input).unwrap().await;
            errors += usize::from(!answered.shown.is_empty());
            let found = echo::leak(&answered.shown);
            leaks.extend(found.map(|found| format!("{} by {way} at {place:?}: {found}", entry.id)));
        }
        assert_eq!(echo.carried(), cases.len(), "each request carries the credential: {way}");
    }
    (errors, leaks)
}
