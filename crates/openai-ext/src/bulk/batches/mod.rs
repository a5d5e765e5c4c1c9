//! Any number of requests through the Batch API: written to files within its limits, uploaded, run as batches, waited for,
//! and given back as typed results. With a state file a run survives its process.
//!
//! Requires the features `batches` and `files`.
//!
//! ```no_run
//! # #[cfg(feature = "chat")]
//! # async fn example(client: openai_ext::Client) -> openai_ext::Result<()> {
//! use openai_ext::batches::BatchEvent;
//! use openai_ext::prelude::*;
//!
//! let completions = client.chat().completions();
//! let requests = (0..120_000).map(move |number| {
//!     completions.create("gpt-5.5", [Message::user(format!("Write {number} as a word."))])
//! });
//! // After a crash the same call goes on where it was.
//! let mut events = client.batches().run_or_resume("numbers.json", requests).events();
//! while let Some(event) = events.next().await {
//!     match event? {
//!         BatchEvent::Batch { part, batch, .. } => println!("batch {part}: {}", batch.status),
//!         BatchEvent::Result(result) => println!("{}: {:?}", result.index, result.result.map(|reply| reply.text().to_owned())),
//!         _ => {}
//!     }
//! }
//! println!("{:?}", events.summary());
//! # Ok(())
//! # }
//! ```
//!
//! No batch is paid for twice without a word. A request that may have been carried out is sent again only once nothing of it
//! was found on the server for a while ([`BatchRun::with_lookup_window`]). A second batch that appears nevertheless is
//! cancelled, its files are deleted, and [`BatchSummary::twin_batch_ids`] names it.
//!
//! Nothing is sent before all requests are written down, so that a mistake in the last of them costs nothing. Memory stays
//! flat: requests are in files before they are sent, results are in files before they are given, and of each custom id a hash
//! of 64 bits is kept while the files are written.

mod builder;
mod events;
mod ext;
mod input;
mod lines;
mod plan;
mod raw;
mod request;
mod rows;
mod run;
mod state;
mod store;

pub use builder::BatchRun;
pub use events::{BatchEvent, BatchEvents, BatchResult, BatchResults, BatchSummary};
pub use ext::BatchRunExt;
pub use request::{BatchItem, BatchOperation, BatchOutput, BatchRequest};
