//! Lists of objects that events name by their ids.

use super::placements::At;
use crate::{Error, ErrorKind, Result};

/// The place of the object `id`: most events are for the current one.
pub(super) fn find<T>(objects: &[T], current: Option<At>, id: &str, id_of: fn(&T) -> &str) -> usize {
    let same = |object: &T| id_of(object) == id;
    let current =
        current.map(|at| at.0).filter(|at| objects.get(*at).is_some_and(|object| id.is_empty() || same(object)));
    current.or_else(|| objects.iter().rposition(same)).unwrap_or(objects.len())
}

pub(super) fn put<T: Clone>(objects: &mut Vec<T>, at: usize, object: &T) {
    match objects.get_mut(at) {
        Some(known) => known.clone_from(object),
        None => objects.push(object.clone()),
    }
}

/// More messages or steps than this no run has: each event looks through them.
const MAX_OBJECTS: usize = 4096;

/// Returns the place if a list may go on as far.
#[inline]
pub(super) fn room(at: usize, what: &str) -> Result<usize> {
    if at < MAX_OBJECTS {
        return Ok(at);
    }
    Err(Error::new(ErrorKind::Stream, format!("the stream has more than {MAX_OBJECTS} {what}")))
}
