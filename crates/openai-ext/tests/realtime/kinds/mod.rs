//! What holds for each kind of socket: sessions that are made anew or not, and whose server announces their end or not.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use futures_sink::Sink;
use openai_ext::ErrorKind;
use openai_ext::realtime::RealtimeClosed;
use openai_ext::runtime::json::Json;
use openai_ext::types::{
    LiveClientEvent, LiveServerEvent, LiveSessionCreateParams, LiveSidebandClientEvent, LiveSidebandServerEvent,
    RealtimeClientEvent, RealtimeTranslationClientEvent, RealtimeTranslationServerEvent,
};
use openai_ext::websocket::{
    ClientEvent, Connect, Connection, EndingSession, Reconnect, Reconnectable, ServerEvent, Update,
};

use super::*;

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

of_each_kind! {
    its_handshake: [Realtime, Live, Fork, Sideband, Translation];
    each_code_arrives: [Realtime, Live, Fork, Sideband, Translation];
    a_normal_close: [Realtime, Live, Fork, Sideband, Translation];
    what_is_unknown_ends_nothing: [Realtime, Live, Fork, Sideband, Translation];
    pings_are_answered: [Realtime, Live, Fork, Sideband, Translation];
    a_message_beyond_the_limit: [Realtime, Live, Fork, Sideband, Translation];
    a_full_queue: [Realtime, Live, Fork, Sideband, Translation];
    a_flood_of_events: [Realtime, Live, Fork, Sideband, Translation];
    unsent_events_are_there_after_the_end: [Realtime, Live, Fork, Sideband, Translation];
    halves_in_tasks: [Realtime, Live, Fork, Sideband, Translation];
    the_client_says_goodbye: [Realtime, Live, Fork, Sideband, Translation];
    dropping_it_closes_it: [Realtime, Live, Fork, Sideband, Translation];
    it_is_made_anew: [Realtime, Sideband];
    nothing_is_made_anew: [Live, Fork, Translation];
    it_finishes: [Live, Fork, Sideband, Translation];
    it_finishes_after_a_flood: [Live, Fork, Sideband, Translation];
    it_does_not_finish: [Live, Fork, Sideband, Translation];
    the_server_ends_it: [Live, Fork, Sideband, Translation];
    nothing_follows_a_close: [Live, Fork, Sideband, Translation];
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

async fn its_handshake<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = greeted::<K>(&client).await?;
    let request = server.realtime_connections()[0].request().clone();
    let query: Vec<_> = request.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    assert_eq!(format!("{}{query}", request.path()), K::TARGET);
    assert_eq!(request.header("authorization"), Some("Bearer sk-test-key-123"));
    assert_eq!(got(&server, 0), K::FIRST);
    assert_eq!(connection.request_id().as_deref().map(str::is_empty), Some(false));
    assert!(!format!("{connection:?}").contains("sk-test"));
    Ok(())
}

async fn each_code_arrives<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    for code in [1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1015, 3000, 4000, 4999] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "because")]);
        let mut connection = greeted::<K>(&client).await?;
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("a close");
        let kind = match code {
            1001 | 1005 | 1006 | 1011 | 1012 | 1013 | 1015 => ErrorKind::Connection,
            _ => ErrorKind::Stream,
        };
        assert_eq!((error.kind(), error.is_retryable()), (kind, kind == ErrorKind::Connection), "{code}");
        assert_eq!(error.message().contains("was lost before"), K::ANNOUNCES, "{error}");
        let closed = error.source().and_then(|source| source.downcast_ref::<RealtimeClosed>()).ok_or("no close")?;
        assert_eq!(closed.code(), if code == 1015 { 1006 } else { code });
        assert_eq!(connection.closed().as_ref(), Some(closed));
        assert!(soon(connection.next()).await?.is_none());
        let unsent = soon(connection.send(K::small())).await?.expect_err("closed");
        assert_eq!(kind_of(unsent.event()), kind_of(&K::small()));
        assert_eq!(unsent.error().kind(), kind);
    }
    Ok(())
}

/// The server must say that a session is over, where it does so at all.
async fn a_normal_close<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(1000, "that was all")]);
    let mut connection = greeted::<K>(&client).await?;
    match (soon(connection.next()).await?, K::ANNOUNCES) {
        (None, false) => {}
        (Some(Err(error)), true) => {
            assert_eq!(error.kind(), ErrorKind::Truncated);
            assert!(error.message().contains("session.closed") && error.message().contains("that was all"), "{error}");
        }
        (other, _) => panic!("{:?}", other.map(|event| event.is_ok())),
    }
    assert_eq!(connection.closed(), Some(RealtimeClosed::new(1000, "that was all")));
    assert!(soon(connection.next()).await?.is_none());
    Ok(())
}

