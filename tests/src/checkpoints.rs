//! The rules that hold for an accumulator whatever it is given: a copy of it, and a state that was stored and read
//! again, continue as it does itself. The fuzz targets have this file too, so it knows no more than the crates' public
//! words.

use std::fmt::Debug;

use openai_ext::runtime::json::{self, Json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Events from JSON texts, and how many of the texts are no such event.
#[must_use]
pub fn events<'a, E: Json + Default>(texts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<E>, usize) {
    let mut unread = 0;
    let read = texts.into_iter().filter_map(|text| json::from_slice(text).map_err(|_| unread += 1).ok()).collect();
    (read, unread)
}

/// Gives all events to an accumulator, and from each place that `breaks` names on also to a copy of it and to one that was
/// stored there and read again. What `push` tells of each event and the states at the end must be the same.
///
/// # Panics
/// They are not.
pub fn check<A, E, T>(events: &[E], breaks: impl Fn(usize) -> bool, push: impl Fn(&mut A, &E) -> T) -> A
where
    A: Clone + Default + Serialize + DeserializeOwned,
    T: Debug + PartialEq,
{
    let mut whole = A::default();
    let mut others: Option<[(&str, A); 2]> = None;
    for (at, event) in events.iter().enumerate() {
        if breaks(at) {
            others = Some([("a copy", whole.clone()), ("what was stored", stored_and_read(&whole))]);
        }
        let told = push(&mut whole, event);
        for (what, other) in others.iter_mut().flatten() {
            assert_eq!(push(other, event), told, "{what}, event {at}");
        }
    }
    let state = text(&whole);
    for (what, other) in others.iter().flatten() {
        assert_eq!(text(other), state, "{what}, at the end");
    }
    stored_and_read(&whole);
    whole
}

/// Stores a state and reads it; what is stored of that must be the same.
fn stored_and_read<A: Serialize + DeserializeOwned>(accumulator: &A) -> A {
    let stored = text(accumulator);
    let read = serde_json::from_str(&stored).expect("what is stored can be read again");
    assert_eq!(text(&read), stored, "what is stored of what was stored");
    read
}

fn text(accumulator: &impl Serialize) -> String {
    serde_json::to_string(accumulator).expect("a state can be written")
}
