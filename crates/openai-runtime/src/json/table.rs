//! The tables by which object types are read and written.

/// The behaviour of a field that is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always written for a value made by hand.
    Required,
    /// Written once set.
    Optional,
    /// Has this one value: no Rust field, but written and checked.
    Const(&'static str),
}

/// A field's name on the wire and its kind. The name is held as it stands in a text, with its quotes and colon, so that
/// reading and writing it is one comparison and one copy; it needs no escape in JSON.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// Its value is masked where it is shown.
    pub(super) secret: bool,
    pub(super) form: Form,
    /// The bits of a word of the text that lie behind the key, if it is shorter.
    shift: u8,
    /// The first bytes behind the key's first quote.
    head: u64,
}

/// The other forms in which a field's value may plainly stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// None but those of its kind.
    Plain,
    /// JSON as a string, which an object may stand for.
    JsonText,
    /// A string, which parts of text may stand for.
    Parts,
    /// An object, although the field's type can hold any value.
    Object,
    /// A list of objects, although the type of its items can hold any value.
    Objects,
}

/// The words of a table, as short as they can be: a thousand tables are read by every user's compiler. Each takes the
/// name with its quotes and colon, as [`object!`](crate::object) makes it.
#[doc(hidden)]
#[allow(non_snake_case)]
impl Field {
    /// Required.
    #[must_use]
    pub const fn R(key: &'static str) -> Self {
        Self::new(key, Kind::Required, false, Form::Plain)
    }

    /// Optional.
    #[must_use]
    pub const fn O(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, false, Form::Plain)
    }

    /// Required, and a secret.
    #[must_use]
    pub const fn S(key: &'static str) -> Self {
        Self::new(key, Kind::Required, true, Form::Plain)
    }

    /// Optional, and a secret (private).
    #[must_use]
    pub const fn P(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, true, Form::Plain)
    }

    /// Required, and JSON as a string.
    #[must_use]
    pub const fn J(key: &'static str) -> Self {
        Self::new(key, Kind::Required, false, Form::JsonText)
    }

    /// Optional, and JSON as a string.
    #[must_use]
    pub const fn K(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, false, Form::JsonText)
    }

    /// Required, and a text that may stand in parts.
    #[must_use]
    pub const fn T(key: &'static str) -> Self {
        Self::new(key, Kind::Required, false, Form::Parts)
    }

    /// Optional, and a text that may stand in parts.
    #[must_use]
    pub const fn U(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, false, Form::Parts)
    }

    /// Required, and an object with any members.
    #[must_use]
    pub const fn M(key: &'static str) -> Self {
        Self::new(key, Kind::Required, false, Form::Object)
    }

    /// Optional, and an object with any members.
    #[must_use]
    pub const fn N(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, false, Form::Object)
    }

    /// Required, and a list of objects with any members.
    #[must_use]
    pub const fn L(key: &'static str) -> Self {
        Self::new(key, Kind::Required, false, Form::Objects)
    }

    /// Optional, and a list of objects with any members.
    #[must_use]
    pub const fn Q(key: &'static str) -> Self {
        Self::new(key, Kind::Optional, false, Form::Objects)
    }

    /// Constant.
    #[must_use]
    pub const fn C(key: &'static str, value: &'static str) -> Self {
        Self::new(key, Kind::Const(value), false, Form::Plain)
    }
}

impl Field {
    const fn new(key: &'static str, kind: Kind, secret: bool, form: Form) -> Self {
        let bytes = key.as_bytes();
        let (mut head, mut at) = (0, 0);
        while at < 8 && at + 1 < bytes.len() {
            head |= (bytes[at + 1] as u64) << (8 * at);
            at += 1;
        }
        // A key has at least a quote and a colon behind its name.
        let shift = if at < 2 { 0 } else { 64 - 8 * at as u8 };
        Self { key, kind, secret, form, shift, head }
    }

    /// Tells if a text may begin with the key, from its bytes behind the first quote as a little-endian word.
    #[inline]
    pub(super) fn may_be(&self, word: u64) -> bool {
        (word ^ self.head) << self.shift == 0
    }

    const fn is_quoted(&self) -> bool {
        let key = self.key.as_bytes();
        matches!(key, [b'"', .., b'"', b':'])
    }

    pub(super) fn name(&self) -> &'static str {
        self.key.get(1..self.key.len().saturating_sub(2)).unwrap_or_default()
    }
}

/// The table of an object type. Constants come after all other fields, so that a field's place in the table is its
/// place in the slice that the type hands out.
#[derive(Debug)]
pub struct Meta {
    name: &'static str,
    pub(super) fields: &'static [Field],
    /// A bit for each field that is not optional.
    pub(super) expected: u128,
}

impl Meta {
    /// The table of the type `name`; its fields in the order in which they are written, then its
    /// constants. The order is the document's; in bodies of requests, `model` and its like come first.
    ///
    /// # Panics
    /// There are more than 128 fields, or a name is without its quotes and colon. The table is a static, so this stops the
    /// compiler, not the program.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        assert!(fields.len() <= 128, "an object type has at most 128 fields");
        let mut expected = 0;
        let mut index = 0;
        while index < fields.len() {
            // A bare name would match no member, and all of an object would go to what is unknown.
            assert!(fields[index].is_quoted(), "a field's name stands with its quotes and colon");
            if !matches!(fields[index].kind, Kind::Optional) {
                expected |= 1 << index;
            }
            index += 1;
        }
        Self { name, fields, expected }
    }

    /// The Rust name of the type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The index of a field.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name() == key)
    }
}