async fn what_is_unknown_ends_nothing<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let unknown = json!({"type": "session.danced", "event_id": "event_1", "steps": 3});
    server.on_realtime([
        RealtimeStep::Greet,
        RealtimeStep::send(unknown.clone()),
        RealtimeStep::SendText("{broken".to_owned()),
        RealtimeStep::SendBinary(vec![0, 159, 146, 150]),
        RealtimeStep::SendBinary(unknown.to_string().into_bytes()),
    ]);
    let mut connection = greeted::<K>(&client).await?;
    assert_eq!(next::<K>(&mut connection).await?, unknown);
    for size in ["7 bytes", "4 bytes"] {
        let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("no event");
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains(size), "{error}");
    }
    assert_eq!(next::<K>(&mut connection).await?, unknown);
    Ok(())
}

async fn pings_are_answered<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Ping]);
    let mut connection = greeted::<K>(&client).await?;
    let mut reading = pin!(connection.next());
    eventually(|| {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = reading.as_mut().poll(&mut context);
        server.realtime_connections()[0].pongs() == 1
    })
    .await
}

async fn a_message_beyond_the_limit<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::SendText("x".repeat(5000))]);
    let mut connection = soon(K::connect(&client).with_max_message_size(4096).into_future()).await??;
    next::<K>(&mut connection).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Stream);
    assert!(error.message().contains("4096"), "{error}");
    assert_eq!(server_side(&server, 0).await?.0, 1009);
    Ok(())
}

const LIMIT: usize = 1024 * 1024;

/// A session whose server reads nothing, and whose queue is full.
async fn blocked<K: Kind>(client: &Client, server: &MockServer) -> TestResult<Opened<K>> {
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Stall(Duration::MAX)]);
    let connection = soon(K::connect(client).with_send_queue(LIMIT).into_future()).await??;
    for _ in 0..4096 {
        if let Err(error) = connection.try_send(K::large()) {
            assert_eq!(error.error().kind(), ErrorKind::InvalidRequest);
            assert!(error.error().message().contains(&LIMIT.to_string()), "{error}");
            assert_eq!(kind_of(&error.into_event()), K::LARGE);
            return Ok(connection);
        }
    }
    Err("a gigabyte is in the buffers of the machine".into())
}

async fn a_full_queue<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = blocked::<K>(&client, &server).await?;
    {
        let mut sending = pin!(connection.send(K::large()));
        assert!(poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await.is_pending());
    }
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty() && unsent.iter().all(|event| kind_of(event) == K::LARGE));
    connection.try_send(K::small())?;
    assert_eq!(connection.take_unsent().len(), 1);
    Ok(())
}

/// Ten thousand events of the server, while the client sends.
async fn a_flood_of_events<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    const COUNT: usize = 10_000;
    let noise = json!({"type": "session.danced", "event_id": "event_1"});
    let steps = std::iter::once(RealtimeStep::Greet).chain((0..COUNT).map(|_| RealtimeStep::send(noise.clone())));
    server.on_realtime(steps);
    let mut connection = greeted::<K>(&client).await?;
    for index in 0..COUNT {
        if index % 1000 == 0 {
            connection.try_send(K::large())?;
        }
        next::<K>(&mut connection).await?;
    }
    soon(connection.flush()).await??;
    eventually(|| heard::<K>(&server, 0).len() == COUNT / 1000).await
}

async fn unsent_events_are_there_after_the_end<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let connection = blocked::<K>(&client, &server).await?;
    let mut sending = Box::pin(connection.send(K::small()));
    let _ = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
    drop(server);
    let error = soon(sending).await?.expect_err("the server is gone");
    assert_eq!(kind_of(&error.into_event()), kind_of(&K::small()));
    let unsent = connection.take_unsent();
    assert!(!unsent.is_empty() && unsent.iter().all(|event| kind_of(event) == K::LARGE));
    assert!(connection.take_unsent().is_empty());
    let error = connection.try_send(K::small()).expect_err("closed");
    assert_eq!(error.error().kind(), ErrorKind::Connection);
    Ok(())
}

async fn halves_in_tasks<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let (sender, mut receiver) = open::<K>(&client).await?.split();
    const COUNT: usize = 20;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let reading = tokio::spawn(async move {
        let mut stopped = pin!(stopped);
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                event = receiver.next() => drop(event),
            }
        }
    });
    let writing = [sender.clone(), sender.clone()].map(|sender| {
        tokio::spawn(async move {
            for _ in 0..COUNT {
                sender.send(K::small()).await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        })
    });
    for task in writing {
        soon(task).await???;
    }
    eventually(|| heard::<K>(&server, 0).len() == 2 * COUNT).await?;
    drop(stop);
    soon(reading).await??;
    assert_eq!(sender.closed(), None);
    drop(sender);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    Ok(())
}

