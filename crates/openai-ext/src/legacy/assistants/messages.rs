//! The events of messages: their effect on an accumulator, and their meaning.

use super::accumulator::AssistantAccumulator;
use super::event::{self, AssistantEvent, Events};
use super::merge;
use super::objects::{find, put, room};
use super::placements::{self, At, End, Open};
use crate::Result;
use crate::types::{ThreadMessage, ThreadMessageDeltaContentItem, ThreadMessageDeltaEvent};

impl AssistantAccumulator {
    #[inline]
    pub(super) fn message_event(
        &mut self,
        message: &ThreadMessage,
        event: fn(Box<ThreadMessage>) -> AssistantEvent,
        events: &mut Events,
    ) -> Result<()> {
        let at = self.message_at(&message.id)?;
        put(&mut self.messages, at, message);
        self.message = Some(At(at));
        events.push_back(event(Box::new(message.clone())));
        Ok(())
    }

    #[inline]
    pub(super) fn message_delta(&mut self, event: &ThreadMessageDeltaEvent, events: &mut Events) -> Result<()> {
        let at = self.message_at(&event.id)?;
        if at == self.messages.len() {
            self.messages.push(merge::begun(&event.id));
        }
        self.message = Some(At(at));
        if let Some(message) = self.messages.get_mut(at) {
            merge::message(message, &event.delta);
        }
        events.push_back(AssistantEvent::MessageDelta { message: at });
        for delta in event.delta.content.iter().flatten() {
            self.part_delta(at, delta, events);
        }
        Ok(())
    }

    #[inline]
    fn part_delta(&mut self, at: usize, delta: &ThreadMessageDeltaContentItem, events: &mut Events) {
        let places = placements::of(&mut self.message_places, at);
        let Some(message) = self.messages.get_mut(at) else { return };
        let Some(spot) = merge::part(&mut message.content, places, delta) else { return };
        let open = Open { owner: at, index: spot.position };
        if self.part != Some(open) {
            self.close_part(events);
            self.part = Some(open);
        }
        if spot.first && matches!(delta, ThreadMessageDeltaContentItem::Text(_)) {
            events.push_back(AssistantEvent::TextCreated { message: at, index: open.index });
        }
        events.extend(event::part_delta(at, open.index, delta));
    }

    #[inline]
    pub(super) fn message_done(&mut self, message: &ThreadMessage, events: &mut Events) -> Result<()> {
        let at = self.message_at(&message.id)?;
        put(&mut self.messages, at, message);
        self.message = self.message.filter(|current| current.0 != at);
        self.end_parts(events);
        let places = placements::of(&mut self.message_places, at);
        for (index, part) in message.content.iter().enumerate().filter(|(index, _)| !places.has(*index)) {
            events.extend(event::whole_part(at, index, part));
        }
        events.push_back(AssistantEvent::MessageDone(Box::new(message.clone())));
        Ok(())
    }

    /// Ends the part that is open. Items may take turns: see
    /// [`Placements::end`](placements::Placements::end).
    #[inline]
    fn close_part(&mut self, events: &mut Events) {
        let Some(open) = self.part.take() else { return };
        let part = self.messages.get(open.owner).and_then(|message| message.content.get(open.index));
        let size = part.map_or(0, merge::part_size);
        // The place may have been read from a file.
        let places = self.message_places.get_mut(open.owner);
        match places.map_or(End::Done, |places| places.end(open.index, size)) {
            End::Done => self.say_part_done(open, events),
            End::Late => self.reopened_parts.get_or_insert_default().push(open),
            End::Known => {}
        }
    }

    /// Ends all parts.
    #[inline]
    pub(super) fn end_parts(&mut self, events: &mut Events) {
        self.close_part(events);
        for open in self.reopened_parts.take().into_iter().flatten() {
            if let Some(places) = self.message_places.get_mut(open.owner) {
                places.settle(open.index);
            }
            self.say_part_done(open, events);
        }
    }

    #[inline]
    fn say_part_done(&self, open: Open, events: &mut Events) {
        let part = self.messages.get(open.owner).and_then(|message| message.content.get(open.index));
        events.extend(part.and_then(|part| event::part_done(open.owner, open.index, part)));
    }

    /// The place of a message; behind all others if it is new. A delta without an id is for the message that is open.
    #[inline]
    fn message_at(&self, id: &str) -> Result<usize> {
        let at = find(&self.messages, self.message, id, |message| &message.id);
        room(at, "messages")
    }
}
