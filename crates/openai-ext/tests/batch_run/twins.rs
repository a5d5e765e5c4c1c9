//! Nothing is paid twice, or the run says so: requests that the server carries out although nobody has the response, by a
//! server in memory and tokio's clock.

use std::collections::BTreeSet;

use http::Method;
use openai_ext::batches::{BatchEvent, BatchOutput, BatchRun, BatchSummary};
use openai_ext::{Error, ErrorKind};

use super::hostile::{Hostile, Listing, Manners, Outcome};
use super::*;

/// Ways to carry out a request without saying so.
const CARRIED_OUT: [Outcome; 10] = [
    Outcome::Status(500),
    Outcome::Status(502),
    Outcome::Status(503),
    Outcome::Status(504),
    Outcome::Status(408),
    Outcome::Status(409),
    Outcome::Page,
    Outcome::Blank,
    Outcome::Silence,
    Outcome::Lost,
];

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// The outcome of a run: the indices of its results, the batches that they are of, and the summary.
struct Ran {
    indices: Vec<u64>,
    used: BTreeSet<String>,
    summary: BatchSummary,
}

async fn ran<T: BatchOutput>(run: BatchRun<T>) -> Result<Ran, Error> {
    let mut events = run.events();
    let (mut indices, mut used) = (Vec::new(), BTreeSet::new());
    while let Some(event) = events.next().await {
        if let BatchEvent::Result(result) = event? {
            assert!(result.result.is_ok(), "{:?}", result.result.err());
            indices.push(result.index);
            used.insert(result.batch_id);
        }
    }
    indices.sort_unstable();
    Ok(Ran { indices, used, summary: events.summary().clone() })
}

