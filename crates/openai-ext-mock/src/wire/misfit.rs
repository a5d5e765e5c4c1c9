//! Faults that an answer cannot have.

use std::fmt;

use super::event::Event;
use super::fault::{Fault, FaultPlan};
use super::reply::{Reply, ReplyBody};
use crate::document::Operation;

/// The types of events that end a stream as `[DONE]` does: a client may stop reading there.
const TERMINAL: [&str; 7] = [
    "response.completed",
    "response.failed",
    "response.incomplete",
    "image_generation.completed",
    "image_edit.completed",
    "speech.audio.done",
    "transcript.text.done",
];

impl Reply {
    /// Returns the reason why the reply cannot go wrong as it is told to.
    pub(crate) fn misfit(&self, operation: Option<&Operation>) -> Option<String> {
        let fault = self.faults.fault()?;
        let of_route = || operation.and_then(|operation| fault.misfit_of(operation));
        let of_error = || match &self.body {
            ReplyBody::Whole(bytes) if !self.status.is_success() && fault.events().is_some() => Some(format!(
                "the fault {fault:?} counts the events of a stream, and the answer is an error: {} {}",
                self.status,
                Excerpt(bytes)
            )),
            _ => None,
        };
        let of_body = || in_body(self.faults, fault, &self.body);
        self.faults.contradiction().or_else(of_route).or_else(of_error).or_else(of_body)
    }
}

/// Returns the reason why an answer with this body cannot have this fault.
fn in_body(plan: FaultPlan, fault: Fault, body: &ReplyBody) -> Option<String> {
    match (fault, body) {
        (Fault::Disconnect | Fault::Silence, _) | (Fault::CutBody(_), ReplyBody::Open(..)) => None,
        (Fault::CutBody(count), ReplyBody::Whole(bytes)) => beyond(fault, count, bytes.len(), "bytes of the body"),
        (Fault::CutBody(count), ReplyBody::Events(events)) => in_bytes(fault, count, events),
        // A test that knows its stream may leave the connection open behind it.
        (Fault::StallEvents(count), ReplyBody::Events(events)) if count == events.len() && !plan.is_imposed() => None,
        (Fault::CutEvents(count) | Fault::StallEvents(count) | Fault::EndEvents(count), ReplyBody::Events(events)) => {
            in_events(fault, count, events)
        }
        (Fault::CutEvents(_) | Fault::StallEvents(_) | Fault::EndEvents(_), ReplyBody::Open(..)) => None,
        (Fault::CutEvents(_) | Fault::StallEvents(_) | Fault::EndEvents(_), ReplyBody::Whole(_)) => Some(format!(
            "the fault {fault:?} counts the events of a stream, and the answer is not a stream; ask for one \
             (`stream: true`), give a reply of `Reply::events`, or use `CutBody`, `Disconnect` or `Silence`"
        )),
    }
}

fn in_events(fault: Fault, count: usize, events: &[Event]) -> Option<String> {
    if let Some(end) = events.iter().take(count).position(is_terminal) {
        return Some(format!(
            "the fault {fault:?} comes after event {} of the stream, which ends it; give at most {end}",
            end + 1
        ));
    }
    match fault {
        // Without a terminal event, a stream that breaks off behind its last event is broken all the same.
        Fault::CutEvents(_) | Fault::StallEvents(_) => None,
        _ => beyond(fault, count, events.len(), "events of the stream"),
    }
}

fn in_bytes(fault: Fault, count: usize, events: &[Event]) -> Option<String> {
    let mut sent = 0;
    for event in events {
        let bytes = event.to_bytes();
        // A client may take a terminal event without the blank line behind it.
        let end = sent + bytes.trim_ascii_end().len();
        if is_terminal(event) && count >= end {
            return Some(format!(
                "the fault {fault:?} comes after the event that ends the stream; give at most {}",
                end.saturating_sub(1)
            ));
        }
        sent += bytes.len();
    }
    None
}

fn beyond(fault: Fault, count: usize, length: usize, of: &str) -> Option<String> {
    match length {
        0 => {
            Some(format!("the fault {fault:?} cannot apply, because there are no {of}; use `Disconnect` or `Silence`"))
        }
        length if count >= length => {
            Some(format!("the fault {fault:?} comes after all {length} {of}; give at most {}", length - 1))
        }
        _ => None,
    }
}

