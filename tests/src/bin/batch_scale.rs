//! `batch_scale [REQUESTS [A_BATCH]]`: that many chat completions through the Batch API, against the mock in a process of
//! its own. Prints the time, the peak of memory and whether each request got its result once; fails if not, or if memory
//! was not flat.

#![forbid(unsafe_code)]

use std::error::Error;
use std::io::Read;
use std::time::{Duration, Instant};

use acceptance::batches::{self, Report};
use acceptance::process::{Server, memory, peak_memory};
use openai_ext::Client;
use openai_ext_mock::MockServer;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The bound of the client's memory, in bytes.
const MOST_MEMORY: u64 = 200 * 1024 * 1024;

/// Larger than the largest file of a batch with its form.
const BODY_LIMIT: usize = 256 * 1024 * 1024;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        [] => run(120_000, 50_000),
        [requests] => run(requests.parse()?, 50_000),
        [requests, a_batch] => run(requests.parse()?, a_batch.parse()?),
        _ => Err("usage: batch_scale [REQUESTS [A_BATCH]]".into()),
    }
}

/// The mock, until whoever started it is gone.
fn serve() -> Outcome<()> {
    let server = MockServer::builder().body_limit(BODY_LIMIT).keep_requests(0).start().wait()?;
    println!("{}", server.base_url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn run(requests: u64, a_batch: u64) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for in_order in [false, true] {
        let server = Server::start(&["serve"])?;
        let client =
            Client::builder().base_url(&server.url).api_key("any").timeout(Duration::from_secs(1800)).build()?;
        let (started, before) = (Instant::now(), memory()?);
        let report = runtime.block_on(batches::run(&client, requests, a_batch, in_order, None))?;
        let wanted = usize::try_from(requests.div_ceil(a_batch))?;
        let peak = peak_memory()?;
        println!(
            "{}",
            json!({
                "requests": requests, "in_input_order": in_order, "batches": report.batches,
                "answered": report.answered, "failed": report.failed, "twice": report.twice, "paid": report.paid,
                "seconds": started.elapsed().as_secs_f64(), "memory_before": before, "peak_memory": peak,
            })
        );
        let good = Report { answered: requests, failed: 0, twice: 0, batches: wanted, paid: wanted, parts: wanted };
        if report != good {
            return Err(format!("{report:?} is not {good:?}").into());
        }
        if peak > MOST_MEMORY {
            return Err(format!("the client took {peak} bytes").into());
        }
    }
    Ok(())
}
