//! The events that a run has reported, so that nothing is reported twice after a stream broke off.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use serde_json::{Value, json};

use super::history::{Snapshot, history};
use super::parts::{OutputPlace, PartKind, PartStep, made, part_event};
use crate::types::{AssistantMessageItemResource, SessionEvent, SessionResource};
use crate::{Error, ErrorKind, Result};

/// The ids of so many events are remembered, as in the official SDKs.
const EVENT_IDS: usize = 1024;

/// A run keeps so many turns, items and parts, as the API's own lists may have.
const ENTRIES: usize = 16_384;

#[derive(Default)]
pub(super) struct SessionProgress {
    /// The number of turns, items and parts that were told.
    entries: usize,
    event_ids: RecentIds,
    /// The turn of the run, once it is known.
    root: Option<String>,
    turns: HashMap<String, TurnSeen>,
    items: HashMap<String, ItemSeen>,
    subagents: HashMap<String, SubagentSeen>,
    /// The status of the session and its required actions, as they were told last.
    session: Option<(String, Value)>,
    /// The same if a snapshot told it, until it is told again.
    recovered_session: Option<(String, Value)>,
    /// The stream broke off before: events may come that a snapshot told.
    is_resumed: bool,
    /// The events are those of a snapshot.
    is_recovering: bool,
}

#[derive(Default)]
struct RecentIds {
    known: HashSet<String>,
    order: VecDeque<String>,
}

#[derive(Default)]
struct TurnSeen {
    created: bool,
    in_progress: bool,
    /// A snapshot told that the turn is in progress. A turn is so again after each wait.
    recovered_in_progress: bool,
    ended: bool,
}

#[derive(Default)]
struct SubagentSeen {
    created: bool,
    active: bool,
    closed: bool,
}

#[derive(Default)]
struct ItemSeen {
    added: bool,
    done: bool,
    /// Deltas may have been missed: the rest of a text is told when the whole of it is known.
    has_gap: bool,
    turn_id: Option<String>,
    output_index: i64,
    is_message: bool,
    phase: Value,
    parts: BTreeMap<(PartKind, i64), PartSeen>,
}

#[derive(Default)]
struct PartSeen {
    added: bool,
    text: String,
    text_done: bool,
    done: bool,
}

/// An event that is to be told.
pub(super) struct Admitted {
    pub(super) event: SessionEvent,
    pub(super) is_answer: bool,
}

impl SessionProgress {
    /// Returns the id of the run's turn, once it is known.
    pub(super) fn root(&self) -> Option<&str> {
        self.root.as_deref()
    }

    /// # Errors
    /// Of kind `Limit`: the server tells of more turns, items and parts than a run keeps.
    pub(super) fn check(&self) -> Result<()> {
        if self.entries <= ENTRIES {
            return Ok(());
        }
        let message = format!("the turn has more than {ENTRIES} items, parts and turns of subagents");
        Err(Error::new(ErrorKind::Limit, message))
    }

    /// Takes an event of the stream, and returns what is to be told: nothing if it was told before.
    pub(super) fn admit(&mut self, event: SessionEvent) -> Vec<Admitted> {
        if self.event_ids.knows(event_id(&event)) { Vec::new() } else { self.track(event) }
    }

    /// Takes a snapshot after a stream broke off, and returns what was missed.
    pub(super) fn recover(&mut self, snapshot: &Snapshot) -> Vec<Admitted> {
        self.is_resumed = true;
        for item in self.items.values_mut().filter(|item| !item.done) {
            item.has_gap = true;
        }
        self.is_recovering = true;
        let missed = history(snapshot).into_iter().flat_map(|event| self.track(event)).collect();
        self.is_recovering = false;
        missed
    }

    /// Returns the messages of the run's turn that were begun and not ended, with their texts so far.
    pub(super) fn unfinished_messages(&self) -> Vec<AssistantMessageItemResource> {
        let of_root = |item: &&ItemSeen| item.is_message && !item.done && item.turn_id == self.root;
        let mut items: Vec<_> = self.items.iter().filter(|(_, item)| of_root(item)).collect();
        items.sort_by_key(|(_, item)| item.output_index);
        let message = |(id, item): (&String, &ItemSeen)| {
            let parts = item.parts.values().map(|part| json!({"type": "output_text", "text": part.text}));
            let message = json!({
                "type": "message", "role": "assistant", "id": id, "turn_id": item.turn_id, "status": "in_progress",
                "phase": item.phase, "content": parts.collect::<Vec<_>>(),
            });
            serde_json::from_value(message).ok()
        };
        items.into_iter().filter_map(message).collect()
    }

