//! The built-in way to make a conversation shorter: the oldest outputs of tools go first, then the oldest turns.

use serde_json::{Value, json};

use super::ContextBudget;
use super::groups::{GroupKind, groups_of, kind_of};
use super::measure::{Size, is_image};

const OUTPUT_NOTE: &str = "[output left out to save context]";
const IMAGE_NOTE: &str = "[image left out to save context]";
const TURNS_NOTE: &str = "[earlier tool calls and their outputs were left out to save context: ";

/// A conversation with its sizes.
pub(super) struct Shortening<'a> {
    budget: &'a ContextBudget,
    /// The size of the request without its conversation.
    fixed: Size,
    entries: Vec<ShortenedEntry>,
    /// The number of turns.
    turns: usize,
}

struct ShortenedEntry {
    json: Value,
    size: Size,
    kind: GroupKind,
    turn: Option<usize>,
    is_changed: bool,
    /// The place in the conversation before; a note has none.
    place: Option<usize>,
}

impl<'a> Shortening<'a> {
    pub(super) fn new(budget: &'a ContextBudget, fixed: &Value, items: Vec<Value>) -> Self {
        let kinds: Vec<GroupKind> = items.iter().map(kind_of).collect();
        let turns = groups_of(kinds.iter().copied());
        let entry = |(place, ((json, kind), turn)): (usize, ((Value, GroupKind), Option<usize>))| ShortenedEntry {
            size: Size::of(&json),
            json,
            kind,
            turn,
            is_changed: false,
            place: Some(place),
        };
        let count = turns.iter().flatten().max().map_or(0, |last| last + 1);
        let entries = items.into_iter().zip(kinds).zip(turns).enumerate().map(entry).collect();
        Self { budget, fixed: Size::of(fixed), entries, turns: count }
    }

    fn total(&self) -> Size {
        let items = self.entries.iter().map(|entry| entry.size);
        Size::sum(std::iter::once(self.fixed).chain(items))
    }

    /// The size of the request, in the unit of the budget.
    pub(super) fn size(&self) -> usize {
        self.total().in_unit_of(self.budget)
    }

    pub(super) fn images(&self) -> usize {
        self.total().images()
    }

    pub(super) fn fits(&self) -> bool {
        self.size() <= self.budget.limit && self.budget.images.is_none_or(|limit| self.images() <= limit)
    }

    /// The place of the first item of the last turn.
    pub(super) fn last_turn(&self) -> usize {
        let last = self.turns.checked_sub(1);
        self.entries.iter().position(|entry| last.is_some() && entry.turn == last).unwrap_or(self.entries.len())
    }

    /// Leaves out what is oldest. More than needed goes, down to half the budget: else each request would be another one, which
    /// no cache of the server knows.
    pub(super) fn shorten(&mut self) {
        self.leave_out_images();
        let target = self.budget.limit / 2;
        if self.size() > self.budget.limit {
            for turn in 0..self.turns.saturating_sub(1) {
                if self.size() <= target {
                    return;
                }
                self.leave_out_outputs(turn);
            }
            self.leave_out_turns(target);
        } else if !self.fits() {
            self.leave_out_turns(self.budget.limit);
        }
    }

    fn leave_out_images(&mut self) {
        let Some(limit) = self.budget.images else { return };
        let mut over = self.images().saturating_sub(limit);
        let last = self.turns.checked_sub(1);
        for entry in &mut self.entries {
            let parts = match entry.kind {
                GroupKind::Output if entry.turn != last => entry.json.get_mut("output").and_then(Value::as_array_mut),
                _ => None,
            };
            for part in parts.into_iter().flatten() {
                if over > 0 && is_image(part) {
                    *part = json!({"type": "input_text", "text": IMAGE_NOTE});
                    (entry.is_changed, over) = (true, over - 1);
                }
            }
            if entry.is_changed {
                entry.size = Size::of(&entry.json);
            }
        }
    }

    fn leave_out_outputs(&mut self, turn: usize) {
        for entry in self.entries.iter_mut().filter(|entry| entry.kind == GroupKind::Output && entry.turn == Some(turn))
        {
            let name = match entry.json["type"].as_str() {
                None if entry.json["role"] == "tool" => "content",
                Some("function_call_output" | "custom_tool_call_output") => "output",
                _ => continue,
            };
            let is_longer =
                serde_json::to_string(&entry.json[name]).is_ok_and(|text| text.len() > OUTPUT_NOTE.len() + 2);
            if let (true, Some(output)) = (is_longer, entry.json.get_mut(name)) {
                *output = OUTPUT_NOTE.into();
                entry.size = Size::of(&entry.json);
                entry.is_changed = true;
            }
        }
    }

    /// Leaves out whole turns, calls and outputs together. A note tells the model how many.
    fn leave_out_turns(&mut self, target: usize) {
        let is_over =
            |this: &Self| this.size() > target || this.budget.images.is_some_and(|limit| this.images() > limit);
        for turn in 0..self.turns.saturating_sub(1) {
            if !is_over(self) {
                break;
            }
            // A turn without calls is an answer to the user.
            if !self.entries.iter().any(|entry| entry.turn == Some(turn) && entry.kind == GroupKind::Output) {
                continue;
            }
            let place = self.entries.iter().position(|entry| entry.turn == Some(turn)).unwrap_or_default();
            self.entries.retain(|entry| entry.turn != Some(turn));
            self.note(place);
        }
    }

    fn note(&mut self, place: usize) {
        let text = |entry: &ShortenedEntry| Some(entry.json["content"].as_str()?.strip_prefix(TURNS_NOTE)?.to_owned());
        let known = self.entries.iter().position(|entry| entry.kind == GroupKind::Other && text(entry).is_some());
        let before = known.and_then(|at| self.entries.get(at)).and_then(text).unwrap_or_default();
        let digits: String = before.chars().take_while(char::is_ascii_digit).collect();
        let count = digits.parse::<usize>().unwrap_or_default().saturating_add(1);
        let turns = if count == 1 { "turn" } else { "turns" };
        let json = json!({"role": "user", "content": format!("{TURNS_NOTE}{count} {turns}]")});
        let entry = ShortenedEntry {
            size: Size::of(&json),
            json,
            kind: GroupKind::Other,
            turn: None,
            is_changed: true,
            place: None,
        };
        match known.and_then(|at| self.entries.get_mut(at)) {
            Some(known) => *known = entry,
            None => self.entries.insert(place.min(self.entries.len()), entry),
        }
    }

    /// The items that are left: the places of those that are as before, and the JSON of the others.
    pub(super) fn into_items(self) -> Vec<Result<usize, Value>> {
        let item = |entry: ShortenedEntry| match entry.place {
            Some(place) if !entry.is_changed => Ok(place),
            _ => Err(entry.json),
        };
        self.entries.into_iter().map(item).collect()
    }
}
