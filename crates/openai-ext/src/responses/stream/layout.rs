//! The positions of the items and parts that events name.

use openai_runtime::json::{self, Extra, Json};

use super::ids::{ItemIds, item_id};
use super::strays::{List, Stray, Strays};
use crate::types::{
    ResponseApplyPatchToolCall, ResponseCodeInterpreterToolCall, ResponseCustomToolCall, ResponseFileSearchToolCall,
    ResponseFunctionShellToolCall, ResponseFunctionShellToolCallOutput, ResponseFunctionToolCall,
    ResponseFunctionWebSearch, ResponseImageGenerationCall, ResponseMcpCall, ResponseOutputItem, ResponseOutputMessage,
    ResponseReasoningItem,
};
use crate::{Error, ErrorKind, Result};

/// More items than this no response has, and no server can make this program keep more.
pub(super) const MAX_ITEMS: usize = 4096;
/// The same of the parts of an item.
pub(super) const MAX_PARTS: usize = 4096;

/// The position that an event names for its item.
#[derive(Clone, Copy, Debug)]
pub(super) struct ItemPlace<'a> {
    /// Empty if the server does not say.
    pub(super) id: &'a str,
    pub(super) index: Option<i64>,
}

/// An index as the server gave it; `None` if it was absent, null or negative.
#[inline]
pub(super) fn given(index: i64, extra: &Extra, name: &str) -> Option<i64> {
    let is_there = index > 0 || (index == 0 && !extra.is_absent(name) && !extra.is_null(name));
    is_there.then_some(index)
}

/// The numbers by which the server knows the items of the output, in their order.
///
/// A server that keeps the rules numbers them from 0 without gaps, so that number and position are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    pub(super) slots: Vec<Slot>,
    /// The parts whose index is not their position.
    pub(super) strays: Strays,
    /// The number that the server gave to the last item whose number was taken, and its number here.
    pub(super) displaced: Option<(i64, i64)>,
    /// Changes with the places of items and parts.
    pub(super) version: u64,
    pub(super) ids: ItemIds,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) index: i64,
    /// The item came as a whole: what has another id is not meant for it.
    pub(super) done: bool,
    /// Changes when a text of the item becomes another one, but not when it grows.
    pub(super) version: u64,
}

