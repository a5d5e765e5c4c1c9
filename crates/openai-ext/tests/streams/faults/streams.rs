//! Streams that break, in each way, wherever the fault was given.

use openai_ext::ErrorKind;
use openai_ext_mock::{Fault, MockServer, Reply, Turn};

use super::calls::{APIS, Api};
use super::{TestResult, at_once, check, client_for, mocked};

const TEXT: &str = "It rains in Oslo, and in Bergen as well, but not in Tromsø today.";

/// A place where a test gives a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `on(…).fault(…)`: the server's own answer.
    Script,
    /// `on(…).fault(…)` over an earlier script's events.
    ScriptOverReply,
    /// `on(…).fault(…)` over a turn without a fault.
    ScriptOverTurn,
    /// `Reply::events(…).fault(…)`.
    Reply,
    /// The same in a sequence.
    Sequence,
    /// The same as a turn.
    TurnReply,
    /// `Turn::text(…).fault(…)`.
    Turn,
    /// The second of three turns.
    Turns,
}

const PLACES: [Place; 8] = [
    Place::Script,
    Place::ScriptOverReply,
    Place::ScriptOverTurn,
    Place::Reply,
    Place::Sequence,
    Place::TurnReply,
    Place::Turn,
    Place::Turns,
];

impl Place {
    fn is_for(self, api: Api, fault: Fault) -> bool {
        match self {
            Self::Script | Self::Reply | Self::Sequence => true,
            // The run of an assistant fails by a reply, whatever events that has.
            Self::TurnReply => api.takes_turns() && api != Api::Runs,
            Self::Turn | Self::Turns => api.takes_turns(),
            // A connection breaks before there is an answer, which remains for the next request.
            Self::ScriptOverReply => !matches!(fault, Fault::Disconnect | Fault::Silence),
            Self::ScriptOverTurn => Self::ScriptOverReply.is_for(api, fault) && api.takes_turns(),
        }
    }

    fn set(self, api: Api, fault: Fault, mock: &MockServer) -> TestResult {
        let broken = || Reply::events(api.events()).fault(fault);
        match self {
            Self::Script => api.script(mock).fault(fault)?,
            Self::ScriptOverReply => {
                api.script(mock).reply(Reply::events(api.events()))?;
                api.script(mock).fault(fault)?;
            }
            Self::ScriptOverTurn => {
                mock.converse([Turn::text(TEXT)]);
                api.script(mock).fault(fault)?;
            }
            Self::Reply => api.script(mock).reply(broken())?,
            Self::Sequence => mock.on(api.operation()).sequence([broken()])?,
            Self::TurnReply => mock.converse([Turn::reply(broken())]),
            Self::Turn => mock.converse([Turn::text(TEXT).fault(fault)]),
            Self::Turns => mock.converse([Turn::text(TEXT), Turn::text(TEXT).fault(fault), Turn::text(TEXT)]),
        }
        Ok(())
    }
}

/// The faults of a stream, after as many events or bytes as it has.
fn faults(api: Api, place: Place) -> [Fault; 6] {
    let is_own = matches!(place, Place::Script | Place::ScriptOverTurn | Place::Turn | Place::Turns);
    let (events, bytes) = match api {
        // The first word comes after the events of thread, run, step and message.
        Api::Runs => (3, if is_own { 1_500 } else { 300 }),
        // The server's own stream of speech has one event before its last one.
        Api::Speech => (1, 40),
        Api::Images | Api::Transcriptions => (2, 150),
        Api::Responses => (4, if is_own { 3_000 } else { 450 }),
        Api::Chat | Api::Completions => (4, if is_own { 600 } else { 300 }),
    };
    [
        Fault::Disconnect,
        Fault::Silence,
        Fault::CutBody(bytes),
        Fault::CutEvents(events),
        Fault::StallEvents(events),
        Fault::EndEvents(events),
    ]
}

