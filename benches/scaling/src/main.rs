//! The cost of each unit (an event, a kilobyte, a page) as there are more of them: `cargo run --release -p scaling [PART]`.
//!
//! Run it in `benches/`. It prints a table of thread CPU time, the best of three tries, and exits with 1 if a unit costs more than 2.5 times as much
//! among ten times (bodies: eight times) as many, in each of three measurements. PART selects the rows that have it in their
//! names; `--most N` leaves out larger sizes.

mod bodies;
mod deltas;
mod server;

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use cpu_time::ThreadTime;

/// The most that a unit may cost among more of them.
const MOST_GROWTH: f64 = 2.5;
const TRIES: usize = 3;

/// A row of the table: does the work of so many units and returns its time, without what prepares it.
struct Row {
    name: String,
    unit: &'static str,
    sizes: Vec<usize>,
    run: Box<dyn Fn(usize) -> Duration>,
}

/// Has glibc keep its memory: for large texts, the kernel's work on fresh pages takes several times as long as all else.
const MEMORY: [(&str, &str); 2] =
    [("MALLOC_MMAP_THRESHOLD_", "2000000000"), ("MALLOC_TRIM_THRESHOLD_", "4000000000")];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if env::var_os(MEMORY[0].0).is_none() {
        let again = env::current_exe().and_then(|own| Command::new(own).args(&arguments).envs(MEMORY).status());
        return if again.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let most = arguments.iter().position(|argument| argument == "--most");
    let most = most.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(usize::MAX);
    let part = arguments.first().filter(|part| !part.starts_with("--"));
    let mut is_linear = true;
    println!("| Measured | Unit | Sizes | Time of a unit | Most growth |\n|---|---|---|---|---|");
    for row in deltas::rows().into_iter().chain(bodies::rows()) {
        if part.is_none_or(|part| row.name.contains(part)) {
            is_linear &= measure(row, most);
        }
    }
    if is_linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row. Returns if its cost is linear.
fn measure(mut row: Row, most: usize) -> bool {
    row.sizes.retain(|size| *size <= most);
    let mut growth = f64::INFINITY;
    let mut units = Vec::new();
    for _ in 0..TRIES {
        units = row.sizes.iter().map(|size| best(&row, *size)).collect();
        growth = units.windows(2).map(|pair| pair[1] / pair[0]).fold(0.0, f64::max);
        if growth <= MOST_GROWTH {
            break;
        }
    }
    let list = |texts: Vec<String>| texts.join(", ");
    println!(
        "| {} | {} | {} | {} ns | {growth:.2} |",
        row.name,
        row.unit,
        list(row.sizes.iter().map(|size| short(*size)).collect()),
        list(units.iter().map(|unit| format!("{unit:.0}")).collect()),
    );
    growth <= MOST_GROWTH
}

fn best(row: &Row, size: usize) -> f64 {
    let times = (0..TRIES).map(|_| (row.run)(size));
    times.min().unwrap_or_default().as_secs_f64() * 1e9 / size as f64
}

fn short(size: usize) -> String {
    match size {
        1_000_000.. if size.is_multiple_of(1_000_000) => format!("{}M", size / 1_000_000),
        1000.. if size.is_multiple_of(1000) => format!("{}k", size / 1000),
        _ => size.to_string(),
    }
}

/// Runs a future to its end on this thread, and returns its time.
fn timed<T>(work: impl Future<Output = openai_ext::Result<T>>) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let start = ThreadTime::now();
    let result = runtime.block_on(work);
    let time = start.elapsed();
    drop(std::hint::black_box(result.expect("the server's answers are good")));
    time
}