    fn track(&mut self, event: SessionEvent) -> Vec<Admitted> {
        use SessionEvent as E;
        let resumed = self.is_resumed;
        let is_new = |flag: &mut bool| !(std::mem::replace(flag, true) && resumed);
        let is_told = match &event {
            E::AgentSessionTurnCreated(event) => {
                if self.root.is_none() && event.turn.subagent_id.is_none() {
                    self.root = Some(event.turn_id.clone());
                }
                is_new(&mut self.turn(&event.turn_id).created)
            }
            E::AgentSessionTurnInProgress(event) => {
                let recovering = self.is_recovering;
                self.turn(&event.turn_id).is_new_progress(recovering)
            }
            E::AgentSessionTurnCompleted(event) => is_new(&mut self.turn(&event.turn_id).ended),
            E::AgentSessionTurnFailed(event) => is_new(&mut self.turn(&event.turn_id).ended),
            E::AgentSessionTurnCancelled(event) => is_new(&mut self.turn(&event.turn_id).ended),
            E::AgentSessionSubagentCreated(event) => is_new(&mut self.subagent(&event.subagent.id).created),
            E::AgentSessionSubagentActive(event) => is_new(&mut self.subagent(&event.subagent.id).active),
            E::AgentSessionSubagentClosed(event) => is_new(&mut self.subagent(&event.subagent.id).closed),
            E::AgentSessionIdle(event) => self.is_new_session(&event.session),
            E::AgentSessionInProgress(event) => self.is_new_session(&event.session),
            E::AgentSessionRequiresAction(event) => self.is_new_session(&event.session),
            E::AgentSessionFailed(event) => self.is_new_session(&event.session),
            E::AgentSessionTurnItemAdded(added) => {
                let (turn, item) = (added.turn_id.clone(), json!(added.item));
                self.is_new_item(turn, added.output_index.unwrap_or_default(), &item)
            }
            E::AgentSessionTurnItemDone(done) => {
                let item = json!(done.item);
                let rest = self.rest_of_item(&done.session_id, &item);
                let is_told = item["id"].as_str().is_none_or(|id| is_new(&mut self.item(id).done));
                let mut told = if is_told { rest } else { Vec::new() };
                if let Some(item) = item["id"].as_str().and_then(|id| self.items.get_mut(id)) {
                    item.parts.clear();
                }
                told.extend(is_told.then(|| self.admitted(event)));
                return told;
            }
            _ => return self.track_part(event),
        };
        if is_told { vec![self.admitted(event)] } else { Vec::new() }
    }

    fn turn(&mut self, id: &str) -> &mut TurnSeen {
        self.entries += usize::from(!self.turns.contains_key(id));
        self.turns.entry(id.to_owned()).or_default()
    }

    fn subagent(&mut self, id: &str) -> &mut SubagentSeen {
        self.entries += usize::from(!self.subagents.contains_key(id));
        self.subagents.entry(id.to_owned()).or_default()
    }

    fn item(&mut self, id: &str) -> &mut ItemSeen {
        self.entries += usize::from(!self.items.contains_key(id));
        self.items.entry(id.to_owned()).or_default()
    }

    fn is_new_session(&mut self, session: &SessionResource) -> bool {
        let state = (session.status.as_str().to_owned(), json!(session.required_actions));
        if self.is_recovering {
            let is_new = self.session.as_ref() != Some(&state);
            self.recovered_session = is_new.then(|| state.clone());
            self.session = Some(state);
            return is_new;
        }
        let is_repeated = self.recovered_session.take().is_some_and(|recovered| recovered == state);
        self.session = Some(state);
        !is_repeated
    }

    /// Takes an item that begins. One without an id cannot be told from others.
    fn is_new_item(&mut self, turn_id: Option<String>, output_index: i64, item: &Value) -> bool {
        let Some(id) = item["id"].as_str() else { return true };
        let (resumed, recovering) = (self.is_resumed, self.is_recovering);
        let seen = self.item(id);
        if std::mem::replace(&mut seen.added, true) && resumed {
            return false;
        }
        seen.has_gap |= recovering;
        seen.turn_id = turn_id;
        seen.output_index = output_index;
        seen.is_message = item["type"] == "message" && item["role"] != "user";
        seen.phase = item["phase"].clone();
        true
    }

    fn track_part(&mut self, event: SessionEvent) -> Vec<Admitted> {
        let Some(at) = part_event(&event) else { return vec![self.admitted(event)] };
        let resumed = self.is_resumed;
        self.entries += usize::from(!self.items.contains_key(at.place.item_id));
        let item = self.items.entry(at.place.item_id.to_owned()).or_default();
        if item.turn_id.is_none() {
            item.turn_id = at.place.turn_id.map(str::to_owned);
        }
        let is_over = item.done && resumed;
        self.entries += usize::from(!item.parts.contains_key(&(at.kind, at.index)));
        let part = item.parts.entry((at.kind, at.index)).or_default();
        let is_new = |flag: &mut bool| !(std::mem::replace(flag, true) && resumed);
        let mut rest = None;
        let is_told = match at.step {
            _ if is_over => false,
            PartStep::Added => is_new(&mut part.added),
            PartStep::Delta(_) if item.has_gap => false,
            PartStep::Delta(delta) => {
                part.text.push_str(delta);
                true
            }
            PartStep::TextDone(whole) => {
                rest = part.rest(item.has_gap, whole).and_then(|rest| at.with_step(PartStep::Delta(&rest)));
                is_new(&mut part.text_done)
            }
            PartStep::Done(whole) => {
                rest = part.rest(item.has_gap, whole).and_then(|rest| at.with_step(PartStep::Delta(&rest)));
                is_new(&mut part.done)
            }
        };
        let mut told: Vec<Admitted> = rest.into_iter().map(|rest| self.admitted(rest)).collect();
        told.extend(is_told.then(|| self.admitted(event)));
        told
    }

