//! Runs of assistants: what the events of a run come to, and what each of them means.
//!
//! Requires the feature `beta`.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::assistants::AssistantEvent;
//!
//! # async fn run(client: Client) -> openai_ext::Result<()> {
//! let call = client.beta().threads().runs().create("thread_1", "asst_1");
//! let mut events = call.stream_events().await?;
//! while let Some(event) = events.next().await {
//!     match event? {
//!         AssistantEvent::TextDelta { delta, .. } => print!("{delta}"),
//!         AssistantEvent::ToolCallCreated { call, .. } => println!("{call:?}"),
//!         _ => {}
//!     }
//! }
//! println!("{} messages", events.messages().len());
//! # Ok(())
//! # }
//! ```

mod accumulator;
mod event;
mod merge;
mod messages;
mod objects;
mod placements;
mod steps;
mod stream;
#[cfg(feature = "tools")]
mod tools;

pub use accumulator::AssistantAccumulator;
pub use event::AssistantEvent;
pub use stream::{AssistantStream, AssistantStreamExt, AssistantTextStream};
#[cfg(feature = "tools")]
pub use tools::{AssistantToolRun, AssistantToolRunner, AssistantTools};
