//! The lanes of a connection: the responses of each are said one after another, those of several in turn.

use std::collections::VecDeque;

use serde_json::Value;

use crate::realtime::peer::Out;

/// The lanes that have something to say, in turn.
#[derive(Default)]
pub(super) struct Lanes(VecDeque<Lane>);

struct Lane {
    /// Null for what has no `stream_id`.
    id: Value,
    queue: VecDeque<Out>,
}

impl Lanes {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says things on a lane after what it has to say already.
    pub(super) fn say(&mut self, id: &Value, things: impl IntoIterator<Item = Out>) {
        let things = things.into_iter().map(|thing| labelled(thing, id));
        match self.0.iter_mut().find(|lane| lane.id == *id) {
            Some(lane) => lane.queue.extend(things),
            None => self.0.push_back(Lane { id: id.clone(), queue: things.collect() }),
        }
        self.0.retain(|lane| !lane.queue.is_empty());
    }

    /// Says things on a lane before what it has to say already.
    pub(super) fn say_first(&mut self, id: &Value, things: Vec<Out>) {
        let later = self.0.iter().position(|lane| lane.id == *id).and_then(|at| self.0.remove(at));
        self.say(id, things);
        self.say(id, later.map(|lane| lane.queue).unwrap_or_default());
    }

    /// Takes the next thing of the lane whose turn it is.
    pub(super) fn next(&mut self) -> Option<(Value, Out)> {
        let mut lane = self.0.pop_front()?;
        let thing = lane.queue.pop_front()?;
        let id = lane.id.clone();
        if !lane.queue.is_empty() {
            self.0.push_back(lane);
        }
        Some((id, thing))
    }

    /// The events of a lane that are still to come.
    pub(super) fn waiting(&self, id: &Value) -> impl Iterator<Item = &Value> {
        let lane = self.0.iter().find(|lane| lane.id == *id);
        lane.into_iter().flat_map(|lane| &lane.queue).filter_map(|thing| match thing {
            Out::Event(event) => Some(event),
            _ => None,
        })
    }

    /// Drops the rest of a response, with its last event.
    pub(super) fn cut(&mut self, id: &Value) {
        let Some(lane) = self.0.iter_mut().find(|lane| lane.id == *id) else { return };
        while let Some(thing) = lane.queue.pop_front() {
            if matches!(&thing, Out::Event(event) if is_last(event)) {
                break;
            }
        }
        self.0.retain(|lane| !lane.queue.is_empty());
    }
}

fn labelled(thing: Out, id: &Value) -> Out {
    match thing {
        Out::Event(mut event) if !id.is_null() && event.is_object() => {
            event["stream_id"] = id.clone();
            Out::Event(event)
        }
        thing => thing,
    }
}

/// True for the last event of a response.
pub(super) fn is_last(event: &Value) -> bool {
    let kind = event["type"].as_str().unwrap_or_default();
    matches!(kind, "response.completed" | "response.failed" | "response.incomplete" | "error")
}
