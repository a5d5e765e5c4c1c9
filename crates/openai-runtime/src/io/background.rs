//! The runtime that serves blocking waits.

use std::future::pending;
use std::io;
use std::sync::OnceLock;
use std::thread;

use tokio::runtime::{Builder, Handle};

static RUNTIME: OnceLock<Result<Handle, String>> = OnceLock::new();

/// Returns the runtime that all blocking waits of a program share, with a thread of its own that drives connections and
/// timers: connections outlive calls.
pub(crate) fn runtime() -> Result<&'static Handle, &'static str> {
    RUNTIME.get_or_init(|| start().map_err(|error| error.to_string())).as_ref().map_err(String::as_str)
}

/// Starts the thread. The runtime for one thread is enough, and tokio has no other one for browsers, where the feature
/// `blocking` of tokio would fail before this crate can tell why.
fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().thread_name("openai").enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("openai".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}

/// Returns true if this thread is in the background runtime.
pub(crate) fn is_current() -> bool {
    let Some(Ok(runtime)) = RUNTIME.get() else { return false };
    Handle::try_current().is_ok_and(|current| current.id() == runtime.id())
}