    /// Returns the rests of the texts of an item that is done, where deltas were missed.
    fn rest_of_item(&mut self, session_id: &str, item: &Value) -> Vec<Admitted> {
        let Some((id, seen)) = item["id"].as_str().and_then(|id| Some((id, self.items.get_mut(id)?))) else {
            return Vec::new();
        };
        let (turn_id, output_index) = (seen.turn_id.clone(), seen.output_index);
        let place = OutputPlace { session_id, turn_id: turn_id.as_deref(), item_id: id, output_index };
        let texts = item["content"].as_array().filter(|_| seen.is_message).into_iter().flatten();
        let mut told = Vec::new();
        for (index, text) in (0..).zip(texts.map(|part| part["text"].as_str().unwrap_or_default())) {
            let part = seen.parts.entry((PartKind::Text, index)).or_default();
            let rest = part.rest(seen.has_gap, text);
            told.extend(rest.and_then(|rest| made(PartKind::Text, place, index, PartStep::Delta(&rest))));
        }
        told.into_iter().map(|event| self.admitted(event)).collect()
    }

    fn admitted(&self, event: SessionEvent) -> Admitted {
        let is_answer = part_event(&event).is_some_and(|at| {
            let item = self.items.get(at.place.item_id);
            let is_commentary = item.is_some_and(|item| item.phase == "commentary");
            at.kind == PartKind::Text && at.place.turn_id.is_some() && at.place.turn_id == self.root() && !is_commentary
        });
        Admitted { event, is_answer }
    }
}

impl TurnSeen {
    fn is_new_progress(&mut self, is_recovering: bool) -> bool {
        if is_recovering {
            let is_new = !std::mem::replace(&mut self.in_progress, true);
            self.recovered_in_progress = is_new;
            return is_new;
        }
        self.in_progress = true;
        !std::mem::take(&mut self.recovered_in_progress)
    }
}

impl PartSeen {
    /// Takes the whole text, and returns what of it was not told.
    fn rest(&mut self, has_gap: bool, whole: &str) -> Option<String> {
        let rest = whole.strip_prefix(self.text.as_str()).filter(|rest| has_gap && !rest.is_empty())?.to_owned();
        self.text.push_str(&rest);
        Some(rest)
    }
}

impl RecentIds {
    /// Returns true if the id was there before, and remembers it.
    fn knows(&mut self, id: &str) -> bool {
        if id.is_empty() {
            return false;
        }
        if !self.known.insert(id.to_owned()) {
            return true;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > EVENT_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }
}

/// Returns the id of an event.
fn event_id(event: &SessionEvent) -> &str {
    macro_rules! id {
        ($($variant:ident)*) => {
            match event {
                $(SessionEvent::$variant(event) => &event.event_id,)*
                SessionEvent::Unknown(event) => event["event_id"].as_str().unwrap_or_default(),
                _ => "",
            }
        };
    }
    id!(Error AgentSessionEnvironmentReady AgentSessionEnvironmentReset AgentOutputCommandExecutionOutputDelta
        AgentSessionCreated AgentSessionTurnCreated AgentSessionTurnInProgress AgentSessionTurnCompleted
        AgentSessionTurnFailed AgentSessionTurnCancelled AgentSessionTurnItemAdded AgentSessionIdle
        AgentSessionInProgress AgentSessionRequiresAction AgentSessionFailed AgentSessionEnvironmentPending
        AgentSessionEnvironmentConnected AgentSessionEnvironmentDisconnected AgentSessionEnvironmentFailed
        AgentSessionSubagentCreated AgentSessionSubagentActive AgentSessionSubagentClosed AgentSessionTurnItemDone
        AgentSessionTurnContentPartAdded AgentSessionTurnContentPartDone AgentSessionTurnOutputTextDelta
        AgentSessionTurnOutputTextDone AgentSessionTurnReasoningSummaryPartAdded
        AgentSessionTurnReasoningSummaryPartDone AgentSessionTurnReasoningSummaryTextDelta
        AgentSessionTurnReasoningSummaryTextDone AgentSessionEnvironmentSuspended AgentSessionEnvironmentExpired)
}
