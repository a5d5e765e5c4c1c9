//! Checks that run in a browser, against a mock whose scripts are in `driver/src/scripts.rs`. A line each: `ok NAME` or
//! `fail NAME: REASON`.

mod calls;
mod failures;
mod files;

use std::time::Duration;

use openai_ext::{Client, ClientBuilder};
use wasm_bindgen::prelude::*;

/// The reason why a check failed.
type Checked = Result<(), String>;

/// The servers that the checks call.
struct Servers {
    /// The mock with CORS.
    mock: String,
    /// One without CORS.
    closed: String,
    /// One whose streams have no end.
    endless: String,
}

impl Servers {
    fn builder(&self) -> ClientBuilder<Client> {
        Client::builder().base_url(&self.mock).api_key("sk-mock")
    }

    fn client(&self) -> Result<Client, String> {
        self.builder().build().map_err(text)
    }
}

/// Runs all checks, and calls `show` with a line for each.
#[wasm_bindgen]
pub async fn run(mock: String, closed: String, endless: String, show: js_sys::Function) {
    let servers = Servers { mock, closed, endless };
    let note = |name: &str, checked: Checked| {
        let line = match checked {
            Ok(()) => format!("ok {name}\n"),
            Err(reason) => format!("fail {name}: {}\n", reason.replace('\n', " ")),
        };
        // The driver misses a line that is not shown.
        let _ = show.call1(&JsValue::NULL, &line.into());
    };
    note("list", calls::list(&servers).await);
    note("post", calls::post(&servers).await);
    note("events", calls::events(&servers).await);
    note("responses", calls::responses(&servers).await);
    note("structured", calls::structured(&servers).await);
    note("tools", calls::tools(&servers).await);
    note("gzip", calls::gzip(&servers).await);
    note("random", calls::random(&servers).await);
    note("retry", failures::retry(&servers).await);
    note("retry-date", failures::retry_date(&servers).await);
    note("timeout", failures::timeout(&servers).await);
    note("timers", failures::timers(&servers).await);
    note("no-limit", failures::no_limit(&servers).await);
    note("silence", failures::silence(&servers).await);
    note("abort", failures::abort(&servers).await);
    note("cors", failures::cors(&servers).await);
    note("upload", files::upload(&servers).await);
    note("upload-stream", files::upload_stream(&servers).await);
    note("paths", files::paths(&servers).await);
}

/// Returns what is shown of a value.
fn text(value: impl std::fmt::Display) -> String {
    value.to_string()
}

/// Fails with a reason unless it holds.
fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(reason()) }
}

/// The time of the page.
fn elapsed(since: f64) -> Duration {
    Duration::from_secs_f64(((js_sys::Date::now() - since) / 1000.0).max(0.0))
}

/// Takes a future that can be sent between threads, as all of the SDK can.
fn sendable<F: Future + Send>(future: F) -> F {
    future
}
