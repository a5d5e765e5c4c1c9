//! What an object holds beyond its document.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::Meta;

/// What was read beyond the document's fields, and which fields were absent or null.
///
/// Nearly always empty, and then one pointer large.
#[derive(Clone, Default)]
pub struct Extra(Option<Box<Data>>);

#[derive(Clone, Default)]
struct Data {
    /// The table of the object this belongs to, known once something was read.
    meta: Option<&'static Meta>,
    /// Fields read as null, by index.
    null: u128,
    /// Required fields that were absent, by index.
    absent: u128,
    /// Unknown fields, and fields set by name.
    members: Vec<(Box<str>, Value)>,
    /// Fields whose text says more than their Rust value.
    texts: Vec<Text>,
}

#[derive(Clone)]
struct Text {
    index: usize,
    value: Value,
    /// What the field wrote right after it was read: as long as it writes the same, it was not changed.
    as_read: Vec<u8>,
}

impl Extra {
    /// Whether nothing is kept at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value of a field that the type does not have, or that was set by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let data = self.0.as_deref()?;
        if let Some(value) = self.inserted(name) {
            return Some(value);
        }
        let index = data.index(name)?;
        data.texts.iter().find(|text| text.index == index).map(|text| &text.value)
    }

    /// Sets a field by its name on the wire, whether the type has it or not; it wins over the field of the type.
    pub fn insert<'a>(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Value>) {
        let name = name.into();
        let value = value.into();
        let data = self.data();
        match data.members.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, old)) => *old = value,
            None => data.members.push((name.into(), value)),
        }
    }

    /// Takes out a field that [`Self::get`] gives.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let data = self.0.as_deref_mut()?;
        let at = data.members.iter().position(|(known, _)| **known == *name)?;
        Some(data.members.remove(at).1)
    }

    /// Has a field written as `null`, where leaving it out would mean something else.
    pub fn set_null(&mut self, name: &str) {
        self.insert(name, Value::Null);
    }

    /// Whether a field was `null` when it was read, or was set to be.
    #[must_use]
    pub fn is_null(&self, name: &str) -> bool {
        let Some(data) = self.0.as_deref() else { return false };
        match self.inserted(name) {
            Some(value) => value.is_null(),
            None => data.index(name).is_some_and(|index| data.null & (1 << index) != 0),
        }
    }

    /// Whether a required field was absent when the object was read.
    #[must_use]
    pub fn is_absent(&self, name: &str) -> bool {
        let Some(data) = self.0.as_deref() else { return false };
        data.index(name).is_some_and(|index| data.absent & (1 << index) != 0)
    }

    /// The unknown fields and those set by name, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.0.as_deref().map(|data| data.members.as_slice()).unwrap_or_default();
        members.iter().map(|(name, value)| (&**name, value))
    }

    pub(crate) fn inserted(&self, name: &str) -> Option<&Value> {
        let data = self.0.as_deref()?;
        data.members.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    /// The members that are no field of the type; those that are have been written in the field's place.
    pub(crate) fn unknown(&self, meta: &'static Meta) -> impl Iterator<Item = (&str, &Value)> {
        self.iter().filter(move |(name, _)| meta.find(name, 0).is_none())
    }

    pub(crate) fn mark_null(&mut self, meta: &'static Meta, index: usize) {
        let data = self.data();
        data.meta = Some(meta);
        data.null |= 1 << index;
    }

    pub(crate) fn mark_absent(&mut self, meta: &'static Meta, index: usize) {
        let data = self.data();
        data.meta = Some(meta);
        data.absent |= 1 << index;
    }

    pub(crate) fn keep_text(&mut self, meta: &'static Meta, index: usize, value: Value, as_read: Vec<u8>) {
        let data = self.data();
        data.meta = Some(meta);
        data.texts.retain(|text| text.index != index);
        data.texts.push(Text { index, value, as_read });
    }

    /// Whether a field was null, and whether it was absent.
    pub(crate) fn marks(&self, index: usize) -> (bool, bool) {
        let bit = |bits: u128| bits & (1 << index) != 0;
        self.0.as_deref().map_or((false, false), |data| (bit(data.null), bit(data.absent)))
    }

    pub(crate) fn kept_text(&self, index: usize) -> Option<(&Value, &[u8])> {
        let data = self.0.as_deref()?;
        data.texts.iter().find(|text| text.index == index).map(|text| (&text.value, &*text.as_read))
    }

    fn data(&mut self) -> &mut Data {
        self.0.get_or_insert_default()
    }
}

impl Data {
    fn index(&self, name: &str) -> Option<usize> {
        self.meta?.find(name, 0)
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
