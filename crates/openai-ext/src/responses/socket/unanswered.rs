//! Requests of a connection that were sent and have no answer, and errors that do not say which of them they answer.

use std::collections::VecDeque;

use super::label::EventKind;
use crate::Bytes;

/// The requests without an answer, in the order in which they were sent.
///
/// The server names the lane of what it says. An `error` event without that may still answer a lane's request, or a steer,
/// which has none, or else end a response. It is that of the only one it can be about; with several, of the one that is left
/// when the others have their answers or go on, so that none waits for ever.
#[derive(Default)]
pub(super) struct Unanswered {
    asked: VecDeque<SentRequest>,
    strays: Vec<NamelessError>,
    /// A response of no lane has begun and not ended.
    is_open: bool,
}

struct SentRequest {
    number: u64,
    whose: Whose,
}

/// Who waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Lane(Option<String>),
    /// The steer with this key.
    Steer(u64),
}

/// An error that can be about several requests.
struct NamelessError {
    text: Bytes,
    /// The number of the last request that it can be about.
    last: u64,
    /// The lanes whose open response it may have ended.
    open: Vec<Option<String>>,
}

impl Unanswered {
    /// Tells whether no answer is waited for, and no response of no lane is open.
    pub(super) fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.strays.is_empty() && !self.is_open
    }

    /// Tells whether a response of no lane was asked for or is open.
    pub(super) fn has_unnamed(&self) -> bool {
        self.is_open || self.asked.iter().any(|asked| asked.whose == Whose::Lane(None))
    }

    pub(super) fn add(&mut self, number: u64, whose: Whose) {
        self.asked.push_back(SentRequest { number, whose });
    }

    /// Notes that the first request of these has its answer.
    pub(super) fn answered(&mut self, whose: &Whose) {
        if let Some(at) = self.asked.iter().position(|asked| asked.whose == *whose) {
            self.asked.remove(at);
        }
    }

    /// Drops requests that are not waited for any more.
    pub(super) fn retain(&mut self, keep: impl Fn(&Whose) -> bool) {
        self.asked.retain(|asked| keep(&asked.whose));
    }

    /// Forgets all, with the connection.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Notes what an event says of the response that is open on its lane.
    pub(super) fn note(&mut self, lane: &Option<String>, kind: EventKind) {
        match kind {
            // It went on, so that no error ended it.
            EventKind::Part | EventKind::Ended => {
                self.strays.iter_mut().for_each(|stray| stray.open.retain(|open| open != lane));
            }
            EventKind::Created | EventKind::Failed => self.strays.retain(|stray| !stray.open.contains(lane)),
            _ => {}
        }
        match kind {
            _ if lane.is_some() => {}
            EventKind::Created => self.is_open = true,
            kind if kind.is_last() => self.is_open = false,
            _ => {}
        }
    }

    /// Says whom an error without a lane is about, if it can be one only. Else it is kept, and its reader is told of it
    /// meanwhile. `open` gives the lanes that have an open response.
    pub(super) fn whose(&mut self, text: &Bytes, open: impl FnOnce() -> Vec<Option<String>>) -> Option<Whose> {
        let last = self.asked.back().map(|asked| asked.number);
        let open = match last {
            Some(_) if self.asked.len() == 1 && !self.is_open => {
                return self.asked.pop_front().map(|asked| asked.whose);
            }
            None if self.is_open => return None,
            // The lanes' own are told apart by their names.
            Some(_) => self.is_open.then_some(None).into_iter().collect(),
            None => open(),
        };
        if last.is_none() && open.len() < 2 {
            return open.into_iter().next().map(Whose::Lane);
        }
        self.strays.push(NamelessError { text: text.clone(), last: last.unwrap_or_default(), open });
        None
    }

    /// Takes the errors that have nobody left but so many as they are.
    pub(super) fn settle(&mut self) -> Vec<(Whose, Bytes)> {
        let mut settled = Vec::new();
        while let Some((strays, requests)) = self.settled() {
            let open: Vec<_> = self.strays.get(strays - 1).map(|last| last.open.clone()).unwrap_or_default();
            let about = self.asked.drain(..requests).map(|asked| asked.whose).chain(open.into_iter().map(Whose::Lane));
            settled.extend(about.zip(self.strays.drain(..strays).map(|stray| stray.text)));
        }
        settled
    }

    /// The number of strays, from the first one on, that are about as many requests at most, and the number of these.
    fn settled(&self) -> Option<(usize, usize)> {
        self.strays.iter().enumerate().find_map(|(at, stray)| {
            let requests = self.asked.iter().take_while(|asked| asked.number <= stray.last).count();
            (requests + stray.open.len() <= at + 1).then_some((at + 1, requests))
        })
    }
}
