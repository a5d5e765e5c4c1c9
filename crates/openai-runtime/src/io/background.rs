//! The runtime that serves blocking waits.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();

/// Returns the runtime that all blocking waits of a program share, with a thread of its own that drives connections and
/// timers: connections outlive calls.
pub(crate) fn runtime() -> Result<&'static Runtime, &'static str> {
    let start = || Builder::new_multi_thread().worker_threads(1).thread_name("openai").enable_all().build();
    RUNTIME.get_or_init(|| start().map_err(|error| error.to_string())).as_ref().map_err(String::as_str)
}

/// Returns true if this thread is in the background runtime.
pub(crate) fn is_current() -> bool {
    let Some(Ok(runtime)) = RUNTIME.get() else { return false };
    Handle::try_current().is_ok_and(|current| current.id() == runtime.handle().id())
}
