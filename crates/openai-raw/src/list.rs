//! The response of most list operations.

use std::fmt;

use openai_runtime::ListPage;
use openai_runtime::json::{self, Extra, Field, Json, Meta, ReadError, Reader, Writer};
use openai_runtime::serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A page of a list. Written with `object`: `list`.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct List<T> {
    /// `data`: the items of this page.
    pub data: Vec<T>,
    /// `has_more`: whether more pages follow.
    pub has_more: bool,
    /// `first_id`: the id of the first item.
    pub first_id: Option<String>,
    /// `last_id`: the id of the last item, after which the next page starts.
    pub last_id: Option<String>,
    /// Fields that the document does not have, and which fields were absent or null.
    pub extra: Extra,
}

static META: Meta = Meta::new(
    "List",
    &[
        Field::R("\"data\":"),
        Field::R("\"has_more\":"),
        Field::O("\"first_id\":"),
        Field::O("\"last_id\":"),
        Field::C("\"object\":", "list"),
    ],
);

impl<T: Json + Default> Json for List<T> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let fields: &mut [&mut dyn Json] =
            &mut [&mut self.data, &mut self.has_more, &mut self.first_id, &mut self.last_id];
        json::read_object(&META, fields, &mut self.extra, reader)
    }

    fn write(&self, writer: &mut Writer) {
        let fields: &[&dyn Json] = &[&self.data, &self.has_more, &self.first_id, &self.last_id];
        json::write_object(&META, fields, &self.extra, writer);
    }
}

impl<T: Json + Default + Send + 'static> ListPage for List<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        &self.data
    }

    fn into_items(self) -> Vec<T> {
        self.data
    }
}

impl<T: Json + Default> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        json::debug("List", self, f)
    }
}

impl<T: Json + Default> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        json::equal(self, other)
    }
}

impl<T: Json + Default> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json::serialize(self, serializer)
    }
}

impl<'de, T: Json + Default> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::deserialize(deserializer)
    }
}
