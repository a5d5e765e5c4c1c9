//! Live sessions over WebSocket: a model that hears and speaks at the same time, and hands work on while it does.
//!
//! Requires the feature `live`.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::types::{LiveServerEvent, LiveSessionCreateParams};
//!
//! # async fn run(client: Client, audio: &[u8]) -> openai_ext::Result<()> {
//! let session = LiveSessionCreateParams::new("gpt-live-1").instructions("Be brief.");
//! let mut connection = client.live().connect(session).await?; // the session has started
//! connection.append_audio(audio).await?;
//! while let Some(event) = connection.next().await {
//!     match event? {
//!         LiveServerEvent::SessionOutputTranscriptDelta(event) => print!("{}", event.delta),
//!         LiveServerEvent::SessionDelegationCreated(event) => {
//!             connection.commentary_append(&event.delegation.id, "I am looking it up.").await?;
//!             break;
//!         }
//!         _ => {} // also `Unknown`, and `Error`, after which the session goes on
//!     }
//! }
//! let closed = connection.finish().await?;
//! println!("{}: {} s", closed.reason.as_str(), closed.usage.seconds);
//! # Ok(())
//! # }
//! ```
//!
//! [`Connection`](crate::websocket::Connection) documents every connection: its end, the task that drives it, its halves.
//!
//! | Connection | Opened by | Made anew | Start of the session |
//! |---|---|---|---|
//! | Primary | [`live().connect(session)`](LiveExt::connect) | never | `session.start` is sent, and `session.started` awaited |
//! | Fork of a stored session | [`live().forks().connect(id)`](LiveForks::connect) | never | the same |
//! | Sideband of a running session | [`live().sideband().connect(id)`](LiveSideband::connect) | by `with_reconnect` | none |
//!
//! A session ends with its primary connection. So nothing that was said on one is sent again: an event that was not
//! written is handed back by [`send`](crate::websocket::Sender::send) or
//! [`take_unsent`](crate::websocket::Sender::take_unsent), one of which it is not known whether the server got it by `send` or
//! [`take_uncertain`](crate::websocket::Sender::take_uncertain). After `session.close` nothing can be sent, and a second one has
//! no effect. The server's last event is `session.closed`, after which the stream ends. A connection that ends without
//! it was lost: the stream ends with an error, also after a close with code 1000.

mod connect;
mod events;
#[cfg(feature = "responses")]
mod responses;
mod sender;
mod session;
mod state;

pub use connect::{LiveConnect, LiveExt, LiveForks, LiveSideband, LiveSidebandConnect};
pub use events::LiveServerEventExt;
#[cfg(feature = "responses")]
pub use responses::LiveResponseEventExt;
pub use sender::LiveControlEvent;
pub use session::IntoLiveSession;
pub use state::LiveState;

use crate::support::websocket::{Connection, Receiver, SendError, Sender, Update};
use crate::types::{LiveClientEvent, LiveServerEvent, LiveSidebandClientEvent, LiveSidebandServerEvent};

/// The connection of a Live session, or of the fork of one.
pub type LiveConnection = Connection<LiveClientEvent, LiveServerEvent>;
/// The half of a Live connection that sends.
pub type LiveSender = Sender<LiveClientEvent>;
/// The half of a Live connection that receives.
pub type LiveReceiver = Receiver<LiveServerEvent>;
/// An event that was not sent, and why.
pub type LiveSendError = SendError<LiveClientEvent>;

/// A connection beside that of a Live session.
pub type LiveSidebandConnection = Connection<LiveSidebandClientEvent, LiveSidebandServerEvent>;
/// The half of a sideband connection that sends.
pub type LiveSidebandSender = Sender<LiveSidebandClientEvent>;
/// The half of a sideband connection that receives.
pub type LiveSidebandReceiver = Receiver<LiveSidebandServerEvent>;
/// An event that was not sent over a sideband connection, and why.
pub type LiveSidebandSendError = SendError<LiveSidebandClientEvent>;
/// An event or a new connection, of a sideband connection that may be made anew.
pub type LiveSidebandUpdate = Update<LiveSidebandServerEvent>;
