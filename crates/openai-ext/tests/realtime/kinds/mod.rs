//! What holds for each kind of socket: sessions that are made anew or not, and whose server announces their end or not.

use openai_ext::runtime::json::Json;
use openai_ext::types::{
    LiveClientEvent, LiveServerEvent, LiveSessionCreateParams, LiveSidebandClientEvent, LiveSidebandServerEvent,
    RealtimeClientEvent, RealtimeTranslationClientEvent, RealtimeTranslationServerEvent,
};
use openai_ext::websocket::{ClientEvent, Connect, Connection, ServerEvent};

use super::*;

/// A test of each kind.
macro_rules! of_each_kind {
    ($($(#[$docs:meta])* $test:ident: [$($kind:ident),*];)*) => {
        $(mod $test {
            use super::*;

            #[tokio::test]
            async fn of_each_kind() -> TestResult {
                $(super::$test::<$kind>().await.map_err(|error| format!("{}: {error}", stringify!($kind)))?;)*
                Ok(())
            }
        })*
    };
}

mod connections;
mod endings;
mod queues;

/// A kind of socket.
trait Kind {
    type Out: ClientEvent + Default + Clone + Send + Sync + 'static;
    type In: ServerEvent + serde::Serialize + std::fmt::Debug;

    /// The server announces the end of a session.
    const ANNOUNCES: bool;
    /// The path below the base URL, and its query.
    const TARGET: &'static str;
    /// The events that the client sends before the connection is handed over.
    const FIRST: &'static [&'static str];
    /// The first event of the server.
    const GREETING: &'static str;
    /// The type of `large`.
    const LARGE: &'static str;

    fn connect(client: &Client) -> Connect<Self::Out, Self::In>;
    /// A small event.
    fn small() -> Self::Out;
    /// An event of 256 KiB.
    fn large() -> Self::Out;
}

struct Realtime;
struct Live;
struct Fork;
struct Sideband;
struct Translation;

const SIZE: usize = 256 * 1024;

impl Kind for Realtime {
    type Out = RealtimeClientEvent;
    type In = RealtimeServerEvent;
    const ANNOUNCES: bool = false;
    const TARGET: &'static str = "/v1/realtime?model=gpt-realtime";
    const FIRST: &'static [&'static str] = &[];
    const GREETING: &'static str = "session.created";
    const LARGE: &'static str = "input_audio_buffer.append";

    fn connect(client: &Client) -> Connect<Self::Out, Self::In> {
        client.realtime().connect("gpt-realtime")
    }

    fn small() -> Self::Out {
        RealtimeClientEvent::input_audio_buffer_clear()
    }

    fn large() -> Self::Out {
        RealtimeClientEvent::input_audio_buffer_append("A".repeat(SIZE))
    }
}

/// The sockets of Live sessions that hear.
macro_rules! primary {
    ($kind:ident, $target:literal, |$client:ident| $connect:expr) => {
        impl Kind for $kind {
            type Out = LiveClientEvent;
            type In = LiveServerEvent;
            const ANNOUNCES: bool = true;
            const TARGET: &'static str = $target;
            const FIRST: &'static [&'static str] = &["session.start"];
            const GREETING: &'static str = "session.started";
            const LARGE: &'static str = "session.input_audio.append";

            fn connect($client: &Client) -> Connect<Self::Out, Self::In> {
                $connect
            }

            fn small() -> Self::Out {
                LiveClientEvent::session_input_audio_mute()
            }

            fn large() -> Self::Out {
                LiveClientEvent::session_input_audio_append("A".repeat(SIZE))
            }
        }
    };
}

primary!(Live, "/v1/live/sessions", |client| client.live().connect(LiveSessionCreateParams::new("gpt-live-1")));
primary!(Fork, "/v1/live/sessions/live_1/fork", |client| client.live().forks().connect("live_1"));

impl Kind for Sideband {
    type Out = LiveSidebandClientEvent;
    type In = LiveSidebandServerEvent;
    const ANNOUNCES: bool = true;
    const TARGET: &'static str = "/v1/live/sessions/live_1/attach";
    const FIRST: &'static [&'static str] = &[];
    const GREETING: &'static str = "session.started";
    const LARGE: &'static str = "session.instructions.append";

    fn connect(client: &Client) -> Connect<Self::Out, Self::In> {
        client.live().sideband().connect("live_1")
    }

    fn small() -> Self::Out {
        LiveSidebandClientEvent::session_input_audio_mute()
    }

    fn large() -> Self::Out {
        LiveSidebandClientEvent::session_instructions_append("dlg_1", "A".repeat(SIZE))
    }
}

impl Kind for Translation {
    type Out = RealtimeTranslationClientEvent;
    type In = RealtimeTranslationServerEvent;
    const ANNOUNCES: bool = true;
    const TARGET: &'static str = "/v1/realtime/translations?model=gpt-realtime-translate";
    const FIRST: &'static [&'static str] = &[];
    const GREETING: &'static str = "session.created";
    const LARGE: &'static str = "session.input_audio_buffer.append";

    fn connect(client: &Client) -> Connect<Self::Out, Self::In> {
        client.realtime().translations().connect("gpt-realtime-translate")
    }

    fn small() -> Self::Out {
        RealtimeTranslationClientEvent::session_input_audio_buffer_append("AAAA")
    }

    fn large() -> Self::Out {
        RealtimeTranslationClientEvent::session_input_audio_buffer_append("A".repeat(SIZE))
    }
}

type Opened<K> = Connection<<K as Kind>::Out, <K as Kind>::In>;

async fn open<K: Kind>(client: &Client) -> TestResult<Opened<K>> {
    Ok(soon(K::connect(client).into_future()).await??)
}

async fn next<K: Kind>(connection: &mut Opened<K>) -> TestResult<Value> {
    let event = soon(connection.next()).await?.ok_or("the session ended")??;
    Ok(serde_json::to_value(&event)?)
}

/// A connection that the server has greeted.
async fn greeted<K: Kind>(client: &Client) -> TestResult<Opened<K>> {
    let mut connection = open::<K>(client).await?;
    assert_eq!(next::<K>(&mut connection).await?["type"], K::GREETING);
    Ok(connection)
}

/// The types of what the server got after the events of the opening.
fn heard<K: Kind>(server: &MockServer, connection: usize) -> Vec<String> {
    got(server, connection).split_off(K::FIRST.len().min(got(server, connection).len()))
}

fn kind_of<T: Json>(event: &T) -> String {
    let event = openai_ext::runtime::json::to_value(event);
    event.get("type").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned()
}
