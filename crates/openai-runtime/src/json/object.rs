//! One loop that reads and one that writes every object type.

use std::borrow::Cow;

use serde_json::Value;

use super::codec::{Json, to_vec};
use super::error::ReadError;
use super::extra::Extra;
use super::misfits::recovery::{Recovered, clear, recover};
use super::reader::{JsonKind, Probe, Reader};
use super::table::{Field, Form, Kind, Meta, Object, Root, table};
use super::writer::{Writer, note_member};

/// A constant that reads otherwise tells apart the members of a union, so it weighs more than any number of fields.
pub(super) const WRONG_CONST: u64 = 1000;

/// Reads an object by the table of `T`, as [`read_object`] does.
///
/// # Errors
/// As [`read_object`].
#[doc(hidden)]
#[inline]
pub fn read_fields<T: Object>(
    fields: &mut [&mut dyn Json],
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<(), ReadError> {
    read_object(table::<T>(), fields, extra, reader)
}

/// Writes an object by the table of `T`, as [`write_object`] does.
#[doc(hidden)]
#[inline]
pub fn write_fields<T: Object>(fields: &[&dyn Json], extra: &Extra, writer: &mut Writer) {
    write_object(table::<T>(), fields, extra, writer);
}

/// Reads an object into the fields that its type hands out.
///
/// # Errors
/// The text is not an object, or a member does not fit its field; the error holds the path.
pub fn read_object(
    meta: &'static Meta,
    fields: &mut [&mut dyn Json],
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<(), ReadError> {
    reader.begin_object()?;
    if reader.clearing {
        return clear_all(fields, extra, reader);
    }
    let outer = std::mem::take(&mut reader.lossy);
    let room = reader.room;
    let mut null = Bits::default();
    let mut order = Order { seen: Bits::default(), next: 0, constant: fields.len() };
    let mut first = true;
    while reader.next_member(&mut first)? {
        let (index, form) = match order.member(meta, reader)? {
            Member::Field(index, form) => (index, form),
            Member::Unknown(key) => {
                let value = reader.value().map_err(|error| error.in_field(&key))?;
                reader.misfit += 1;
                if reader.is_tag(&key) && extra.get(&key).is_some() {
                    continue;
                }
                extra.push(key, value);
                continue;
            }
        };
        if order.seen.insert(index) {
            if meta.fields.get(index).is_some_and(|field| reader.is_tag(field.name())) {
                reader.skip()?;
                continue;
            }
            null.remove(index);
            forget(index, fields, extra);
        }
        let read = match fields.get_mut(index) {
            Some(field) => {
                order.next = index + 1;
                read_field((form, room), meta, index, &mut **field, extra, reader)
            }
            None => {
                order.constant = index + 1;
                read_const(meta, index, extra, reader)
            }
        };
        match read {
            Ok(true) => {}
            Ok(false) => _ = null.insert(index),
            Err(error) => return Err(in_field(error, meta, index)),
        }
    }
    let (null, absent) = (null.all(), meta.expected & !order.seen.all());
    if (null | absent) != 0 {
        reader.misfit += u64::from(absent.count_ones());
        extra.mark(meta, null, absent);
    }
    extra.keep_last_of_each();
    reader.lossy = outer;
    if reader.trials.probe == Probe::Of(reader.room) {
        answer_probe(meta, order.seen.all() & !null, reader);
    }
    if reader.is_outermost() {
        extra.set_request_id(reader.request_id);
        let misfits = reader.rare.as_deref().map_or(0, |rare| rare.root_misfits);
        reader.root = Some(Root::new(meta, order.seen.all() & !null & !misfits));
    }
    Ok(())
}

/// Answers whether an object, besides its tag, has all required members and at least one at all.
#[cold]
fn answer_probe(meta: &Meta, present: u128, reader: &mut Reader<'_>) {
    let tag = meta.find(reader.tag.0).map_or(0, |index| 1 << index);
    let is_whole = meta.expected & !present & !tag == 0 && present & !tag != 0;
    reader.trials.probe = if is_whole { Probe::Fits } else { Probe::None };
}

enum Member<'a> {
    Field(usize, Form),
    Unknown(Cow<'a, str>),
}

/// The place in the table at which the last members of an object were found, which tells where the next ones are
/// likely to be.
struct Order {
    /// The fields that were there.
    seen: Bits,
    /// The place behind the last field.
    next: usize,
    /// The place behind the last constant. A constant often leads and is no sign of where the fields go on.
    constant: usize,
}

impl Order {
    /// Reads a key. Keys of the table are compared with the text as it stands, which finds a field a few places off
    /// sooner than the end of the key is found.
    #[inline]
    fn member<'a>(&self, meta: &Meta, reader: &mut Reader<'a>) -> Result<Member<'a>, ReadError> {
        // Bodies keep the document's order in stretches.
        for guess in [self.next, self.constant] {
            if let Some(field) = meta.fields.get(guess)
                && reader.take_key(field.key)
            {
                return Ok(Member::Field(guess, field.form));
            }
        }
        let Some(word) = reader.word_ahead() else { return slow_member(meta, reader) };
        for (index, field) in meta.fields.iter().enumerate() {
            if field.may_be(word) && reader.take_key(field.key) {
                return Ok(Member::Field(index, field.form));
            }
        }
        let start = reader.pos;
        let key = reader.key()?;
        // Without an escape, and with nothing before its colon, it would have been found.
        if matches!(key, Cow::Borrowed(_)) && reader.pos - start == key.len() + 3 {
            return Ok(Member::Unknown(key));
        }
        Ok(named_member(meta, key))
    }
}

