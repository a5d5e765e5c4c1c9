//! The traits and methods of every generated type.

/// Makes a struct a JSON object: `object!(Name, [field table], [members])`.
///
/// The table is one string, because the compiler keeps far less of a literal than of an array of calls.
#[macro_export]
macro_rules! object {
    ($name:ident, [$(F($wire:literal, $kind:ident $(($value:literal))?)),* $(,)?], [$($member:ident),* $(,)?]) => {
        impl $crate::Object for $name {
            const TABLE: &'static str = concat!(
                stringify!($name) $(, "\n", stringify!($kind), "\"", $wire, "\":" $(, $value)?)*
            );
        }
        impl $crate::Json for $name {
            #[inline]
            fn read(&mut self, reader: &mut $crate::Reader<'_>) -> Result<(), $crate::ReadError> {
                $crate::read_fields::<Self>(&mut [$(&mut self.$member),*], &mut self.extra, reader)
            }
            #[inline]
            fn write(&self, writer: &mut $crate::Writer) {
                $crate::write_fields::<Self>(&[$(&self.$member),*], &self.extra, writer);
            }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool { $crate::equal(self, other) }
        }
        $crate::common_impls!($name);
    };
}

/// Makes an enum a JSON union: `union!(Name, plan, { index: Variant, … })`.
#[macro_export]
macro_rules! union {
    ($name:ident, $plan:expr, { $($index:literal : $variant:ident),* $(,)? }) => {
        impl $crate::Union for $name {
            const PLAN: &'static $crate::Plan = &$plan;
            #[inline]
            fn read_variant(index: u8, reader: &mut $crate::Reader<'_>) -> Result<Self, $crate::ReadError> {
                match index {
                    $($index => $crate::read_as(reader, Self::$variant),)*
                    _ => reader.value().map(Self::Unknown),
                }
            }
        }
        impl $crate::Json for $name {
            #[inline]
            fn read(&mut self, reader: &mut $crate::Reader<'_>) -> Result<(), $crate::ReadError> {
                $crate::read_union(self, reader)
            }
            #[inline]
            fn write(&self, writer: &mut $crate::Writer) {
                writer.variant(match self { $(Self::$variant(value) => value,)* Self::Unknown(value) => return writer.unknown(value) });
            }
        }
        impl Default for $name {
            #[inline]
            fn default() -> Self { Self::Unknown($crate::Value::Null) }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool { $crate::equal(self, other) }
        }
        $crate::common_impls!($name);
    };
}

/// Makes an enum an open JSON string enum: `open_enum!(Name, { "text": Variant, … })`.
#[macro_export]
macro_rules! open_enum {
    ($name:ident, { $($text:literal : $variant:ident),* $(,)? }) => {
        impl $name {
            /// The text on the wire.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                match self { $(Self::$variant => $text,)* Self::Unknown(text) => text }
            }
        }
        impl $crate::Json for $name {
            #[inline]
            fn read(&mut self, reader: &mut $crate::Reader<'_>) -> Result<(), $crate::ReadError> {
                $crate::read_enum(self, reader)
            }
            #[inline]
            fn write(&self, writer: &mut $crate::Writer) {
                writer.enum_value(self.as_str(), matches!(self, Self::Unknown(_)));
            }
        }
        impl Default for $name {
            #[inline]
            fn default() -> Self { Self::Unknown(Box::default()) }
        }
        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                $crate::OpenEnum::from_text(text.as_ref())
            }
        }
        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool { self.as_str() == other.as_str() }
        }
        impl<T: AsRef<str> + ?Sized> PartialEq<T> for $name {
            fn eq(&self, other: &T) -> bool { self.as_str() == other.as_ref() }
        }
        impl PartialEq<$name> for str {
            #[inline]
            fn eq(&self, other: &$name) -> bool { self == other.as_str() }
        }
        impl PartialEq<$name> for &str {
            #[inline]
            fn eq(&self, other: &$name) -> bool { *self == other.as_str() }
        }
        impl PartialEq<$name> for String {
            #[inline]
            fn eq(&self, other: &$name) -> bool { self == other.as_str() }
        }
        impl ::std::ops::Deref for $name {
            type Target = str;
            #[inline]
            fn deref(&self) -> &str { self.as_str() }
        }
        impl $crate::OpenEnum for $name {
            #[inline]
            fn from_text(text: &str) -> Self {
                match text { $($text => Self::$variant,)* text => Self::Unknown(text.into()) }
            }
        }
        $crate::common_impls!($name);
    };
}

/// `Debug`, `Serialize` and `Deserialize` by way of the JSON that the type writes.
#[doc(hidden)]
#[macro_export]
macro_rules! common_impls {
    ($name:ident) => {
        impl ::std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::debug(stringify!($name), self, f)
            }
        }
        impl $crate::Serialize for $name {
            fn serialize<S: $crate::Serializer>(&self, serializer: S) -> $crate::Serialized<S> {
                $crate::serialize(self, serializer)
            }
        }
        impl<'de> $crate::Deserialize<'de> for $name {
            fn deserialize<D: $crate::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, <D as $crate::Deserializer<'de>>::Error> {
                $crate::deserialize(deserializer)
            }
        }
    };
}
