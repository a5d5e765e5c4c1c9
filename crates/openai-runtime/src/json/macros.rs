//! What every generated type has besides its definition.

/// Makes a struct a JSON object: `object!(Name, [field table], [members])`.
#[macro_export]
macro_rules! object {
    ($name:ident, [$(F($wire:literal, $kind:ident $(($value:literal))?)),* $(,)?], [$($member:ident),* $(,)?]) => {
        impl $name {
            const META: &'static $crate::json::Meta =
                &$crate::json::Meta::new(stringify!($name), &[$($crate::json::Field::$kind(concat!("\"", $wire, "\":") $(, $value)?)),*]);
        }
        impl $crate::json::Json for $name {
            fn read(&mut self, reader: &mut $crate::json::Reader<'_>) -> Result<(), $crate::json::ReadError> {
                $crate::json::read_object(Self::META, &mut [$(&mut self.$member),*], &mut self.extra, reader)
            }
            fn write(&self, writer: &mut $crate::json::Writer) {
                $crate::json::write_object(Self::META, &[$(&self.$member),*], &self.extra, writer);
            }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool { $crate::json::equal(self, other) }
        }
        $crate::common_impls!($name);
    };
}

/// Makes an enum a JSON union: `union!(Name, plan, { index: Variant, … })`.
#[macro_export]
macro_rules! union {
    ($name:ident, $plan:expr, { $($index:literal : $variant:ident),* $(,)? }) => {
        impl $crate::json::Union for $name {
            const PLAN: &'static $crate::json::Plan = &$plan;
            fn read_variant(index: u8, reader: &mut $crate::json::Reader<'_>) -> Result<Self, $crate::json::ReadError> {
                match index {
                    $($index => $crate::json::read_new(reader).map(Self::$variant),)*
                    _ => reader.value().map(Self::Unknown),
                }
            }
            fn inner(&self) -> &dyn $crate::json::Json {
                match self { $(Self::$variant(value) => value,)* Self::Unknown(value) => value }
            }
        }
        impl $crate::json::Json for $name {
            fn read(&mut self, reader: &mut $crate::json::Reader<'_>) -> Result<(), $crate::json::ReadError> {
                $crate::json::read_union(self, reader)
            }
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.variant($crate::json::Union::inner(self), !matches!(self, Self::Unknown(_)));
            }
        }
        impl Default for $name {
            fn default() -> Self { Self::Unknown($crate::json::Value::Null) }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool { $crate::json::equal(self, other) }
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
            pub fn as_str(&self) -> &str {
                match self { $(Self::$variant => $text,)* Self::Unknown(text) => text }
            }
        }
        impl $crate::json::Json for $name {
            fn read(&mut self, reader: &mut $crate::json::Reader<'_>) -> Result<(), $crate::json::ReadError> {
                $crate::json::read_enum(self, reader)
            }
            fn write(&self, writer: &mut $crate::json::Writer) {
                writer.enum_value(self.as_str(), matches!(self, Self::Unknown(_)));
            }
        }
        impl Default for $name {
            fn default() -> Self { Self::Unknown(Box::default()) }
        }
        impl<T: AsRef<str>> From<T> for $name {
            fn from(text: T) -> Self {
                match text.as_ref() { $($text => Self::$variant,)* text => Self::Unknown(text.into()) }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool { self.as_str() == other.as_str() }
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
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::json::debug(stringify!($name), self, f)
            }
        }
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::json::serialize(self, serializer)
            }
        }
        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::json::deserialize(deserializer)
            }
        }
    };
}