fn is_terminal(event: &Event) -> bool {
    event.text() == "[DONE]" || event.kind().is_some_and(|kind| TERMINAL.contains(&&*kind))
}

/// The beginning of a body, for messages.
struct Excerpt<'a>(&'a [u8]);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = String::from_utf8_lossy(self.0);
        text.chars().take(300).try_for_each(|c| write!(f, "{c}"))
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::*;

    fn misfit(reply: Reply, fault: Fault) -> String {
        reply.fault(fault).misfit(None).unwrap_or_default()
    }

    #[test]
    fn a_fault_needs_something_to_break() {
        let whole = || Reply::bytes(StatusCode::OK, "text/plain", "12345");
        let data = |end: usize| (0..end).map(|index| Event::data(&json!({ "index": index })));
        let done = || Reply::events(data(2).chain([Event::done()]));
        let open_end = || Reply::events(data(2));
        for fault in [Fault::Disconnect, Fault::Silence] {
            for reply in [whole(), done(), open_end(), Reply::empty(StatusCode::OK)] {
                assert_eq!(misfit(reply, fault), "");
            }
        }
        assert_eq!(misfit(whole(), Fault::CutBody(4)), "");
        assert!(misfit(whole(), Fault::CutBody(5)).contains("give at most 4"));
        assert!(misfit(Reply::empty(StatusCode::OK), Fault::CutBody(0)).contains("no bytes of the body"));
        for fault in [Fault::CutEvents, Fault::StallEvents, Fault::EndEvents] {
            assert_eq!((misfit(done(), fault(0)), misfit(done(), fault(2))), (String::new(), String::new()));
            assert!(misfit(done(), fault(4)).contains("give at most 2"), "{}", misfit(done(), fault(4)));
            assert!(misfit(whole(), fault(0)).contains("`stream: true`"));
        }
        for count in [2, 3] {
            let after_all = [Fault::CutEvents(count), Fault::StallEvents(count)];
            assert_eq!(after_all.map(|fault| misfit(open_end(), fault)), ["", ""]);
            assert!(misfit(open_end(), Fault::EndEvents(count)).contains("give at most 1"));
        }
        assert!(misfit(done(), Fault::CutEvents(3)).contains("which ends it"));
        assert_eq!(misfit(done(), Fault::StallEvents(3)), "");
        let mut imposed = done();
        imposed.faults.impose(Fault::StallEvents(3).into());
        assert!(imposed.misfit(None).is_some_and(|reason| reason.contains("which ends it")));
        let length = |reply: Reply| match reply.body {
            ReplyBody::Events(events) => events.iter().map(|event| event.to_bytes().len()).sum(),
            _ => 0,
        };
        assert_eq!(misfit(done(), Fault::CutBody(length(done()) - 3)), "");
        assert!(misfit(done(), Fault::CutBody(length(done()) - 2)).contains("ends the stream"));
        assert_eq!(misfit(open_end(), Fault::CutBody(length(open_end()))), "");
    }

    #[test]
    fn events_that_end_a_stream_are_known_by_their_type() {
        let event = |kind: &str| Event::typed(&json!({ "type": kind }));
        let stream = || Reply::events([event("response.output_text.done"), event("response.failed"), event("more")]);
        assert_eq!(misfit(stream(), Fault::CutEvents(1)), "");
        assert!(misfit(stream(), Fault::CutEvents(2)).contains("after event 2 of the stream, which ends it"));
        let unnamed = || Reply::events([Event::data(&json!({"type": "transcript.text.done"})), Event::done()]);
        assert!(misfit(unnamed(), Fault::StallEvents(1)).contains("give at most 0"));
    }

    #[test]
    fn two_faults_contradict_each_other() {
        let reply = Reply::events([Event::data(&json!(1)), Event::data(&json!(2))]).fault(Fault::CutEvents(1));
        assert_eq!(reply.clone().fault(Fault::CutEvents(1)).misfit(None), None);
        let reason = reply.fault(Fault::EndEvents(1)).misfit(None).unwrap_or_default();
        assert!(reason.contains("CutEvents(1) and EndEvents(1)"), "{reason}");
    }
}
