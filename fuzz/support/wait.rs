//! Waits for a future on a thread's own runtime; making one for each input would be most of the work.

use std::future::IntoFuture;

use tokio::runtime::{Builder, Runtime};

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime without I/O");
}

/// Its output.
pub fn wait<F: IntoFuture>(future: F) -> F::Output {
    RUNTIME.with(|runtime| runtime.block_on(future.into_future()))
}
