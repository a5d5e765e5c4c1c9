//! Our calls, by area. Each has a twin of the same name in `tests/differential/cases`, written by hand as well.

mod agents;
mod client;
mod files;
mod state;
mod text;

use std::error::Error;
use std::pin::Pin;

use openai_ext::{Client, EventStream, Value};
use serde::de::DeserializeOwned;

/// The end of a call. Nothing of an answer is looked at, for answers are made up.
type Outcome = Result<(), Box<dyn Error>>;

/// A call, given the client that it is to be made with.
pub type Case = fn(Client) -> Pin<Box<dyn Future<Output = Outcome>>>;

/// All calls with their names, in the order of the Python ones.
#[must_use]
pub fn all() -> Vec<(&'static str, Case)> {
    [text::CASES, files::CASES, state::CASES, agents::CASES, client::CASES].concat()
}

/// A table of functions by their names.
macro_rules! table {
    ($($name:ident),+ $(,)?) => {
        pub(super) const CASES: &[(&str, super::Case)] =
            &[$((stringify!($name), |client| Box::pin($name(client)))),+];
    };
}
use table;

/// Part of a body that is long as a tree of builders, read by the type it is for.
fn of<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(value)
}

/// Reads a stream to its end.
async fn drain<E>(mut stream: EventStream<E>) -> Outcome
where
    E: openai_ext::runtime::json::Json + Default + Unpin + 'static,
{
    while let Some(event) = stream.next().await {
        event?;
    }
    Ok(())
}
