//! Values of a response that events begin or replace.

use openai_runtime::json;

use crate::types::{Response, ResponseOutputTextLogprob, ResponseStatus, ResponseTextLogprob};
use crate::{Error, ErrorKind};

/// Sets a text to what it is as a whole. Some servers leave that out, and then what deltas came to stands. Returns if the
/// text is another one now, not the one before with more behind it.
#[inline]
pub(super) fn set(text: &mut String, whole: &str) -> bool {
    let rewritten = !whole.is_empty() && !whole.starts_with(text.as_str());
    if !whole.is_empty() {
        whole.clone_into(text);
    }
    rewritten
}

/// A response of which nothing is known but that it began: for servers that do not say `response.created`.
#[inline]
pub(super) fn started(snapshot: &mut Option<Response>) -> &mut Response {
    snapshot.get_or_insert_with(|| {
        // What no event had is absent.
        let mut response: Response = json::from_slice(br#"{"object": "response", "output": []}"#).unwrap_or_default();
        response.status = Some(ResponseStatus::InProgress);
        response
    })
}

#[inline]
pub(super) fn logprob(value: &ResponseTextLogprob) -> ResponseOutputTextLogprob {
    // The event's type has less fields than the part's; what it does not name is kept.
    json::from_slice(&json::to_vec(value)).unwrap_or_default()
}

/// Found in one place and not there any more: no event can bring this about, and if one did it would not be a panic.
#[cold]
#[inline]
pub(super) fn misplaced() -> Error {
    Error::new(ErrorKind::Stream, "an event does not fit the item that it names")
}
