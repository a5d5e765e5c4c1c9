//! The Realtime API over WebSocket: a session that hears and speaks.
//!
//! Requires the feature `realtime`.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::types::{RealtimeServerEvent, RealtimeSessionCreateRequest};
//!
//! # async fn run(client: Client) -> openai_ext::Result<()> {
//! let mut connection = client.realtime().connect("gpt-realtime").await?;
//! connection.session_update(RealtimeSessionCreateRequest::new().output_modalities(["text"])).await?;
//! connection.send_text("Say hello").await?;
//! let reply = connection.next_response().await?;
//! println!("{}", reply.text());
//!
//! // Or event by event.
//! connection.send_text("And now goodbye").await?;
//! while let Some(event) = connection.next().await {
//!     match event? {
//!         RealtimeServerEvent::ResponseOutputTextDelta(event) => print!("{}", event.delta),
//!         RealtimeServerEvent::ResponseDone(_) => break,
//!         _ => {}
//!     }
//! }
//! connection.close(1000, "").await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Connection`](crate::websocket::Connection) documents every connection: its end, the task that drives it, its halves.
//! An `error` event of the server is an event as any other, and the session goes on.

mod reply;
mod sender;
mod session;
mod stored;
#[cfg(feature = "tools")]
mod tools;

pub use crate::voice::translations;

pub use crate::support::websocket::{Reconnect, WebSocketClosed as RealtimeClosed};
pub use reply::{RealtimeAccumulator, RealtimeReply};
pub use session::{
    RealtimeConnect, RealtimeConnection, RealtimeExt, RealtimeReceiver, RealtimeSendError, RealtimeSender,
    RealtimeUpdate,
};
#[cfg(feature = "tools")]
pub use tools::{RealtimeToolRun, tools_of};