/// Checks that all results are there, and that the summary names all that the server has beyond what was used.
fn check(server: &Hostile, ran: &Ran, requests: u64, case: &str) {
    assert_eq!(ran.indices, (0..requests).collect::<Vec<_>>(), "{case}");
    let summary = &ran.summary;
    let mut inputs = BTreeSet::new();
    let mut cancelled = 0;
    for batch in server.batches() {
        let is_used = ran.used.contains(&batch.id);
        assert_ne!(is_used, summary.twin_batch_ids.contains(&batch.id), "{case}: {} in {summary:?}", batch.id);
        if is_used {
            inputs.insert(batch.input.clone());
        }
        cancelled += u64::from(server.status(&batch).starts_with("cancel"));
    }
    assert_eq!(summary.twin_batches_cancelled, cancelled, "{case}: {summary:?}");
    for (id, file) in server.files() {
        let is_output = ran.used.iter().any(|batch| id == format!("file-of-{batch}"));
        assert!(inputs.contains(&id) || is_output, "{case}: {id} ({}) is left over", file.name);
    }
    assert_eq!(summary.twin_files, summary.twin_files_deleted, "{case}: {summary:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_late_is_not_made_again() -> TestResult {
    for outcome in CARRIED_OUT {
        for hidden in [0.0, 0.1, 3.0, 30.0, 59.0] {
            for (has_metadata, listing) in [(true, Listing::Newest), (false, Listing::Newest), (true, Listing::Oldest)]
            {
                for uploads in [false, true] {
                    let case = format!("{outcome:?}, {hidden} s, {has_metadata}, {listing:?}, {uploads}");
                    let server =
                        Hostile::new(Manners { hidden: seconds(hidden), has_metadata, listing, ..Manners::default() });
                    let end = if uploads { Hostile::uploads_end } else { Hostile::creations_end };
                    end(&server, [outcome; 3]);
                    let client = server.client()?;
                    let run = client.batches().run(requests(&client, 3));
                    let ran = ran(run).await.map_err(|error| format!("{case}: {error}"))?;
                    check(&server, &ran, 3, &case);
                    assert_eq!((server.batches().len(), server.inputs().len()), (1, 1), "{case}");
                    assert_eq!((ran.summary.unconfirmed, ran.summary.twin_batches), (0, 0), "{case}");
                }
            }
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_was_not_carried_out_is_made_after_the_window() -> TestResult {
    for window in [0.0, 1.0, 60.0, 300.0] {
        for uploads in [false, true] {
            let server = Hostile::new(Manners::default());
            let end = if uploads { Hostile::uploads_end } else { Hostile::creations_end };
            end(&server, [Outcome::Dropped, Outcome::Refused(429), Outcome::Refused(503)]);
            let client = server.client()?;
            let start = tokio::time::Instant::now();
            let run = client.batches().run(requests(&client, 3)).with_lookup_window(seconds(window));
            let ran = ran(run).await?;
            check(&server, &ran, 3, "dropped");
            assert_eq!((server.batches().len(), server.inputs().len()), (1, 1));
            assert_eq!((ran.summary.unconfirmed, ran.summary.twins_unchecked), (2, false));
            // A window for each of two requests, and one at the end.
            let took = start.elapsed();
            assert!(took >= seconds(2.0 * window) && took < seconds(3.0 * window + 60.0), "{window}: {took:?}");
            // All requests for the same thing have the same key.
            let path = if uploads { "/files" } else { "/batches" };
            let keys: BTreeSet<String> = server
                .requests()
                .into_iter()
                .filter(|(method, of, _)| method == Method::POST && of == path)
                .map(|(.., headers)| format!("{:?}", headers.get("idempotency-key")))
                .collect();
            assert_eq!((server.count(&Method::POST, path), keys.len()), (4, 1));
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_twin_that_appears_later_is_cancelled_and_named() -> TestResult {
    for (outcome, hidden, work) in [
        // It is found while the batch runs.
        (Outcome::Status(504), 90.0, 3600.0),
        (Outcome::Lost, 700.0, 3600.0),
        // It is found at the end, before and after the twin has ended.
        (Outcome::Status(504), 90.0, 80.0),
        (Outcome::Status(500), 70.0, 5.0),
    ] {
        for uploads in [false, true] {
            let case = format!("{outcome:?}, {hidden} s, {work} s, {uploads}");
            let server = Hostile::new(Manners { hidden: seconds(hidden), work: seconds(work), ..Manners::default() });
            let end = if uploads { Hostile::uploads_end } else { Hostile::creations_end };
            end(&server, [outcome]);
            let client = server.client()?;
            let ran =
                ran(client.batches().run(requests(&client, 3))).await.map_err(|error| format!("{case}: {error}"))?;
            check(&server, &ran, 3, &case);
            assert_eq!(ran.summary.unconfirmed, 1, "{case}");
            let twins = if uploads { (0, 1) } else { (1, 0) };
            let files = ran.summary.twin_files - (ran.summary.twin_batches - ran.summary.twin_batches_cancelled);
            assert_eq!((ran.summary.twin_batches, files), twins, "{case}: {:?}", ran.summary);
            assert_eq!(server.batches().len(), 1 + usize::from(!uploads), "{case}");
            if work > 1000.0 {
                assert_eq!(
                    ran.summary.twin_batches, ran.summary.twin_batches_cancelled,
                    "{case}: it was cancelled early"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_the_network_sends_twice_is_found() -> TestResult {
    for has_metadata in [true, false] {
        for uploads in [false, true] {
            let server = Hostile::new(Manners { has_metadata, ..Manners::default() });
            let end = if uploads { Hostile::uploads_end } else { Hostile::creations_end };
            end(&server, [Outcome::Twice, Outcome::Twice]);
            let client = server.client()?;
            let ran = ran(client.batches().run(requests(&client, 5)).with_max_requests_per_batch(2)).await?;
            check(&server, &ran, 5, "twice");
            let twins = (ran.summary.twin_batches, ran.summary.twin_files, ran.summary.unconfirmed);
            // Those of the batches are their results.
            assert_eq!(twins, if uploads { (0, 2, 0) } else { (2, 2, 0) }, "{:?}", ran.summary);
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_server_that_knows_the_key_is_believed() -> TestResult {
    // Nothing is ever in its list.
    let server = Hostile::new(Manners { knows_keys: true, hidden: seconds(1e6), ..Manners::default() });
    server.creations_end([Outcome::Status(504), Outcome::Lost, Outcome::Status(409)]);
    server.uploads_end([Outcome::Lost, Outcome::Status(502)]);
    let client = server.client()?;
    let ran = ran(client.batches().run(requests(&client, 3))).await?;
    check(&server, &ran, 3, "keys");
    assert_eq!((server.batches().len(), server.inputs().len()), (1, 1));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_list_ends_and_says_so() -> TestResult {
    for listing in [
        Listing::Status(404),
        Listing::Status(405),
        Listing::Status(403),
        Listing::Status(501),
        Listing::Page,
        Listing::Endless,
    ] {
        for outcome in [Outcome::Good, Outcome::Lost] {
            let server = Hostile::new(Manners { listing, ..Manners::default() });
            server.creations_end([outcome]);
            let client = server.client()?;
            let ran = ran(client.batches().run(requests(&client, 3))).await?;
            assert_eq!(ran.indices, [0, 1, 2]);
            assert_eq!(ran.summary.unconfirmed, u64::from(outcome == Outcome::Lost), "{listing:?}");
            assert!(ran.summary.twins_unchecked, "{listing:?}");
        }
    }
    Ok(())
}

/// A list that fails for now may be read later: nothing is made twice in the dark.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_makes_no_second_batch() -> TestResult {
    for listing in [Listing::Status(500), Listing::Status(429), Listing::Silence] {
        let server = Hostile::new(Manners { listing, ..Manners::default() });
        server.creations_end([Outcome::Status(504)]);
        let (client, folder) = (server.client()?, Folder::new(&format!("no-list-{listing:?}")));
        let run = client.batches().run(requests(&client, 3)).with_state_file(folder.state());
        let error = ran(run).await.err().ok_or("no error")?;
        assert!(error.message().contains("it is unknown whether the server carried out a request"), "{error}");
        assert_eq!(server.batches().len(), 1);
        let limited = client.batches().resume::<openai_ext::types::ChatCompletion>(folder.state());
        let error = ran(limited.with_deadline(seconds(5.0))).await.err().ok_or("no error")?;
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(server.batches().len(), 1);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn small_pages_are_read_over() -> TestResult {
    let server = Hostile::new(Manners { most_a_page: 20, hidden: seconds(3.0), ..Manners::default() });
    server.creations_end([Outcome::Lost, Outcome::Lost]);
    server.uploads_end([Outcome::Good, Outcome::Lost]);
    let client = server.client()?;
    let ran = ran(client.batches().run(requests(&client, 60)).with_max_requests_per_batch(1)).await?;
    check(&server, &ran, 60, "small pages");
    assert_eq!((server.batches().len(), server.inputs().len()), (60, 60));
    Ok(())
}

/// A process that ends at a moment, and one that goes on: by a server that carries out each request late.
#[tokio::test(start_paused = true)]
async fn a_process_that_is_killed_at_any_moment_pays_for_nothing_twice() -> TestResult {
    let (mut kills, mut most) = (0, 0);
    for seed in 0..60_u64 {
        let mut random = Random(seed);
        let manners = Manners {
            delay: Duration::from_millis(250),
            hidden: Duration::from_millis(random.below(3000)),
            has_metadata: random.below(2) == 0,
            ..Manners::default()
        };
        let (server, folder) = (Hostile::new(manners), Folder::new(&format!("kills-{seed}")));
        let mut lives = 0;
        let ran = loop {
            let client = server.client()?;
            let run = client.batches().run_or_resume(folder.state(), requests(&client, 12));
            let run = run.with_max_requests_per_batch(5).with_poll_interval(seconds(1.0));
            // Not longer than the window, and often in the midst of a request.
            let life = Duration::from_millis(random.below(1500));
            let ran = match lives {
                0..12 => tokio::time::timeout(life, ran(run)).await,
                _ => Ok(ran(run).await),
            };
            match ran {
                Ok(Err(error)) if error.message().contains("is locked") => tokio::task::yield_now().await,
                Ok(ran) => break ran.map_err(|error| format!("seed {seed}: {error}"))?,
                Err(_) => lives += 1,
            }
        };
        check(&server, &ran, 12, &format!("seed {seed}"));
        assert_eq!(server.batches().len(), 3, "seed {seed}: {:?}", ran.summary);
        kills += lives;
        most = most.max(lives);
    }
    println!("{kills} kills, at most {most} of a run");
    assert!(kills > 200);
    Ok(())
}

/// The same by a window that is too short: what exists twice is named and cancelled.
#[tokio::test(start_paused = true)]
async fn a_window_that_is_too_short_is_told() -> TestResult {
    let mut twins = 0;
    for seed in 0..40_u64 {
        let mut random = Random(seed);
        let manners = Manners {
            delay: Duration::from_millis(250),
            hidden: seconds(2.0),
            work: seconds(120.0),
            ..Manners::default()
        };
        let (server, folder) = (Hostile::new(manners), Folder::new(&format!("short-{seed}")));
        let mut lives = 0;
        let ran = loop {
            let client = server.client()?;
            let run = client.batches().run_or_resume(folder.state(), requests(&client, 12));
            let run = run.with_max_requests_per_batch(5).with_lookup_window(Duration::from_millis(random.below(2000)));
            let life = Duration::from_millis(random.below(1500));
            let ran = if lives < 8 { tokio::time::timeout(life, ran(run)).await } else { Ok(ran(run).await) };
            match ran {
                Ok(Err(error)) if error.message().contains("is locked") => tokio::task::yield_now().await,
                Ok(ran) => break ran.map_err(|error| format!("seed {seed}: {error}"))?,
                Err(_) => lives += 1,
            }
        };
        check(&server, &ran, 12, &format!("seed {seed}"));
        let beyond = server.batches().len() as u64 - 3;
        assert_eq!((ran.summary.twin_batches, ran.summary.twin_batches_cancelled), (beyond, beyond), "seed {seed}");
        assert!(ran.summary.unconfirmed >= beyond, "seed {seed}");
        twins += beyond;
    }
    println!("{twins} twins");
    assert!(twins > 0);
    Ok(())
}