impl Layout {
    /// Notes that what is where has changed.
    #[inline]
    pub(super) fn moved(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    #[inline]
    pub(super) fn rewritten(&mut self, at: usize) {
        let version = self.moved();
        if let Some(slot) = self.slots.get_mut(at) {
            slot.version = version;
        }
    }

    /// Begins anew with an output that came as a whole.
    #[inline]
    pub(super) fn restart(&mut self, count: usize, done: bool) {
        let version = self.moved();
        let slots = (0..count as i64).map(|index| Slot { index, done, version }).collect();
        *self = Self { slots, version, ..Self::default() };
    }

    /// The item that an event means: by its id, else by its number, else the last one that is open and fits.
    pub(super) fn find(
        &mut self,
        output: &[ResponseOutputItem],
        place: ItemPlace<'_>,
        fits: impl Fn(&ResponseOutputItem) -> bool,
    ) -> Option<usize> {
        let own = self.displaced.filter(|(given, _)| place.id.is_empty() && place.index == Some(*given));
        let numbered = own.map(|(_, index)| index).or(place.index).and_then(|index| self.position(index));
        let fitting = numbered.filter(|at| output.get(*at).is_some_and(&fits));
        let has_id = |item: &ResponseOutputItem| item_id(item) == place.id;
        if let Some(at) = fitting
            && (place.id.is_empty() || output.get(at).is_some_and(has_id))
        {
            return Some(at);
        }
        if !place.id.is_empty()
            && let Some(at) = self.ids.find(self.version, output, place.id, &fits)
        {
            return Some(at);
        }
        let is_open = |at: &usize| self.slots.get(*at).is_some_and(|slot| !slot.done);
        if let Some(at) = fitting.filter(is_open) {
            // Some servers give an item another id in each event.
            return Some(at);
        }
        if place.index.is_some() && numbered.is_none() {
            return None;
        }
        let may_be = |item: &ResponseOutputItem| fits(item) && (place.id.is_empty() || item_id(item).is_empty());
        (0..output.len()).rev().find(|at| is_open(at) && output.get(*at).is_some_and(may_be))
    }

    /// As [`Self::find`], and a new item if there is none.
    pub(super) fn item<T: Kind>(
        &mut self,
        output: &mut Vec<ResponseOutputItem>,
        place: ItemPlace<'_>,
    ) -> Result<usize> {
        match self.find(output, place, T::is) {
            Some(at) => Ok(at),
            None => self.insert(output, place.index, T::start(place.id)),
        }
    }

    /// Adds an item where its number belongs; at the end if it has none, or another item has it.
    #[inline]
    pub(super) fn insert(
        &mut self,
        output: &mut Vec<ResponseOutputItem>,
        index: Option<i64>,
        item: ResponseOutputItem,
    ) -> Result<usize> {
        if output.len() >= MAX_ITEMS {
            return Err(too_many("items", MAX_ITEMS));
        }
        let free = index.filter(|index| self.position(*index).is_none());
        let next = self.slots.last().map_or(0, |slot| slot.index.saturating_add(1));
        if let (Some(given), None) = (index, free) {
            self.displaced = Some((given, next));
        }
        let index = free.unwrap_or(next);
        let at = self.slots.partition_point(|slot| slot.index <= index);
        let version = self.moved();
        self.slots.insert(at, Slot { index, done: false, version });
        output.insert(at.min(output.len()), item);
        Ok(at)
    }

    /// Tells whether a whole item is another one than that with the same id: that one is done, and has another number.
    #[inline]
    pub(super) fn is_another(&self, at: usize, index: Option<i64>) -> bool {
        let is_free = |index| self.position(index).is_none();
        self.slots.get(at).is_some_and(|slot| slot.done) && index.is_some_and(is_free)
    }

    /// Notes that an item was replaced as a whole.
    #[inline]
    pub(super) fn replaced(&mut self, at: usize, done: bool) {
        if let Some(slot) = self.slots.get_mut(at) {
            slot.done = done;
            let index = slot.index;
            self.version += 1;
            self.strays.forget(index);
        }
    }

    /// The part of an item that an event means; a new one if there is none.
    pub(super) fn part<T>(
        &mut self,
        at: usize,
        (list, index): (List, Option<i64>),
        parts: &mut Vec<T>,
        fits: fn(&T) -> bool,
        start: fn() -> T,
    ) -> Result<usize> {
        // An item that came as a whole may have any number of parts.
        let last = |parts: &[T]| {
            let from = parts.len().saturating_sub(MAX_PARTS);
            parts[from..].iter().rposition(fits).map(|at| from + at)
        };
        let Some(index) = index else {
            return last(parts).map_or_else(|| self.push_part(parts, start()), Ok);
        };
        match self.part_position(at, list, index, parts.len()) {
            Some(position) if parts.get(position).is_some_and(fits) => Ok(position),
            Some(_) => last(parts).map_or_else(|| self.push_part(parts, start()), Ok),
            None => self.add_part(at, (list, Some(index)), parts, start()),
        }
    }

    /// Puts a part in its place: over the one that is there, of which `keep` keeps what it lacks, else at the end.
    /// Without an index, a part that is done is the last one.
    pub(super) fn set_part<T>(
        &mut self,
        at: usize,
        (list, index): (List, Option<i64>),
        parts: &mut Vec<T>,
        (mut part, done): (T, bool),
        keep: fn(&mut T, &mut T),
    ) -> Result<usize> {
        let position = match index {
            Some(index) => self.part_position(at, list, index, parts.len()),
            None => parts.len().checked_sub(1).filter(|_| done),
        };
        match position.and_then(|position| parts.get_mut(position).map(|slot| (position, slot))) {
            Some((position, slot)) => {
                keep(&mut part, slot);
                *slot = part;
                Ok(position)
            }
            None => self.add_part(at, (list, index), parts, part),
        }
    }

    fn add_part<T>(
        &mut self,
        at: usize,
        (list, index): (List, Option<i64>),
        parts: &mut Vec<T>,
        part: T,
    ) -> Result<usize> {
        let position = self.push_part(parts, part)?;
        if let (Some(index), Some(slot)) = (index, self.slots.get(at))
            && index != position as i64
        {
            if self.strays.len() >= MAX_PARTS {
                return Err(too_many("parts out of order", MAX_PARTS));
            }
            self.strays.insert(Stray { slot: slot.index, list, index, position });
        }
        Ok(position)
    }

    fn push_part<T>(&mut self, parts: &mut Vec<T>, part: T) -> Result<usize> {
        if parts.len() >= MAX_PARTS {
            return Err(too_many("parts", MAX_PARTS));
        }
        self.moved();
        parts.push(part);
        Ok(parts.len() - 1)
    }

    #[inline]
    fn part_position(&self, at: usize, list: List, index: i64, count: usize) -> Option<usize> {
        let straight = usize::try_from(index).ok().filter(|position| *position < count);
        self.strays.position(self.slots.get(at)?.index, list, index, straight)
    }

    #[inline]
    fn position(&self, index: i64) -> Option<usize> {
        let straight = usize::try_from(index).ok();
        straight
            .filter(|at| self.slots.get(*at).is_some_and(|slot| slot.index == index))
            .or_else(|| self.slots.binary_search_by_key(&index, |slot| slot.index).ok())
    }
}

#[cold]
#[inline]
pub(super) fn too_many(what: &str, limit: usize) -> Error {
    Error::new(ErrorKind::Stream, format!("the stream has more than {limit} {what}"))
}

/// A kind of item that deltas can build.
pub(super) trait Kind: Sized + 'static {
    fn is(item: &ResponseOutputItem) -> bool;
    fn of(item: &mut ResponseOutputItem) -> Option<&mut Self>;
    /// An item of which nothing is known but its id.
    fn start(id: &str) -> ResponseOutputItem;
}

