//! Results among the values that serde can write.

use std::fmt::Display;

use serde::ser::{Impossible, Serializer};
use serde::{Serialize, ser};

/// A `Result` that serde wrote.
pub(super) struct WrittenResult {
    pub(super) is_ok: bool,
    /// The JSON of what is in it.
    pub(super) json: serde_json::Result<String>,
}

/// Returns the `Result` that a value is, or `None` if it is another value.
///
/// A `Result` is one of the types that serde can write if both of its types are, and no implementation can tell it from
/// the others. It writes itself as the variants `Ok` and `Err` of `Result`, and is known by that.
pub(super) fn result_of<T: Serialize + ?Sized>(value: &T) -> Option<WrittenResult> {
    value.serialize(Probe).ok()
}

/// A serializer that takes a `Result` and nothing else.
struct Probe;

#[derive(Debug)]
struct Another;

impl Display for Another {
    #[inline]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no `Result`")
    }
}

impl std::error::Error for Another {}

impl ser::Error for Another {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

macro_rules! others {
    ($($method:ident($($argument:ty),*) -> $output:ty;)*) => {
        $(fn $method(self, $(_: $argument),*) -> Result<$output, Another> {
            Err(Another)
        })*
    };
}

impl Serializer for Probe {
    type Ok = WrittenResult;
    type Error = Another;
    type SerializeSeq = Impossible<WrittenResult, Another>;
    type SerializeTuple = Impossible<WrittenResult, Another>;
    type SerializeTupleStruct = Impossible<WrittenResult, Another>;
    type SerializeTupleVariant = Impossible<WrittenResult, Another>;
    type SerializeMap = Impossible<WrittenResult, Another>;
    type SerializeStruct = Impossible<WrittenResult, Another>;
    type SerializeStructVariant = Impossible<WrittenResult, Another>;

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<WrittenResult, Another> {
        match (name, variant) {
            ("Result", "Ok" | "Err") => {
                Ok(WrittenResult { is_ok: variant == "Ok", json: serde_json::to_string(value) })
            }
            _ => Err(Another),
        }
    }

    others! {
        serialize_bool(bool) -> WrittenResult;
        serialize_i8(i8) -> WrittenResult;
        serialize_i16(i16) -> WrittenResult;
        serialize_i32(i32) -> WrittenResult;
        serialize_i64(i64) -> WrittenResult;
        serialize_u8(u8) -> WrittenResult;
        serialize_u16(u16) -> WrittenResult;
        serialize_u32(u32) -> WrittenResult;
        serialize_u64(u64) -> WrittenResult;
        serialize_f32(f32) -> WrittenResult;
        serialize_f64(f64) -> WrittenResult;
        serialize_char(char) -> WrittenResult;
        serialize_str(&str) -> WrittenResult;
        serialize_bytes(&[u8]) -> WrittenResult;
        serialize_none() -> WrittenResult;
        serialize_unit() -> WrittenResult;
        serialize_unit_struct(&'static str) -> WrittenResult;
        serialize_unit_variant(&'static str, u32, &'static str) -> WrittenResult;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<WrittenResult, Another> {
        Err(Another)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<WrittenResult, Another> {
        Err(Another)
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<WrittenResult, Another> {
        Err(Another)
    }
}