async fn the_client_says_goodbye<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = open::<K>(&client).await?;
    let closed = soon(connection.close(3001, "done")).await??;
    assert_eq!((closed.code(), closed.reason()), (3001, "done"));
    assert_eq!(server_side(&server, 0).await?, (3001, "done".to_owned(), true));
    // It was asked for, so it is no loss.
    while let Some(event) = soon(connection.next()).await? {
        event?;
    }
    Ok(())
}

async fn dropping_it_closes_it<K: Kind>() -> TestResult {
    let (client, server) = mock().await?;
    drop(greeted::<K>(&client).await?);
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));
    // One that is dropped while it is opened leaves nothing behind either.
    for polls in 0..8 {
        let mut pending = K::connect(&client).into_future();
        for _ in 0..polls {
            let _ = poll_fn(|context| Poll::Ready(pending.as_mut().poll(context))).await;
            tokio::task::yield_now().await;
        }
        drop(pending);
    }
    eventually(|| server.realtime_connections().iter().all(|connection| connection.close().is_some())).await
}

async fn it_is_made_anew<K: Kind<In: Reconnectable>>() -> TestResult {
    let (_, server) = mock().await?;
    for code in [1001, 1005, 1006, 1011, 1012, 1013, 1015] {
        let (client, waits) = patient(&server)?;
        let before = server.realtime_connections().len();
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "restart")]);
        let connect = K::connect(&client).with_reconnect(Reconnect::new()).with_reconnect_events(|| vec![K::small()]);
        let mut connection = soon(connect.into_future()).await??;
        next::<K>(&mut connection).await?;
        let update = soon(connection.next_update()).await?.ok_or("the end")??;
        let Update::Reconnected { tries: 1, .. } = update else { panic!("{code}") };
        assert_eq!((next::<K>(&mut connection).await?["type"].as_str(), waits.taken()), (Some(K::GREETING), vec![0.5]));
        soon(connection.send(K::large())).await??;
        eventually(|| heard::<K>(&server, before + 1) == [kind_of(&K::small()), K::LARGE.to_owned()]).await?;
    }
    // The others end it, and so does a server that is gone for long.
    for (steps, tries) in [(1, 0), (7, 5)] {
        let (client, waits) = patient(&server)?;
        for _ in 0..steps {
            let code = if tries == 0 { 1008 } else { 1011 };
            server.on_realtime([RealtimeStep::Greet, RealtimeStep::close(code, "no")]);
        }
        let mut connection = soon(K::connect(&client).with_reconnect(Reconnect::new()).into_future()).await??;
        let error = soon(async {
            loop {
                if let Some(Err(error)) = connection.next().await {
                    break error;
                }
            }
        });
        assert_eq!(error.await?.message().contains("was lost before"), K::ANNOUNCES);
        assert_eq!(waits.taken().len(), tries);
    }
    Ok(())
}

/// Nothing is said twice where a session ends with its connection: the caller has what was not sent.
async fn nothing_is_made_anew<K: Kind>() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Disconnect]);
    let mut connection = greeted::<K>(&client).await?;
    let error = soon(connection.next()).await?.ok_or("the end")?.expect_err("lost");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(soon(connection.send(K::large())).await?.is_err());
    let error = connection.try_send(K::small()).expect_err("lost");
    assert_eq!(kind_of(error.event()), kind_of(&K::small()));
    assert!(soon(connection.next()).await?.is_none());
    assert_eq!((server.realtime_connections().len(), server.requests().len(), waits.taken().len()), (1, 1, 0));
    Ok(())
}

async fn it_finishes<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = open::<K>(&client).await?;
    connection.try_send(K::small())?;
    let mut kinds = Vec::new();
    soon(connection.finish().on_event(|event| kinds.push(kind_of(event))).into_future()).await??;
    assert_eq!((kinds[0].as_str(), kinds[kinds.len() - 1].as_str()), (K::GREETING, "session.closed"));
    assert_eq!(heard::<K>(&server, 0), [kind_of(&K::small()), "session.close".to_owned()]);
    assert_eq!(connection.closed().map(|closed| closed.code()), Some(1000));
    assert!(soon(connection.next()).await?.is_none());
    // Once more has no effect, and gives the same.
    soon(connection.finish().into_future()).await??;
    soon(connection.close(1000, "")).await??;
    assert_eq!(heard::<K>(&server, 0).len(), 2);
    // A receiver does it too, also after the client's own `session.close`.
    let (sender, mut receiver) = open::<K>(&client).await?.split();
    let close: K::Out = openai_ext::runtime::json::from_slice(br#"{"type":"session.close"}"#)?;
    soon(sender.send(close)).await??;
    soon(receiver.finish().into_future()).await??;
    assert_eq!(heard::<K>(&server, 1), ["session.close"]);
    Ok(())
}