macro_rules! kinds {
    ($($name:ident: $variant:ident;)*) => {$(
        impl Kind for $name {
            #[inline]
            fn is(item: &ResponseOutputItem) -> bool {
                matches!(item, ResponseOutputItem::$variant(_))
            }

            #[inline]
            fn of(item: &mut ResponseOutputItem) -> Option<&mut Self> {
                match item {
                    ResponseOutputItem::$variant(item) => Some(item),
                    _ => None,
                }
            }

            #[inline]
            fn start(id: &str) -> ResponseOutputItem {
                ResponseOutputItem::$variant(bare::<Self>(id).into())
            }
        }
    )*};
}

kinds! {
    ResponseOutputMessage: Message;
    ResponseFunctionToolCall: FunctionCall;
    ResponseCustomToolCall: CustomToolCall;
    ResponseReasoningItem: Reasoning;
    ResponseCodeInterpreterToolCall: CodeInterpreterCall;
    ResponseFileSearchToolCall: FileSearchCall;
    ResponseFunctionWebSearch: WebSearchCall;
    ResponseImageGenerationCall: ImageGenerationCall;
    ResponseMcpCall: McpCall;
    ResponseFunctionShellToolCall: ShellCall;
    ResponseFunctionShellToolCallOutput: ShellCallOutput;
    ResponseApplyPatchToolCall: ApplyPatchCall;
}

/// Makes an object that has its constants and an id, if there is one; what no event had is absent.
pub(super) fn bare<T: Json + Default>(id: &str) -> T {
    let mut known = json::to_value(&T::default());
    if let Some(members) = known.as_object_mut() {
        members.retain(|name, value| matches!(name.as_str(), "type" | "role") && value.is_string());
        members.extend((!id.is_empty()).then(|| ("id".to_owned(), id.into())));
    }
    json::from_value(&known).unwrap_or_default()
}
