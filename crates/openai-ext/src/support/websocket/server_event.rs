//! The events that a server and a client send over a connection.

use openai_runtime::json::Json;

use crate::Result;

/// An event that a client sends over a WebSocket of the API.
pub trait ClientEvent: Json {
    /// Returns true for the event that asks the server to end the session: no other may follow it, and a second one has
    /// no effect.
    fn ends_session(&self) -> bool {
        false
    }
}

/// An event that a server sends over a WebSocket of the API.
pub trait ServerEvent: Json + Default + Send + 'static {
    /// Puts the events of a connection together. A connection that is made anew starts with an empty one.
    type Accumulator: Default + Send + Sync;

    /// True if the server says by an event that the session is over. A connection that ends without that event was lost,
    /// whatever the code of its close is.
    const ANNOUNCES_END: bool = false;

    /// Returns what the event says of the session itself.
    fn stage(&self) -> SessionStage {
        SessionStage::Underway
    }

    /// Takes note of an event as it arrives.
    fn note(&self, accumulator: &mut Self::Accumulator) {
        let _ = accumulator;
    }
}

/// An event of a connection that may be made anew, because a new connection reaches the same session, or because its
/// sessions keep nothing that the caller cannot say again.
///
/// The connection of a Live session ends with it, so the compiler refuses to have it made anew:
///
/// ```compile_fail,E0277
/// use openai_ext::prelude::*;
/// use openai_ext::websocket::Reconnect;
/// # #[cfg(not(feature = "live"))]
/// # compile_error!("an example of the feature `live`");
/// # #[cfg(feature = "live")]
/// # async fn run(client: Client, session: openai_ext::types::LiveSessionCreateParams) -> openai_ext::Result<()> {
/// let connection = client.live().connect(session).with_reconnect(Reconnect::new()).await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "this connection is never made anew",
    label = "its session ends with the connection, and nothing is sent twice",
    note = "open another session, and decide which of the events of `take_unsent()` it is to have"
)]
pub trait Reconnectable: ServerEvent {}

/// An event of a session that ends by an event of the server, after [`finish`](super::Connection::finish) asked for it.
pub trait EndingSession: ServerEvent {
    /// The end of the session, as far as it is there.
    type Ending: Default + Clone + Send + Sync + 'static;
    /// The end of the session.
    type End;

    /// The event by which the client ends the session, as JSON.
    const CLOSE: &'static str;

    /// Begins with what came before.
    fn begin(accumulator: &Self::Accumulator) -> Self::Ending;

    /// Goes on with what came while an earlier `finish` waited. `begun` is the end as [`begin`](Self::begin) has it now.
    fn go_on(kept: Self::Ending, begun: Self::Ending) -> Self::Ending {
        let _ = kept;
        begun
    }

    /// Adds an event.
    ///
    /// # Errors
    /// The event cannot be read.
    fn add(&self, ending: &mut Self::Ending) -> Result<()>;

    /// Returns the bytes that are kept of what was added.
    fn size(ending: &Self::Ending) -> usize {
        let _ = ending;
        0
    }

    /// Returns the end once the server has announced it.
    fn end(ending: &Self::Ending) -> Option<Self::End>;
}

/// The part of its life that a session is in after an event of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionStage {
    /// The session has started.
    Started,
    /// The session goes on.
    Underway,
    /// Something went wrong. The session goes on if it had started.
    Failed,
    /// The session is over.
    Ended,
}
