//! The places of many tool calls, so that a delta finds its call without looking at each.

use std::collections::HashMap;

use super::tool_state::ToolState;
use crate::types::ChatCompletionMessageToolCall;

/// Among so few calls, each is looked at: that costs less than a map.
const FEW: usize = 16;

/// The indexes of calls, once there are many.
#[derive(Clone, Debug, Default)]
pub(super) struct CallPlaces(Option<Box<Maps>>);

#[derive(Clone, Debug, Default)]
struct Maps {
    /// The last call with an index that the server gave.
    by_given: HashMap<i64, i64>,
    /// The call with an id.
    by_id: HashMap<String, i64>,
    /// Several calls have the same id, so that `by_id` does not tell which one is the last.
    has_twins: bool,
}

/// The calls that a delta may belong to, by their positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// The last call with the index that was given; if none was given, the last call.
    pub(super) last: Option<usize>,
    /// The last one of these that has the same id.
    pub(super) same: Option<usize>,
}

impl CallPlaces {
    /// Finds the calls with an index that the server gave, if it gave one, and with an id, if it is not empty.
    #[inline]
    pub(super) fn find(
        &mut self,
        calls: &[ChatCompletionMessageToolCall],
        tools: &[ToolState],
        (given, id): (Option<i64>, &str),
    ) -> Candidates {
        let position = |index: i64| tools.binary_search_by_key(&index, |tool| tool.index).ok();
        if tools.len() <= FEW {
            return scan(calls, tools, (given, id));
        }
        let maps = self.0.get_or_insert_with(|| Box::new(Maps::of(calls, tools)));
        if maps.has_twins && !id.is_empty() {
            return scan(calls, tools, (given, id));
        }
        let last = match given {
            Some(given) => maps.by_given.get(&given).and_then(|index| position(*index)),
            None => tools.len().checked_sub(1),
        };
        let fits = |at: &usize| {
            let has_given = given.is_none_or(|given| tools.get(*at).is_some_and(|tool| tool.given() == given));
            has_given && calls.get(*at).is_some_and(|call| call_id(call) == id)
        };
        let same =
            if id.is_empty() { None } else { maps.by_id.get(id).and_then(|index| position(*index)).filter(fits) };
        Candidates { last, same }
    }

    /// Notes a call that is new.
    #[inline]
    pub(super) fn begin(&mut self, tool: &ToolState) {
        if let Some(maps) = &mut self.0 {
            maps.by_given.insert(tool.given(), tool.index);
        }
    }

    /// Notes that a call gets an id.
    #[inline]
    pub(super) fn name(&mut self, index: i64, before: &str, id: &str) {
        if let Some(maps) = &mut self.0
            && before != id
        {
            if maps.by_id.get(before) == Some(&index) {
                maps.by_id.remove(before);
            }
            maps.name(id, index);
        }
    }
}

impl Maps {
    #[inline]
    fn of(calls: &[ChatCompletionMessageToolCall], tools: &[ToolState]) -> Self {
        let mut maps = Self::default();
        for (call, tool) in calls.iter().zip(tools) {
            maps.by_given.insert(tool.given(), tool.index);
            maps.name(call_id(call), tool.index);
        }
        maps
    }

    #[inline]
    fn name(&mut self, id: &str, index: i64) {
        if !id.is_empty() {
            let before = self.by_id.insert(id.to_owned(), index);
            self.has_twins |= before.is_some_and(|before| before != index);
        }
    }
}

#[inline]
fn scan(calls: &[ChatCompletionMessageToolCall], tools: &[ToolState], (given, id): (Option<i64>, &str)) -> Candidates {
    let mut found = Candidates::default();
    for (at, (call, tool)) in calls.iter().zip(tools).enumerate().rev() {
        if given.is_none_or(|given| tool.given() == given) {
            found.last = found.last.or(Some(at));
            if id.is_empty() {
                break;
            }
            if call_id(call) == id {
                found.same = Some(at);
                break;
            }
        }
    }
    found
}

#[inline]
fn call_id(call: &ChatCompletionMessageToolCall) -> &str {
    match call {
        ChatCompletionMessageToolCall::Function(call) => &call.id,
        ChatCompletionMessageToolCall::Custom(call) => &call.id,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ChatCompletionMessageFunctionToolCall;

    /// Numbers that look random, the same in each run.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    #[test]
    fn maps_find_what_a_scan_finds() {
        for (seed, ids) in (0..40).zip([5, 40, 1000, u64::MAX].into_iter().cycle()) {
            let (mut state, mut places) = (seed, CallPlaces::default());
            let (mut calls, mut tools): (Vec<ChatCompletionMessageToolCall>, Vec<ToolState>) = (Vec::new(), Vec::new());
            for _ in 0..400 {
                let id = match random(&mut state) % 4 {
                    0 => String::new(),
                    _ => format!("call_{}", random(&mut state) % ids),
                };
                let given = (random(&mut state) & 3 > 0).then(|| (random(&mut state) % 60) as i64);
                let found = places.find(&calls, &tools, (given, &id));
                assert_eq!(found, scan(&calls, &tools, (given, &id)));
                let next = tools.last().map_or(0, |tool| tool.index + 1);
                if random(&mut state) & 3 == 0 && tools.len() < 100 {
                    // As for a delta that begins a call.
                    let index = match given.filter(|given| tools.iter().all(|tool| tool.index != *given)) {
                        Some(given) if found.last.is_none() => given,
                        _ => next,
                    };
                    let at = tools.partition_point(|tool| tool.index < index);
                    tools.insert(at, ToolState::new(index, given, false));
                    let mut call = ChatCompletionMessageFunctionToolCall::default();
                    call.id.clone_from(&id);
                    calls.insert(at, ChatCompletionMessageToolCall::Function(call));
                    places.begin(&tools[at]);
                    places.name(index, "", &id);
                } else if let Some(at) = found.same.or(found.last)
                    && let ChatCompletionMessageToolCall::Function(call) = &mut calls[at]
                    && !id.is_empty()
                {
                    places.name(tools[at].index, &call.id, &id);
                    call.id = id;
                }
            }
        }
    }
}