/// The number of events that have to come before the fault.
fn count(fault: Fault) -> Option<usize> {
    match fault {
        Fault::CutEvents(count) | Fault::StallEvents(count) | Fault::EndEvents(count) => Some(count),
        Fault::Disconnect | Fault::Silence => Some(0),
        _ => None,
    }
}

async fn one(api: Api, place: Place, fault: Fault) -> TestResult {
    let name = format!("{api:?} {place:?} {fault:?}");
    for is_accumulated in [false, true] {
        let (patient, mock) = mocked()?;
        let client = client_for(fault, &mock)?;
        let id = api.prepare(&patient).await?;
        place.set(api, fault, &mock)?;
        if place == Place::Turns {
            let before = api.stream(&patient, &id).await;
            assert!(before.error.is_none() && before.events > 3, "{name}: {before:?}");
        }
        let came = if is_accumulated { api.accumulate(&client, &id).await } else { api.stream(&client, &id).await };
        let error = came.error.as_ref().ok_or_else(|| format!("{name}: the stream is whole: {came:?}"))?;
        check(fault, error, &name);
        if !is_accumulated {
            let as_many = count(fault).is_none_or(|count| count == came.events);
            assert!(as_many, "{name}: {came:?}");
        } else if api.has_partial() && count(fault).is_none_or(|count| count > 0) {
            let partial = came.partial.as_deref().ok_or_else(|| format!("{name}: no partial object: {error:?}"))?;
            assert!(place != Place::Turn || api == Api::Runs || TEXT.starts_with(partial), "{name}: {partial:?}");
        }
        // A fault comes once. What follows is as always.
        let after = api.stream(&patient, &id).await;
        assert!(after.error.is_none() && after.events > 1, "{name}: {after:?}");
        assert_eq!((mock.turns_left(), mock.take_unapplied_faults()), (0, Vec::new()), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn every_fault_of_every_stream() -> TestResult {
    let mut cases = Vec::new();
    for api in APIS {
        for place in PLACES {
            let faults = faults(api, place).into_iter().filter(|fault| place.is_for(api, *fault));
            cases.extend(faults.map(|fault| one(api, place, fault)));
        }
    }
    assert_eq!(cases.len(), 6 * (7 * 3 + 4 * 2 + 3) + 4 * (7 + 4));
    at_once(cases).await
}

async fn behind_all_events(api: Api, fault: Fault) -> TestResult {
    let (patient, mock) = mocked()?;
    let id = api.prepare(&patient).await?;
    api.script(&mock).reply(Reply::events(api.events()).fault(fault))?;
    let came = api.stream(&client_for(fault, &mock)?, &id).await;
    let error = came.error.as_ref().ok_or("the stream is whole")?;
    check(fault, error, &format!("{api:?} {fault:?}"));
    assert_eq!(came.events, 5);
    Ok(())
}

/// The last event alone is missing, or the break comes behind all that a test sends.
#[tokio::test]
async fn faults_at_the_end_of_a_stream() -> TestResult {
    let cases = APIS.into_iter().flat_map(|api| {
        let faults = [Fault::CutEvents(5), Fault::StallEvents(5), Fault::CutEvents(9), Fault::StallEvents(9)];
        faults.map(|fault| (api, fault))
    });
    at_once(cases.map(|(api, fault)| behind_all_events(api, fault)).collect()).await?;
    // Without `[DONE]`, a chat that has finished is whole where its body ends, and broken where its connection does.
    for (fault, kind) in [(Fault::EndEvents(4), None), (Fault::CutEvents(4), Some(ErrorKind::Truncated))] {
        let (client, mock) = mocked()?;
        mock.converse([Turn::text("It rains").fault(fault)]);
        let came = Api::Chat.accumulate(&client, "").await;
        assert_eq!(came.error.as_ref().map(|error| error.kind()), kind, "{fault:?}: {came:?}");
    }
    Ok(())
}
