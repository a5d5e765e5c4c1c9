//! The lane and the kind of an event, read without the rest of it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The facts of an event by which it is filed.
#[derive(Default)]
pub(super) struct Label {
    pub(super) lane: Option<String>,
    pub(super) kind: EventKind,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum EventKind {
    /// `response.create`, by which a client asks for a response.
    Create,
    /// `response.created`.
    Created,
    /// An event in the middle of a response.
    Part,
    /// The last event of a response.
    Ended,
    /// `response.failed`, which is one as well.
    Failed,
    /// `error`, which ends a response as well.
    Error,
    /// An answer to a steer.
    Steer,
    #[default]
    Other,
}

impl Label {
    /// Reads the label of an event; one that is no JSON object has none, and is for the connection's reader.
    pub(super) fn of(text: &[u8]) -> Self {
        serde_json::from_slice(text).unwrap_or_default()
    }
}

impl EventKind {
    fn of(name: &str) -> Self {
        match name {
            "response.create" => Self::Create,
            "response.created" => Self::Created,
            "response.completed" | "response.incomplete" => Self::Ended,
            "response.failed" => Self::Failed,
            "error" => Self::Error,
            "response.steer.accepted" | "response.steer.pending" | "response.steer.failed" => Self::Steer,
            part if part.starts_with("response.") => Self::Part,
            _ => Self::Other,
        }
    }

    pub(super) fn is_last(self) -> bool {
        matches!(self, Self::Ended | Self::Failed | Self::Error)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LabelVisitor)
    }
}

struct LabelVisitor;

impl<'de> Visitor<'de> for LabelVisitor {
    type Value = Label;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Label, A::Error> {
        let mut label = Label::default();
        while let Some(Text(name)) = map.next_key()? {
            match name.as_deref() {
                Some("type") => {
                    let Text(kind) = map.next_value()?;
                    label.kind = kind.as_deref().map(EventKind::of).unwrap_or_default();
                }
                Some("stream_id") => label.lane = map.next_value::<Text>()?.0,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(label)
    }
}

/// A string; none if it is anything else, which is no error.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
