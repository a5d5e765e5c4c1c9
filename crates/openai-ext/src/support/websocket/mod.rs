//! WebSockets of the API: the connection that the Realtime API and responses share.
//!
//! Requires the feature `websocket`.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//!
//! # #[cfg(feature = "realtime")]
//! # async fn run(client: Client) -> openai_ext::Result<()> {
//! let mut connection = client.realtime().connect("gpt-realtime").await?;
//! connection.send_text("Say hello").await?;
//! while let Some(event) = connection.next().await {
//!     println!("{:?}", event?);
//! }
//! # Ok(())
//! # }
//! ```
// Only responses have messages that are filed; with them, what nothing needs is found.
#![cfg_attr(not(feature = "responses"), allow(dead_code, unused_imports))]

mod arrivals;
mod connect;
mod core;
mod impls;
mod messages;
mod options;
mod send_error;
mod server_event;
mod session;
mod shared;
mod socket;
mod waker_set;

#[cfg(feature = "responses")]
pub(crate) use arrivals::{Desk, Filed, Inbox, Loss};
pub use connect::Connect;
pub use openai_runtime::WebSocketClosed;
pub use options::Reconnect;
pub use send_error::SendError;
pub use server_event::{ClientEvent, EndingSession, Reconnectable, ServerEvent, SessionStage};
pub use session::Finish;
#[cfg(feature = "responses")]
pub(crate) use socket::read;
pub use socket::{Connection, Receiver, Sender, Update};
