//! The members of an object that its document does not have.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::thread::LocalKey;

use serde_json::Value;
use smallvec::SmallVec;

use super::error::InputError;
use super::table::Meta;

/// The members that were read beyond the document's fields, and the fields that were absent or null.
///
/// Nearly always empty, and then one pointer large. What objects that were read one after the other have in common, they
/// share: each chunk of a stream has the same nulls.
#[derive(Clone, Default)]
pub struct Extra(Option<Arc<ExtraData>>);

#[derive(Clone, Default)]
struct ExtraData {
    /// The table of the object this belongs to, known once something was read.
    meta: Option<&'static Meta>,
    /// Fields read as null, by index.
    null: u128,
    /// Required fields that were absent, by index.
    absent: u128,
    /// Unknown fields, and fields set by name.
    members: Members,
    /// The places of many members by name, once one of them was looked for.
    places: OnceLock<Box<Places>>,
    /// Fields whose text says more than their Rust value.
    texts: Vec<Text>,
    request_id: Option<Box<str>>,
    /// Inputs that did not fit their fields.
    problems: Option<Box<Problems>>,
}

/// The inputs that did not fit, by the name of the field.
#[derive(Clone, Default)]
struct Problems(Vec<(&'static str, InputError)>);

/// Mostly one: what servers pad the events of a stream with.
type Members = SmallVec<[(Arc<str>, Value); 1]>;
type Places = HashMap<Arc<str>, usize>;

/// Of so many members, each is looked at: a search in a map costs as much.
const FEW: usize = 16;

#[derive(Clone)]
struct Text {
    index: usize,
    value: Value,
    /// The text that the field wrote right after it was read: as long as it writes the same, it was not changed.
    as_read: Vec<u8>,
}

impl Extra {
    /// Tells whether nothing is kept at all: the fields of the type say all there was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0
            .as_deref()
            .is_none_or(|data| data.null | data.absent == 0 && data.members.is_empty() && data.texts.is_empty())
    }

    /// The value of a field that the type does not have, or that was set by name.
    ///
    /// A field of the type whose text says more than its Rust value has it here too: a list with null items, a
    /// constant with another value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let data = self.0.as_deref()?;
        if let Some(value) = self.inserted(name) {
            return Some(value);
        }
        // Names are compared only if a text was kept.
        let index = if data.texts.is_empty() { return None } else { data.index(name)? };
        data.texts.iter().find(|text| text.index == index).map(|text| &text.value)
    }

    /// Sets a field by its name on the wire, whether the type has it or not; it wins over the field of the type.
    pub fn insert<'a>(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value>) {
        let name = name.into();
        let value = value.into();
        let data = self.data();
        match data.place(&name) {
            Some(at) => data.members[at].1 = value,
            None => data.push(shared_name(&name), value),
        }
    }

    /// The value that [`insert`](Self::insert) would replace, to be changed in its place.
    ///
    /// ```
    /// use openai_runtime::json::{Extra, Value};
    ///
    /// let mut extra = Extra::default();
    /// extra.insert("note", "Hel");
    /// if let Some(Value::String(note)) = extra.get_mut("note") {
    ///     note.push_str("lo");
    /// }
    /// assert_eq!(extra.get("note").and_then(Value::as_str), Some("Hello"));
    /// ```
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.0.as_deref()?.place(name)?;
        Some(&mut Arc::make_mut(self.0.as_mut()?).members[at].1)
    }

    /// Takes out a field that [`Self::get`] gives. For a field of the type, what was noted when it was read is
    /// forgotten: that it was null or absent, or what its text said.
    ///
    /// A required field that was null or absent and was then set to its type's empty value (`0`, `""`, `[]`) is
    /// written only after this: nothing else tells it from one that was left alone.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let data = Arc::make_mut(self.0.as_mut()?);
        if let Some(at) = data.place(name) {
            if at + 1 < data.members.len() {
                // Those behind it move.
                data.places.take();
            } else if let Some(places) = data.places.get_mut() {
                places.remove(name);
            }
            return Some(data.members.remove(at).1);
        }
        let index = data.index(name)?;
        let was_null = data.null & (1 << index) != 0;
        data.forget(index).or(was_null.then_some(Value::Null))
    }

    /// Has a field written as `null`, where leaving it out would mean something else.
    pub fn set_null(&mut self, name: &str) {
        self.insert(name, Value::Null);
    }

    /// Tells whether a field was `null` when it was read, or was set to be.
    #[must_use]
    #[inline]
    pub fn is_null(&self, name: &str) -> bool {
        let Some(data) = self.0.as_deref() else { return false };
        match self.inserted(name) {
            Some(value) => value.is_null(),
            // Names are compared only if one of the fields was null.
            None => data.null != 0 && data.index(name).is_some_and(|index| data.null & (1 << index) != 0),
        }
    }

    /// Tells whether a required field was absent when the object was read, and was not set by name since.
    #[must_use]
    #[inline]
    pub fn is_absent(&self, name: &str) -> bool {
        let Some(data) = self.0.as_deref() else { return false };
        let is_absent = |index: usize| data.absent & (1 << index) != 0;
        data.absent != 0 && data.index(name).is_some_and(is_absent) && self.inserted(name).is_none()
    }

    /// The unknown fields and those set by name, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.0.as_deref().map(|data| data.members.as_slice()).unwrap_or_default();
        members.iter().map(|(name, value)| (&**name, value))
    }

    /// Returns the fields of the type whose text says more than their Rust values, with the values of that text: those of
    /// another kind, lists with null items, constants with another value.
    pub fn kept(&self) -> impl Iterator<Item = (&str, &Value)> {
        let data = self.0.as_deref();
        let texts = data.map(|data| data.texts.as_slice()).unwrap_or_default();
        texts.iter().filter_map(move |text| Some((data?.meta?.fields.get(text.index)?.name(), &text.value)))
    }

    /// The `x-request-id` of the response that this is the body of, for the logs and for OpenAI's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.as_deref()?.request_id.as_deref()
    }

    /// Notes the id of the request; it is neither written nor compared.
    #[doc(hidden)]
    #[inline]
    pub fn set_request_id(&mut self, id: Option<&str>) {
        if id.is_some() || self.0.is_some() {
            self.data().request_id = id.map(Into::into);
        }
    }

    /// Returns the value that a field was given. One that does not fit leaves the field empty and is kept as the reason why
    /// the object cannot be sent, until the field is given another one.
    #[doc(hidden)]
    #[inline]
    pub fn given<T: Default>(&mut self, field: &'static str, value: Result<T, InputError>) -> T {
        match value {
            Ok(value) => {
                if self.0.is_some() {
                    self.accept(field);
                }
                value
            }
            Err(error) => {
                self.refuse(field, error);
                T::default()
            }
        }
    }

    fn accept(&mut self, field: &str) {
        if self.0.as_deref().is_some_and(|data| data.problems.is_some())
            && let Some(problems) = &mut self.data().problems
        {
            problems.0.retain(|(known, _)| *known != field);
        }
    }

    /// Keeps the reason why a field cannot be sent.
    #[doc(hidden)]
    #[cold]
    pub fn refuse(&mut self, field: &'static str, error: InputError) {
        self.accept(field);
        self.data().problems.get_or_insert_default().0.push((field, error.in_field(field)));
    }

    /// Returns the reasons why the object cannot be sent.
    pub(super) fn problems(&self) -> impl Iterator<Item = &InputError> {
        let problems = self.0.as_deref().and_then(|data| data.problems.as_deref());
        problems.into_iter().flat_map(|problems| problems.0.iter().map(|(_, error)| error))
    }

    /// Tells whether the fields alone are to be written; quicker than [`Self::is_empty`], and may be wrong one way.
    #[inline]
    pub(super) fn is_blank(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn inserted(&self, name: &str) -> Option<&Value> {
        let data = self.0.as_deref()?;
        data.place(name).map(|at| &data.members[at].1)
    }

    /// The members that are no field of the type; those that are have been written in the field's place.
    pub(super) fn unknown(&self, meta: &'static Meta) -> impl Iterator<Item = (&str, &Value)> {
        self.iter().filter(move |(name, _)| meta.find(name).is_none())
    }

    /// Notes which fields were null, and which were absent and should not have been.
    pub(super) fn mark(&mut self, meta: &'static Meta, null: u128, absent: u128) {
        if self.0.is_none() {
            self.0 = Some(shared(meta, null, absent));
            return;
        }
        let data = self.data();
        data.meta = Some(meta);
        data.null = null;
        data.absent = absent;
    }

    pub(super) fn keep_text(&mut self, meta: &'static Meta, index: usize, value: Value, as_read: Vec<u8>) {
        let data = self.data();
        data.meta = Some(meta);
        data.texts.push(Text { index, value, as_read });
    }

    /// Adds an unknown field; [`Self::keep_last_of_each`] follows once all were read.
    pub(super) fn push(&mut self, name: Cow<'_, str>, value: Value) {
        self.data().push(shared_name(&name), value);
    }

    /// Of members with the same name, only the last stays.
    #[inline]
    pub(super) fn keep_last_of_each(&mut self) {
        if self.0.as_deref().is_some_and(|data| data.members.len() > 1) {
            let data = self.data();
            data.places.take();
            keep_last_of_each(&mut data.members);
        }
    }

    pub(super) fn forget(&mut self, index: usize) {
        if self.0.is_some() {
            self.data().forget(index);
        }
    }

    /// Tells whether a field was null, and whether it was absent.
    pub(super) fn marks(&self, index: usize) -> (bool, bool) {
        let bit = |bits: u128| bits & (1 << index) != 0;
        self.0.as_deref().map_or((false, false), |data| (bit(data.null), bit(data.absent)))
    }

    pub(super) fn kept_text(&self, index: usize) -> Option<(&Value, &[u8])> {
        let data = self.0.as_deref()?;
        data.texts.iter().find(|text| text.index == index).map(|text| (&text.value, &*text.as_read))
    }

    fn data(&mut self) -> &mut ExtraData {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

/// A value that is the same in many objects of a stream or list: the last few that this thread had are kept, so that
/// those objects need no memory of their own for it.
fn kept<T: Clone>(
    last: &'static LocalKey<RefCell<[Option<T>; KEPT]>>,
    place: usize,
    is_it: impl Fn(&T) -> bool,
    make: impl Fn() -> T,
) -> T {
    let find = |last: &RefCell<[Option<T>; KEPT]>| {
        let mut last = last.try_borrow_mut().ok()?;
        let slot = &mut last[place % KEPT];
        if !slot.as_ref().is_some_and(&is_it) {
            *slot = Some(make());
        }
        slot.clone()
    };
    // A thread that ends has no such places any more.
    last.try_with(find).ok().flatten().unwrap_or_else(&make)
}

const KEPT: usize = 16;

/// Returns the notes of an object without unknown members.
fn shared(meta: &'static Meta, null: u128, absent: u128) -> Arc<ExtraData> {
    thread_local! {
        static LAST: RefCell<[Option<Arc<ExtraData>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
    }
    let place = (std::ptr::from_ref(meta).addr() / align_of::<Meta>()) ^ (null ^ absent) as usize;
    let is_it = |data: &Arc<ExtraData>| {
        data.meta.is_some_and(|known| std::ptr::eq(known, meta)) && data.null == null && data.absent == absent
    };
    kept(&LAST, place, is_it, || Arc::new(ExtraData { meta: Some(meta), null, absent, ..ExtraData::default() }))
}

fn shared_name(name: &str) -> Arc<str> {
    /// Longer names are those of maps rather than of fields.
    const LONG: usize = 64;
    thread_local! {
        static LAST: RefCell<[Option<Arc<str>>; KEPT]> = const { RefCell::new([const { None }; KEPT]) };
    }
    if name.len() > LONG {
        return name.into();
    }
    let place = name.len() + name.bytes().next().map_or(0, usize::from) * 3;
    kept(&LAST, place, |known| **known == *name, || name.into())
}

impl ExtraData {
    fn index(&self, name: &str) -> Option<usize> {
        self.meta?.find(name)
    }

    /// Returns the place of a member. The text may come from anywhere, so that many must not be looked through for each.
    fn place(&self, name: &str) -> Option<usize> {
        if self.members.len() <= FEW {
            count(self.members.len());
            return self.members.iter().position(|(known, _)| **known == *name);
        }
        count(1);
        let places = self.places.get_or_init(|| {
            count(self.members.len());
            // Of several with one name the first is found, as among few.
            Box::new(self.members.iter().enumerate().rev().map(|(at, (name, _))| (name.clone(), at)).collect())
        });
        places.get(name).copied()
    }

    fn push(&mut self, name: Arc<str>, value: Value) {
        if let Some(places) = self.places.get_mut() {
            places.entry(name.clone()).or_insert(self.members.len());
        }
        self.members.push((name, value));
    }

    /// Forgets what was noted of a field, and gives the value that was kept for it.
    fn forget(&mut self, index: usize) -> Option<Value> {
        self.null &= !(1 << index);
        self.absent &= !(1 << index);
        let at = self.texts.iter().position(|text| text.index == index)?;
        Some(self.texts.swap_remove(at).value)
    }
}

/// In time that is linear for many members: the text may come from anywhere.
fn keep_last_of_each(members: &mut Members) {
    let has_duplicates = if members.len() <= FEW {
        (1..members.len()).any(|at| members[..at].iter().any(|(name, _)| *name == members[at].0))
    } else {
        let mut names = BTreeSet::new();
        !members.iter().all(|(name, _)| names.insert(&**name))
    };
    if has_duplicates {
        let mut seen = BTreeSet::new();
        members.reverse();
        members.retain(|(name, _)| seen.insert(name.clone()));
        members.reverse();
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
thread_local! {
    /// The members that were looked at.
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[inline]
fn count(_steps: usize) {
    #[cfg(test)]
    STEPS.set(STEPS.get() + _steps);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_linear_in_the_members() {
        let steps = |many: usize| {
            STEPS.set(0);
            let mut extra = Extra::default();
            for round in 0..3 {
                for at in 0..many {
                    let name = format!("n{at}");
                    assert_eq!(extra.get(&name).is_some(), round > 0);
                    extra.insert(name.as_str(), at);
                    assert!(extra.get_mut(&name).is_some_and(|value| *value == at));
                    assert!(!extra.is_null(&name) && !extra.is_absent(&name));
                }
            }
            // From behind, as members of its own are taken out.
            for at in (0..many).rev() {
                assert_eq!(extra.remove(&format!("n{at}")), Some(Value::from(at)));
            }
            assert_eq!(extra.iter().count(), 0);
            STEPS.get()
        };
        let (few, many) = (steps(8000), steps(16_000));
        assert!(many <= 2 * few + 64 * FEW && many <= 16_000 * 20, "{few}, {many}");
    }

    #[test]
    fn many_members_are_found_as_few_are() {
        let mut extra = Extra::default();
        for at in 0..100 {
            extra.insert(format!("n{at}"), at);
        }
        let copy = extra.clone();
        assert_eq!(extra.remove("n3"), Some(Value::from(3)));
        assert_eq!((extra.get("n3"), extra.get("n99"), copy.get("n3")), (None, Some(&99.into()), Some(&3.into())));
        extra.insert("n3", "again");
        assert_eq!(extra.iter().last(), Some(("n3", &Value::from("again"))));
        extra.set_null("n50");
        assert!(extra.is_null("n50") && !copy.is_null("n50"));
        // Of members with one name, the last one that was read stays.
        let mut read = Extra::default();
        (0..40).for_each(|at| read.push(format!("m{}", at % 20).into(), at.into()));
        assert_eq!(read.get("m1"), Some(&1.into()));
        read.keep_last_of_each();
        assert_eq!((read.get("m1"), read.iter().count()), (Some(&21.into()), 20));
    }
}
