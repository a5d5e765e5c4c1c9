//! The state of a Live session, as its events tell of it.

use crate::Result;
use crate::support::websocket::{
    ClientEvent, Connection, EndingSession, Receiver, Reconnectable, ServerEvent, SessionStage,
};
use crate::types::{
    LiveClientEvent, LiveServerEvent, LiveSessionClosed, LiveSessionResourceParam, LiveSessionUsage,
    LiveSidebandClientEvent, LiveSidebandServerEvent,
};

/// The state of a Live session, as the events that came so far tell of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LiveState {
    /// The session, as `session.started` or `session.updated` has it.
    pub session: Option<LiveSessionResourceParam>,
    /// The usage so far, as `session.usage.updated` or `session.closed` has it.
    pub usage: Option<LiveSessionUsage>,
    /// The end of the session, with its reason.
    pub closed: Option<LiveSessionClosed>,
}

macro_rules! live_events {
    ($client:ident, $server:ident) => {
        impl ClientEvent for $client {
            fn ends_session(&self) -> bool {
                match self {
                    Self::SessionClose(_) => true,
                    Self::Unknown(event) => event.get("type").is_some_and(|kind| kind == "session.close"),
                    _ => false,
                }
            }
        }

        impl ServerEvent for $server {
            type Accumulator = LiveState;

            const ANNOUNCES_END: bool = true;

            fn stage(&self) -> SessionStage {
                match self {
                    Self::SessionStarted(_) => SessionStage::Started,
                    Self::Error(_) => SessionStage::Failed,
                    Self::SessionClosed(_) => SessionStage::Ended,
                    _ => SessionStage::Underway,
                }
            }

            fn note(&self, state: &mut LiveState) {
                match self {
                    Self::SessionStarted(event) => state.session = Some(event.session.clone()),
                    Self::SessionUpdated(event) => state.session = Some(event.session.clone()),
                    Self::SessionUsageUpdated(event) => state.usage = Some(event.usage.clone()),
                    Self::SessionClosed(event) => {
                        state.usage = Some(event.usage.clone());
                        state.closed = Some((**event).clone());
                    }
                    _ => {}
                }
            }
        }

        impl EndingSession for $server {
            type Ending = LiveState;
            type End = LiveSessionClosed;

            const CLOSE: &'static str = r#"{"type":"session.close"}"#;

            fn begin(state: &LiveState) -> LiveState {
                state.clone()
            }

            fn add(&self, ending: &mut LiveState) -> Result<()> {
                self.note(ending);
                Ok(())
            }

            fn end(ending: &LiveState) -> Option<LiveSessionClosed> {
                ending.closed.clone()
            }
        }
    };
}

live_events!(LiveClientEvent, LiveServerEvent);
live_events!(LiveSidebandClientEvent, LiveSidebandServerEvent);

/// The session is another connection's, and goes on without this one.
impl Reconnectable for LiveSidebandServerEvent {}

impl<In: ServerEvent<Accumulator = LiveState>> Receiver<In> {
    /// Returns the state of the session, as the events that came so far tell of it.
    #[must_use]
    pub fn state(&self) -> &LiveState {
        &self.accumulator
    }

    /// Returns the id of the session, once the server has told it: at once for one that was started here. It is what
    /// [`sideband`](super::LiveExt::sideband) and [`forks`](super::LiveExt::forks) take.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.accumulator.session.as_ref().map(|session| session.id.as_str())
    }
}

impl<Out, In: ServerEvent<Accumulator = LiveState>> Connection<Out, In> {
    /// Returns the state of the session, as the events that came so far tell of it.
    ///
    /// ```no_run
    /// use openai_ext::live::LiveConnection;
    ///
    /// # fn show(connection: &LiveConnection) {
    /// let seconds = connection.state().usage.as_ref().map(|usage| usage.seconds);
    /// println!("{seconds:?}");
    /// # }
    /// ```
    #[must_use]
    pub fn state(&self) -> &LiveState {
        self.receiver.state()
    }

    /// Returns the id of the session, as [`Receiver::session_id`].
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.receiver.session_id()
    }
}