/// Reads a key at the very end of the text.
#[cold]
fn slow_member<'a>(meta: &Meta, reader: &mut Reader<'a>) -> Result<Member<'a>, ReadError> {
    Ok(named_member(meta, reader.key()?))
}

#[cold]
fn named_member<'a>(meta: &Meta, key: Cow<'a, str>) -> Member<'a> {
    let form = |index| meta.fields.get(index).map_or(Form::Plain, |field: &Field| field.form);
    meta.find(&key).map_or(Member::Unknown(key), |index| Member::Field(index, form(index)))
}

/// A set of places in a table. Two words: shifting one of 128 bits takes several times as long.
#[derive(Default)]
struct Bits([u64; 2]);

impl Bits {
    /// Adds a place; whether it was there before.
    #[inline]
    fn insert(&mut self, index: usize) -> bool {
        let word = &mut self.0[index / 64 % 2];
        let bit = 1 << (index % 64);
        let was_there = *word & bit != 0;
        *word |= bit;
        was_there
    }

    fn remove(&mut self, index: usize) {
        self.0[index / 64 % 2] &= !(1 << (index % 64));
    }

    fn all(&self) -> u128 {
        u128::from(self.0[0]) | u128::from(self.0[1]) << 64
    }
}

/// Reads a member into its field; `false` if it was null.
#[inline]
fn read_field(
    (form, room): (Form, u32),
    meta: &'static Meta,
    index: usize,
    field: &mut dyn Json,
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<bool, ReadError> {
    if reader.take_null()? {
        return Ok(false);
    }
    let start = reader.pos;
    let read = if form as u8 >= Form::Object as u8 { read_objects(form, field, reader) } else { field.read(reader) };
    if let Err(error) = read {
        return recover_field(error, (meta, index), (start, room), field, extra, reader);
    }
    if std::mem::take(&mut reader.lossy) {
        extra.keep_text(meta, index, reader.reread(start)?, to_vec(field));
    }
    Ok(true)
}

/// Reads what its field's type can hold whatever it is: an object, or a list whose items are objects.
#[cold]
fn read_objects(form: Form, field: &mut dyn Json, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    if form == Form::Object && reader.peek() != Some(b'{') {
        return Err(reader.expected("an object"));
    }
    let start = reader.pos;
    field.read(reader)?;
    if form == Form::Objects {
        let end = std::mem::replace(&mut reader.pos, start);
        let mut first = true;
        reader.begin_array()?;
        while reader.next_item(std::mem::take(&mut first))? {
            let kind = reader.kind()?;
            if kind != JsonKind::Object {
                reader.note_kind(reader.pos, "an object", kind.name());
            }
            reader.skip()?;
        }
        debug_assert_eq!(reader.pos, end);
    }
    Ok(())
}

/// Reads again a member whose value is of another kind than its field, and keeps the value; `false` if it counts as null.
#[cold]
fn recover_field(
    error: ReadError,
    (meta, index): (&'static Meta, usize),
    start: (usize, u32),
    field: &mut dyn Json,
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<bool, ReadError> {
    let form = meta.fields.get(index).map_or(Form::Plain, |field| field.form);
    match recover(error, form, start, field, reader)? {
        Recovered::Null => return Ok(false),
        Recovered::Read(value) => extra.keep_text(meta, index, value, to_vec(field)),
        Recovered::Absent(value) => {
            if reader.is_in_outermost() {
                reader.rare().root_misfits |= 1 << index;
            }
            extra.keep_text(meta, index, value, to_vec(field));
        }
    }
    reader.lossy = false;
    Ok(true)
}

/// Reads a constant, and keeps what it was if it was something else; `false` if it was null.
#[inline]
fn read_const(
    meta: &'static Meta,
    index: usize,
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<bool, ReadError> {
    match meta.fields.get(index) {
        Some(Field { kind: Kind::Const(text), .. }) if reader.take_text(text) => return Ok(true),
        _ => {}
    }
    if reader.take_null()? {
        reader.misfit += 1;
        return Ok(false);
    }
    let kind = reader.kind()?;
    if kind != JsonKind::String {
        reader.note_kind(reader.pos, "a string", kind.name());
    }
    let value = reader.value()?;
    match meta.fields.get(index) {
        Some(Field { kind: Kind::Const(text), .. }) if value.as_str() == Some(text) => {}
        _ => {
            reader.misfit += WRONG_CONST;
            extra.keep_text(meta, index, value, Vec::new());
        }
    }
    Ok(true)
}

#[cold]
fn in_field(error: ReadError, meta: &Meta, index: usize) -> ReadError {
    error.in_field(meta.fields.get(index).map_or("", Field::name))
}

/// Forgets a member, as another of the same name follows: the last one counts, and takes nothing from the others.
#[cold]
fn forget(index: usize, fields: &mut [&mut dyn Json], extra: &mut Extra) {
    extra.forget(index);
    if let Some(field) = fields.get_mut(index) {
        clear(&mut **field);
    }
}

#[cold]
fn clear_all(fields: &mut [&mut dyn Json], extra: &mut Extra, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    fields.iter_mut().for_each(|field| clear(&mut **field));
    *extra = Extra::default();
    reader.next_member(&mut true).map(drop)
}

/// Writes an object from the fields that its type hands out.
///
/// The constants lead: a reader that dispatches on the tag finds it at once.
pub fn write_object(meta: &'static Meta, fields: &[&dyn Json], extra: &Extra, writer: &mut Writer) {
    writer.raw(b"{");
    let open = writer.len();
    if extra.is_blank() {
        for field in meta.fields.get(fields.len()..).unwrap_or_default() {
            if let Kind::Const(text) = field.kind {
                writer.key(field.key, open);
                writer.constant(text);
            }
        }
        for (field, slot) in meta.fields.iter().zip(fields) {
            if field.kind == Kind::Optional && slot.is_unset() {
                continue;
            }
            writer.key(field.key, open);
            let start = writer.len();
            slot.write(writer);
            if field.secret && writer.masks {
                writer.mask(start);
            }
        }
    } else {
        for problem in extra.problems() {
            writer.refuse(open - 1, problem);
        }
        for index in (fields.len()..meta.fields.len()).chain(0..fields.len()) {
            let field = &meta.fields[index];
            let start = writer.len();
            write_member(meta, index, fields.get(index).copied(), extra, writer, open);
            if field.secret && writer.masks && writer.len() > start {
                let comma = usize::from(writer.since(start).starts_with(b","));
                writer.mask(start + comma + field.key.len());
            }
        }
        for (name, value) in extra.unknown(meta) {
            note_member(meta.name(), name);
            writer.member(name, open);
            // A message with a role that no type has is read as another form, which has neither of these members.
            if name == "role" && extra.inserted("content").is_some() && meta.find("content").is_none() {
                writer.note_role(value);
            }
            writer.value(value);
        }
    }
    writer.raw(b"}");
}

/// Writes one field of an object that keeps more than its fields.
fn write_member(meta: &Meta, index: usize, slot: Option<&dyn Json>, extra: &Extra, writer: &mut Writer, open: usize) {
    let field = &meta.fields[index];
    if let Some(value) = extra.inserted(field.name()) {
        writer.key(field.key, open);
        return writer.value(value);
    }
    let (null, absent) = extra.marks(index);
    let unset = field.kind == Kind::Optional && slot.is_some_and(|slot| slot.is_unset());
    let kept = extra.kept_text(index).filter(|(text, _)| !writer.masks || field.secret || !is_composite(text));
    if unset && !null && kept.is_none_or(|(_, as_read)| as_read != b"null") {
        return;
    }
    let start = writer.len();
    writer.key(field.key, open);
    let value = writer.len();
    let touched = std::mem::take(&mut writer.touched);
    match (field.kind, slot) {
        (Kind::Const(text), _) => writer.constant(text),
        (_, Some(slot)) => slot.write(writer),
        (_, None) => writer.null(),
    }
    // The field is as empty as reading left it: what was read counts. Otherwise it was set since.
    if !writer.touched && null {
        writer.truncate(value);
        writer.null();
    } else if !writer.touched && absent {
        writer.truncate(start);
    }
    writer.touched |= touched;
    if let Some((text, as_read)) = kept {
        // The field still holds what was read: the text it was read from says more than the field can.
        if matches!(field.kind, Kind::Const(_)) {
            note_member(meta.name(), field.name());
        }
        if matches!(field.kind, Kind::Const(_)) || writer.since(value) == as_read {
            writer.truncate(value);
            writer.value(text);
        }
    }
}

/// Tells whether a value may have secrets in it, which only its type tells.
fn is_composite(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_))
}