async fn it_finishes_after_a_flood<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    const COUNT: usize = 5000;
    let noise = json!({"type": "session.danced", "event_id": "event_1"});
    let steps = std::iter::once(RealtimeStep::Greet).chain((0..COUNT).map(|_| RealtimeStep::send(noise.clone())));
    server.on_realtime(steps);
    let mut connection = open::<K>(&client).await?;
    for _ in 0..20 {
        connection.try_send(K::large())?;
    }
    let mut count = 0;
    soon(connection.finish().on_event(|event| count += usize::from(kind_of(event) == "session.danced")).into_future())
        .await??;
    assert_eq!((count, heard::<K>(&server, 0).len()), (COUNT, 21));
    Ok(())
}

async fn it_does_not_finish<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    // A connection that is lost after the client's close says nothing about the session.
    for step in [RealtimeStep::Disconnect, RealtimeStep::close(1000, ""), RealtimeStep::close(1011, "")] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::expect("session.close"), step]);
        let mut connection = open::<K>(&client).await?;
        let error = soon(connection.finish().into_future()).await?.map(drop).expect_err("lost");
        assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::Truncated | ErrorKind::Stream));
        assert!(error.message().contains("was lost before"), "{error}");
        assert!(error.detail::<<K::In as EndingSession>::Ending>().is_some());
        let error = soon(connection.finish().into_future()).await?.map(drop).expect_err("still lost");
        assert_eq!(error.kind(), ErrorKind::Truncated);
    }
    // A server that does not answer is waited for as long as the caller wants, and then again.
    let stalls = RealtimeStep::Stall(Duration::from_millis(300));
    server.on_realtime([RealtimeStep::Greet, stalls]);
    let mut connection = open::<K>(&client).await?;
    let limited = connection.finish().with_deadline(Duration::from_millis(20));
    let error = soon(limited.into_future()).await?.map(drop).expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let cancelled = connection.finish().with_cancellation(std::future::ready(()));
    let error = soon(cancelled.into_future()).await?.map(drop).expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    drop(connection.finish().into_future());
    soon(connection.finish().into_future()).await??;
    let last = server.realtime_connections().len() - 1;
    assert_eq!(heard::<K>(&server, last), ["session.close"]);
    Ok(())
}

async fn the_server_ends_it<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::end_session("expired")]);
    let mut connection = greeted::<K>(&client).await?;
    assert_eq!(next::<K>(&mut connection).await?["type"], "session.closed");
    let refused = connection.try_send(K::small()).expect_err("the session is over");
    assert_eq!(kind_of(refused.event()), kind_of(&K::small()));
    assert!(soon(connection.next()).await?.is_none());
    soon(connection.finish().into_future()).await??;
    assert!(heard::<K>(&server, 0).is_empty());
    // The socket may break afterwards.
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Answer, RealtimeStep::Disconnect]);
    let mut connection = open::<K>(&client).await?;
    soon(connection.finish().into_future()).await??;
    Ok(())
}

async fn nothing_follows_a_close<K: Kind<In: EndingSession>>() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::Stall(Duration::from_millis(50))]);
    let mut connection = open::<K>(&client).await?;
    let close = || openai_ext::runtime::json::from_slice::<K::Out>(br#"{"type":"session.close"}"#);
    connection.try_send(close()?)?;
    for error in [connection.try_send(K::small()).err(), soon(connection.send(K::large())).await?.err()] {
        let error = error.ok_or("it was sent")?;
        assert_eq!(error.error().kind(), ErrorKind::InvalidRequest);
        assert!(error.error().message().contains("session.close"), "{error}");
    }
    let ready = soon(poll_fn(|context| Pin::new(&mut connection).poll_ready(context))).await?;
    assert_eq!(ready.expect_err("closing").kind(), ErrorKind::InvalidRequest);
    // A second one is passed over, in whatever way it is sent.
    connection.try_send(close()?)?;
    soon(connection.send(close()?)).await??;
    Pin::new(&mut connection).start_send(close()?)?;
    soon(connection.finish().into_future()).await??;
    assert_eq!(heard::<K>(&server, 0), ["session.close"]);
    // One that was taken back was not said.
    let connection = blocked::<K>(&client, &server).await?;
    let _ = connection.take_unsent();
    connection.try_send(close()?)?;
    assert_eq!(connection.take_unsent().len(), 1);
    connection.try_send(K::small())?;
    Ok(())
}
