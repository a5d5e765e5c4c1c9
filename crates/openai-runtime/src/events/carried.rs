//! The meaning of an event for its stream, whatever its type: noise, an error, an end.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::Value;

use super::sse::Event;
use crate::error::{Error, Result, excerpt, failed_choice, first_of, is_answer, is_flat, is_something, report_in};
use crate::json::{self, JsonKind, Reader};
use crate::request::endpoint::Done;

/// Words that say that the connection is alive, as the name of an event or as its data.
const SIGNS_OF_LIFE: [&str; 5] = ["ping", "keepalive", "keep-alive", "keep_alive", "heartbeat"];

/// Tells whether an event says nothing: a comment as data, no data, null, or a sign of life.
#[inline]
pub(super) fn is_noise(done: Done, event: Event<'_>) -> bool {
    match event.data {
        // Where events are told apart by a type, one of a type that does not exist yet is an event.
        [b'{', rest @ ..] => matches!(done, Done::Marker | Done::Enveloped) && is_object_noise(event, rest),
        _ => is_bare_noise(event),
    }
}

#[inline]
fn is_object_noise(event: Event<'_>, rest: &[u8]) -> bool {
    /// A sign of life is short; what is longer is read for its first member alone.
    const SHORT: usize = 96;
    let named = !event.name.is_empty() && is_sign_of_life(event.name);
    named || ((event.data.len() <= SHORT || rest.starts_with(b"\"type\"")) && says_alive(event.data).unwrap_or(false))
}

/// Tells whether an object says by its type that the connection is alive, and has nothing of an answer.
fn says_alive(data: &[u8]) -> Result<bool, json::ReadError> {
    let mut reader = Reader::new(data)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match (&*key, reader.kind()?) {
            ("choices", _) => return Ok(false),
            ("type" | "object" | "event", JsonKind::String) if is_sign_of_life(reader.string()?.as_bytes()) => {
                return Ok(true);
            }
            ("type" | "object" | "event", JsonKind::String) => {}
            _ => reader.skip()?,
        }
    }
    Ok(false)
}

fn is_bare_noise(event: Event<'_>) -> bool {
    let data = event.data.trim_ascii();
    let word = data.strip_prefix(b"\"").and_then(|data| data.strip_suffix(b"\"")).unwrap_or(data);
    match data {
        b"" | b"null" | [b':', ..] => true,
        [b'{' | b'[', ..] => false,
        _ => is_sign_of_life(word) || is_sign_of_life(event.name),
    }
}

fn is_sign_of_life(word: &[u8]) -> bool {
    SIGNS_OF_LIFE.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// Tells whether an event is of one of these types.
pub(super) fn is_of(types: &[&str], event: Event<'_>) -> bool {
    if let Some(tag) = leading_type(event.data) {
        return types.iter().any(|name| name.as_bytes() == tag);
    }
    match type_of(event.data) {
        Ok(Some(tag)) => types.contains(&&*tag),
        _ => types.iter().any(|name| name.as_bytes() == event.name),
    }
}

/// The `type` of an event's data as the API writes it: first, with no white space around.
fn leading_type(data: &[u8]) -> Option<&[u8]> {
    let rest = data.strip_prefix(b"{\"type\":\"")?;
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    (rest[end] == b'"').then_some(&rest[..end])
}

/// The `type` of an event's data, wherever it stands.
fn type_of(data: &[u8]) -> Result<Option<Cow<'_, str>>, json::ReadError> {
    let mut reader = Reader::new(data)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        if key == "type" {
            return reader.string().map(Some);
        }
        reader.skip()?;
    }
    Ok(None)
}

/// The error that an event carries, if it does: named `error`, of type or object `error`, or with an `error` member, of
/// its own or in a choice.
pub(super) fn carried_error(done: Done, event: Event<'_>) -> Option<Error> {
    let named = event.name.eq_ignore_ascii_case(b"error");
    // Most events have no such word in them, and need no second reading.
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"error\""));
    if !named && WORD.find(event.data).is_none() {
        return None;
    }
    let value: Value = match serde_json::from_slice(event.data) {
        Ok(value) => value,
        Err(_) if named => return Some(Error::from_event(&Value::String(excerpt(event.data)))),
        Err(_) => return None,
    };
    let carrier = first_of(&value);
    let is_error = |name: &str| carrier.get(name).and_then(Value::as_str) == Some("error");
    if is_error("type") && matches!(done, Done::Resting { .. }) {
        return None;
    }
    // What is told apart by names has errors of its own within.
    let may_carry = done != Done::Enveloped || (carrier.get("id").is_none() && carrier.get("object").is_none());
    let member = may_carry && carrier.get("error").is_some_and(is_something);
    if named || is_error("type") || is_error("object") || member {
        return Some(Error::from_event(&value));
    }
    failed_choice(carrier).map(Error::from_event)
}

/// The error that an event is which lacks what its type requires: a message with a code or a type, and nothing else; or
/// what reports an error as the body of a response. An event that is told by its type or name may have any members.
#[cold]
pub(super) fn lacking_error(done: Done, event: Event<'_>) -> Option<Error> {
    let words: [&[u8]; 4] = [b"\"message\"", b"\"msg\"", b"\"detail\"", b"\"errors\""];
    words.into_iter().find_map(|word| memchr::memmem::find(event.data, word))?;
    let value: Value = serde_json::from_slice(event.data).ok()?;
    let members = value.as_object()?;
    let is_told = match done {
        Done::Marker => false,
        Done::Enveloped => !event.name.is_empty(),
        _ => members.get("type").is_some_and(Value::is_string),
    };
    let is_error = is_flat(members) || (!is_told && !is_answer(members) && report_in(&value).is_some());
    is_error.then(|| Error::from_event(&value))
}
