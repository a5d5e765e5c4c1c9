//! Server-sent events: bytes in, events out. It does no I/O and starts nothing: the caller pushes and pulls.
//!
//! Lines end in LF, CR or CRLF. Comments and unknown fields are passed over, an event without data is not given, and
//! an event that the end of the stream cuts off is dropped. The work is linear in the bytes, whatever the chunks.

use std::fmt;

use memchr::memchr2;

/// The largest event by default: 64 MiB.
pub const MAX_EVENT: usize = 64 * 1024 * 1024;
/// Buffers that have become larger than this are let go when their event is through.
const LARGE: usize = 1024 * 1024;
/// A longer id is none: each event has the last one.
const LONGEST_ID: usize = 16 * 1024;

/// An event, borrowed from its decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The name from `event:`; empty if there was none.
    pub name: &'a [u8],
    /// The lines of `data:`, joined by LF.
    pub data: &'a [u8],
    /// The last `id:` of the stream so far; empty if there was none. One of more than 16 KiB is passed over.
    pub id: &'a [u8],
}

/// An event is larger than the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The limit in bytes.
    pub limit: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event of the stream is larger than {} bytes", self.limit)
    }
}

impl std::error::Error for TooLarge {}

/// Splits a stream of bytes into events.
///
/// ```
/// # fn main() -> Result<(), openai_runtime::sse::TooLarge> {
/// let mut decoder = openai_runtime::sse::Decoder::new();
/// decoder.push(b"data: one\n\ndata: tw");
/// while let Some(event) = decoder.next_event()? {
///     assert_eq!(event.data, b"one");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Decoder {
    /// Bytes pushed and not yet read, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    /// Up to here the buffer is known to have no end of line.
    scanned: usize,
    data: Text,
    has_data: bool,
    name: Text,
    id: Vec<u8>,
    /// The last line ended in CR, so that an LF next belongs to it.
    after_cr: bool,
    /// No line was read yet, so that a byte order mark may come.
    at_start: bool,
    /// The event was given and is to be cleared.
    given: bool,
    limit: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder with the default limit.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(MAX_EVENT)
    }

    /// A decoder that gives an error for an event larger than `limit` bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            data: Text::default(),
            has_data: false,
            name: Text::default(),
            id: Vec::new(),
            after_cr: false,
            at_start: true,
            given: false,
            limit,
        }
    }

    /// Adds the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.given) {
            self.clear_event();
        }
        self.make_room();
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes away what was read.
    fn make_room(&mut self) {
        // The bytes move now, and what was read of an event has to outlive them.
        self.data.own(&self.buffer);
        self.name.own(&self.buffer);
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            self.scanned = 0;
        } else if self.start > self.buffer.len() / 2 {
            // What was read is more than what is left, so moving the rest costs no more than reading did.
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        // An event of megabytes is rare: its buffer is not kept. What is left is less than what filled it.
        if self.buffer.capacity() > LARGE && self.buffer.len() < self.buffer.capacity() / 4 {
            self.buffer.shrink_to(self.buffer.len() * 2);
        }
    }

    /// The next event, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// The event is larger than the limit; the stream is of no more use then.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, TooLarge> {
        if std::mem::take(&mut self.given) {
            self.clear_event();
        }
        while let Some((from, to)) = self.next_line() {
            if from < to {
                self.field(from, to);
                self.check(0)?;
            } else if self.has_data {
                self.given = true;
                let (name, data) = (self.name.get(&self.buffer), self.data.get(&self.buffer));
                return Ok(Some(Event { name, data, id: &self.id }));
            } else {
                self.clear_event();
            }
        }
        self.check(self.buffer.len() - self.start)?;
        if self.buffer.capacity() > LARGE {
            self.make_room();
        }
        Ok(None)
    }

    /// Tells whether the bytes so far end within an event.
    #[must_use]
    pub fn is_inside_event(&self) -> bool {
        self.start < self.buffer.len() || (!self.given && (self.has_data || self.name.len() > 0))
    }

    /// The last bytes that were pushed, at most `limit` of them.
    pub(crate) fn last_bytes(&self, limit: usize) -> &[u8] {
        &self.buffer[self.buffer.len().saturating_sub(limit)..]
    }

    fn check(&self, pending: usize) -> Result<(), TooLarge> {
        if self.data.len() + self.name.len() + pending > self.limit {
            return Err(TooLarge { limit: self.limit });
        }
        Ok(())
    }

    fn clear_event(&mut self) {
        self.data.clear();
        self.name.clear();
        self.has_data = false;
    }

    /// Returns the start and the end of the next line in the buffer, without its end of line.
    fn next_line(&mut self) -> Option<(usize, usize)> {
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            if self.buffer[self.start] == b'\n' {
                self.start += 1;
                self.scanned = self.scanned.max(self.start);
            }
        }
        let rest = self.buffer.get(self.scanned..)?;
        // Every other line is the blank one after the data, which is not worth the call.
        let found = if rest.first() == Some(&b'\n') { Some(0) } else { memchr2(b'\n', b'\r', rest) };
        let Some(found) = found else {
            self.scanned = self.buffer.len();
            return None;
        };
        let end = self.scanned + found;
        self.after_cr = self.buffer[end] == b'\r';
        let mut from = self.start;
        if std::mem::take(&mut self.at_start) && self.buffer[from..end].starts_with(b"\xEF\xBB\xBF") {
            from += 3;
        }
        self.start = end + 1;
        self.scanned = self.start;
        Some((from, end))
    }

    fn field(&mut self, from: usize, to: usize) {
        let line = &self.buffer[from..to];
        let (name, value) = match line {
            [b'd', b'a', b't', b'a', b':', value @ ..] => (&line[..4], value),
            [b'e', b'v', b'e', b'n', b't', b':', value @ ..] => (&line[..5], value),
            _ => match memchr::memchr(b':', line) {
                Some(colon) => (&line[..colon], &line[colon + 1..]),
                None => (line, &[][..]),
            },
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        let place = (to - value.len(), to);
        match name {
            b"data" if self.has_data => self.data.add_line(place, &self.buffer),
            b"data" => {
                self.data.set(place);
                self.has_data = true;
            }
            b"event" => self.name.set(place),
            b"id" if value.len() <= LONGEST_ID && !value.contains(&0) => {
                self.id.clear();
                self.id.extend_from_slice(value);
            }
            // A comment (an empty name), `retry`, or a field that does not exist yet.
            _ => {}
        }
    }
}

