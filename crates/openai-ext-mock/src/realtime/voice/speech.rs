//! The words and the sound that a session says, as events that wait.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::model::{text, with};
use crate::realtime::peer::Out;
use crate::schema::Rng;

/// The milliseconds of a word.
const WORD_MS: u64 = 20;
/// The word of a mock that nobody told what to say.
pub(super) const WORD: &str = "Yes.";

/// The events of a session that wait to be sent, and its clock, which the sound of the client moves.
pub(super) struct Speech {
    pub(super) rng: Rng,
    /// The sound that was heard, in milliseconds.
    pub(super) heard_ms: u64,
    queue: VecDeque<Out>,
}

impl Speech {
    pub(super) fn new(rng: Rng) -> Self {
        Self { rng, heard_ms: 0, queue: VecDeque::new() }
    }

    pub(super) fn event(&mut self, kind: &str, fields: Value) -> Value {
        with(json!({"type": kind, "event_id": self.rng.id("event_")}), fields)
    }

    pub(super) fn queue(&mut self, out: Out) {
        self.queue.push_back(out);
    }

    pub(super) fn queue_event(&mut self, kind: &str, fields: Value) {
        let event = self.event(kind, fields);
        self.queue(Out::Event(event));
    }

    pub(super) fn next(&mut self) -> Option<Out> {
        self.queue.pop_front()
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Hears sound in base64, of so many bytes a millisecond; gives when it began and ended.
    pub(super) fn hear(&mut self, audio: &Value, bytes_per_ms: u64) -> Option<(u64, u64)> {
        let bytes = STANDARD.decode(audio.as_str()?).ok()?;
        let start = self.heard_ms;
        self.heard_ms += u64::try_from(bytes.len()).unwrap_or(u64::MAX) / bytes_per_ms.max(1);
        Some((start, self.heard_ms))
    }

    /// Says a text word by word; `time` makes the fields that tell when a word was said, of its sound or its letters.
    pub(super) fn say(&mut self, said: &str, bytes_per_ms: u64, time: impl Fn(u64, u64) -> Value) {
        let mut start = self.heard_ms;
        for word in text::words(said) {
            let end = start + WORD_MS;
            self.queue_event("session.output_transcript.delta", with(time(start, end), json!({"delta": word})));
            let audio: Vec<u8> = (0..WORD_MS * bytes_per_ms).map(|_| self.rng.next().to_le_bytes()[0]).collect();
            let audio = json!({"delta": STANDARD.encode(&audio)});
            self.queue_event("session.output_audio.delta", with(time(start, end), audio));
            start = end;
        }
    }
}