/// The outermost object of a text as it was read: its table, and a bit for each field that had a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    meta: &'static Meta,
    /// In two words, which need less alignment.
    present: [u64; 2],
}

impl Root {
    #[inline]
    pub(super) fn new(meta: &'static Meta, present: u128) -> Self {
        Self { meta, present: [present as u64, (present >> 64) as u64] }
    }

    /// Returns if its type has a field of this name.
    #[cold]
    pub(crate) fn has_field(&self, name: &str) -> bool {
        self.meta.find(name).is_some()
    }

    /// Returns if it lacks what its type requires. If the type has a field of this name, it lacks nearly all of that;
    /// without a name, all of it.
    #[cold]
    pub(crate) fn is_lacking(&self, name: Option<&str>) -> bool {
        let present = u128::from(self.present[0]) | u128::from(self.present[1]) << 64;
        let field = name.and_then(|name| self.meta.find(name));
        let others = field.map_or(present, |index| present & !(1 << index));
        let is_required = |(index, field): &(usize, &Field)| field.kind == Kind::Required && others & (1 << index) != 0;
        let mut required = self.meta.fields.iter().enumerate().filter(is_required);
        match (name, field) {
            (Some(_), None) => others == 0 || self.meta.expected & !present != 0,
            (Some(_), Some(_)) => required.nth(1).is_none() && self.meta.expected & !others != 0,
            (None, _) => required.next().is_none() && self.meta.expected != 0,
        }
    }
}

/// A type whose table is a string: the compiler reads a thousand tables, and one literal costs it least.
///
/// The first line is the name of the type. Each further line is a field: the letter of its kind (`J` to `U`, as the
/// functions of [`Field`] are called), its name with quotes and colon, and the value of a constant.
#[doc(hidden)]
pub trait Object {
    /// The string, as [`object!`](crate::object) makes it.
    const TABLE: &'static str;
}

/// The table of `T`. It is evaluated for code alone: a function that hands it over by name would have the compiler
/// evaluate it even when it only checks.
pub(super) const fn table<T: Object>() -> &'static Meta {
    const { &Meta::new(part(T::TABLE, 0, line_end(T::TABLE, 0)), fields::<T>()) }
}

/// The number of fields is no parameter of `T`, so each number has its own array, and only that of `T` is evaluated.
macro_rules! by_number {
    ($count:expr; $($number:literal)*) => {
        match $count { $($number => array::<T, $number>(),)* _ => panic!("an object type has at most 128 fields") }
    };
}

#[rustfmt::skip]
const fn fields<T: Object>() -> &'static [Field] {
    by_number!(lines(T::TABLE);
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41
        42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80
        81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114
        115 116 117 118 119 120 121 122 123 124 125 126 127 128)
}

const fn array<T: Object, const N: usize>() -> &'static [Field] {
    const { &parse::<N>(T::TABLE) }
}

/// The fields that a string describes.
const fn parse<const N: usize>(table: &'static str) -> [Field; N] {
    let mut fields = [Field::R(""); N];
    let mut index = 0;
    let mut start = line_end(table, 0) + 1;
    while index < N {
        let end = line_end(table, start);
        let colon = key_end(table, start, end);
        let key = part(table, start + 1, colon);
        fields[index] = match table.as_bytes()[start] {
            b'R' => Field::R(key),
            b'O' => Field::O(key),
            b'S' => Field::S(key),
            b'P' => Field::P(key),
            b'J' => Field::J(key),
            b'K' => Field::K(key),
            b'T' => Field::T(key),
            b'U' => Field::U(key),
            b'L' => Field::L(key),
            b'Q' => Field::Q(key),
            b'M' => Field::M(key),
            b'N' => Field::N(key),
            b'C' => Field::C(key, part(table, colon, end)),
            _ => panic!("a field is one of those of `Field`"),
        };
        start = end + 1;
        index += 1;
    }
    fields
}

/// The number of lines behind the first.
const fn lines(table: &str) -> usize {
    let (mut count, mut at) = (0, line_end(table, 0));
    while at < table.len() {
        count += 1;
        at = line_end(table, at + 1);
    }
    count
}

const fn line_end(table: &str, from: usize) -> usize {
    let mut at = from;
    while at < table.len() && table.as_bytes()[at] != b'\n' {
        at += 1;
    }
    at
}

/// The place behind the colon of a name.
const fn key_end(table: &str, from: usize, end: usize) -> usize {
    let mut at = from + 2;
    while at < end && !(table.as_bytes()[at - 1] == b'"' && table.as_bytes()[at] == b':') {
        at += 1;
    }
    at + 1
}

const fn part(table: &'static str, from: usize, to: usize) -> &'static str {
    table.split_at(to).0.split_at(from).1
}