/// A text of the event that is read: a place in the buffer as long as it is one line and the buffer stays, so that an
/// event that came in one piece is not copied.
#[derive(Debug, Default)]
struct Text {
    place: Option<(usize, usize)>,
    owned: Vec<u8>,
}

impl Text {
    fn get<'a>(&'a self, buffer: &'a [u8]) -> &'a [u8] {
        match self.place {
            Some((from, to)) => &buffer[from..to],
            None => &self.owned,
        }
    }

    fn len(&self) -> usize {
        self.place.map_or(self.owned.len(), |(from, to)| to - from)
    }

    fn set(&mut self, place: (usize, usize)) {
        self.owned.clear();
        self.place = Some(place);
    }

    fn add_line(&mut self, (from, to): (usize, usize), buffer: &[u8]) {
        self.own(buffer);
        self.owned.push(b'\n');
        self.owned.extend_from_slice(&buffer[from..to]);
    }

    /// Takes a copy of what is in the buffer.
    fn own(&mut self, buffer: &[u8]) {
        if let Some((from, to)) = self.place.take() {
            self.owned.extend_from_slice(&buffer[from..to]);
        }
    }

    fn clear(&mut self) {
        self.place = None;
        self.owned.clear();
        if self.owned.capacity() > LARGE {
            self.owned = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffers_of_a_large_event_are_let_go() -> Result<(), TooLarge> {
        for (rest, chunk) in [("", 16 * 1024), ("data: x", 16 * 1024), ("data: x\n", 5 * LARGE), ("", 5 * LARGE)] {
            let mut decoder = Decoder::new();
            let text = format!("data: {}\n\n{rest}", "a".repeat(4 * LARGE));
            let mut lengths = Vec::new();
            for bytes in text.as_bytes().chunks(chunk) {
                decoder.push(bytes);
                while let Some(event) = decoder.next_event()? {
                    lengths.push(event.data.len());
                }
            }
            assert_eq!(lengths, [4 * LARGE]);
            assert!(decoder.buffer.capacity() + decoder.data.owned.capacity() < LARGE, "{rest:?}");
            decoder.push(b"\n\n");
            let next = decoder.next_event()?.map(|event| event.data.to_vec());
            assert_eq!(next, (!rest.is_empty()).then(|| b"x".to_vec()));
        }
        Ok(())
    }
}
