//! The command line that all programs share: `PROGRAM call|stream|hold URL COUNT`.

use std::future::Future;

/// The work of a program: `COUNT` calls one after the other, `COUNT` streams one after the other, or `COUNT` streams at once.
pub struct Task {
    pub kind: String,
    pub url: String,
    pub count: usize,
}

pub fn task() -> Task {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().expect("call|stream|hold URL COUNT");
    Task { kind: word(), url: word(), count: word().parse().expect("a count") }
}

/// Runs a future on this thread alone, so that its time and its memory are all there is.
pub fn run(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future);
}

/// Prints the resident memory that each of the open streams takes, since `before`.
pub fn held(before: usize, count: usize) {
    println!("{}", (resident() - before) / count.max(1));
}

/// The resident memory of this process in bytes.
pub fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}
