//! Lines of JSON as events: what `to_ndjson` writes, and other proxies send.

use std::borrow::Cow;

use super::sse::{Decoder, Event};
use crate::json::{self, JsonKind, Reader};

/// The place in a body of lines.
#[derive(Default)]
pub(super) struct Lines {
    /// A line was begun.
    is_inside: bool,
    /// The last byte of it that is no white space.
    last: u8,
    has_ended: bool,
}

impl Lines {
    /// Gives the next bytes to the decoder, each line as the data of an event.
    pub(super) fn push(&mut self, mut bytes: &[u8], decoder: &mut Decoder) {
        while !bytes.is_empty() {
            let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
            let (line, rest) = bytes.split_at(end);
            let line = if self.is_inside { line } else { line.trim_ascii_start() };
            if !line.is_empty() {
                if !std::mem::replace(&mut self.is_inside, true) {
                    decoder.push(b"data: ");
                }
                decoder.push(line);
                self.last = line.trim_ascii_end().last().copied().unwrap_or(self.last);
            }
            if !rest.is_empty() && std::mem::take(&mut self.is_inside) {
                decoder.push(b"\n\n");
            }
            bytes = rest.get(1..).unwrap_or_default();
        }
    }

    /// Ends a last line that has no break; false if that is no use.
    pub(super) fn end(&mut self, decoder: &mut Decoder) -> bool {
        let is_first = !std::mem::replace(&mut self.has_ended, true);
        // A line that ends within a value was cut off.
        let ends = is_first && self.is_inside && self.last == b'}';
        if ends {
            decoder.push(b"\n\n");
        }
        ends
    }
}

/// An event in a line: with its name, where streams tell their events by names.
pub(super) struct LineEvent<'a> {
    name: Cow<'a, str>,
    data: Cow<'a, [u8]>,
}

impl<'a> LineEvent<'a> {
    /// Reads `{"event": name, "data": …}`; a line of another form is none.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        Self::parse(line).ok().flatten()
    }

    fn parse(line: &'a [u8]) -> Result<Option<Self>, json::ReadError> {
        let mut reader = Reader::new(line)?;
        let (mut name, mut data, mut first) = (None, None, true);
        reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut first)? {
            match (&*key, reader.kind()?) {
                ("event", JsonKind::String) => name = Some(reader.string()?),
                // `[DONE]` is no JSON, and so a string in a line.
                ("data", JsonKind::String) => {
                    data = Some(match reader.string()? {
                        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                    });
                }
                ("data", _) => data = Some(Cow::Borrowed(reader.raw()?.as_bytes())),
                _ => reader.skip()?,
            }
        }
        reader.finish()?;
        Ok(name.zip(data).map(|(name, data)| Self { name, data }))
    }

    pub(super) fn event<'e>(&'e self, id: &'e [u8]) -> Event<'e> {
        Event { name: self.name.as_bytes(), data: &self.data, id }
    }
}
