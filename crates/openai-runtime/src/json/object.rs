//! One loop that reads and one that writes every object type.

use super::{Extra, Json, JsonKind, ReadError, Reader, Writer};

/// How a field behaves when it is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always written for a value made by hand.
    Required,
    /// Written once set.
    Optional,
    /// Has this one value: no Rust field, but written and checked.
    Const(&'static str),
}

/// A field's name on the wire and its kind.
#[derive(Clone, Copy, Debug)]
pub struct Field(pub &'static str, pub Kind);

/// The table of an object type. Constants come after all other fields, so that a field's place in the table is its
/// place in the slice that the type hands out.
#[derive(Debug)]
pub struct Meta {
    /// The Rust name of the type.
    pub name: &'static str,
    /// Fields in the order of the document, then constants; at most 128.
    pub fields: &'static [Field],
}

impl Meta {
    /// The index of a field. Bodies keep the document's order nearly always, so `next` is tried first.
    #[inline]
    pub(crate) fn find(&self, key: &str, next: usize) -> Option<usize> {
        if let Some(field) = self.fields.get(next) {
            if field.0 == key {
                return Some(next);
            }
        }
        self.fields.iter().position(|field| field.0 == key)
    }
}

/// A constant that reads otherwise tells apart the members of a union, so it weighs more than any number of fields.
const WRONG_CONST: u32 = 1000;

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
    let mut seen = 0_u128;
    let mut next = 0;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        let Some(index) = meta.find(&key, next) else {
            let value = reader.value().map_err(|error| error.in_field(&key))?;
            reader.misfit += 1;
            extra.insert(key, value);
            continue;
        };
        next = index + 1;
        seen |= 1 << index;
        let field = &meta.fields[index];
        if reader.take_null()? {
            extra.mark_null(meta, index);
            continue;
        }
        let read = match (field.1, fields.get_mut(index)) {
            (Kind::Const(text), _) => read_const(meta, index, text, extra, reader),
            (_, Some(slot)) => read_field(meta, index, &mut **slot, extra, reader),
            (_, None) => reader.skip(),
        };
        read.map_err(|error| error.in_field(field.0))?;
    }
    for (index, field) in meta.fields.iter().enumerate() {
        if seen & (1 << index) == 0 && field.1 != Kind::Optional {
            reader.misfit += 1;
            extra.mark_absent(meta, index);
        }
    }
    Ok(())
}

fn read_field(
    meta: &'static Meta,
    index: usize,
    field: &mut dyn Json,
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<(), ReadError> {
    let outer = std::mem::take(&mut reader.lossy);
    let mark = reader.mark();
    field.read(reader)?;
    if reader.lossy {
        let mut written = Writer::new();
        field.write(&mut written);
        let text = reader.reread(mark)?;
        extra.keep_text(meta, index, text, written.into_bytes());
    }
    reader.lossy = outer;
    Ok(())
}

fn read_const(
    meta: &'static Meta,
    index: usize,
    text: &str,
    extra: &mut Extra,
    reader: &mut Reader<'_>,
) -> Result<(), ReadError> {
    let mark = reader.mark();
    if reader.kind()? == JsonKind::String && reader.string()? == text {
        return Ok(());
    }
    reader.reset(mark);
    reader.misfit += WRONG_CONST;
    let value = reader.value()?;
    extra.keep_text(meta, index, value, Vec::new());
    Ok(())
}

/// Writes an object from the fields that its type hands out.
pub fn write_object(meta: &'static Meta, fields: &[&dyn Json], extra: &Extra, writer: &mut Writer) {
    let mut first = true;
    writer.raw(b"{");
    // The constants lead: a reader that dispatches on the tag finds it at once.
    let constants = fields.len().min(meta.fields.len())..meta.fields.len();
    for index in constants.chain(0..fields.len()) {
        let Some(field) = meta.fields.get(index) else { continue };
        let start = writer.len();
        writer.comma(!first);
        writer.key(field.0);
        if write_member(field, index, fields.get(index).copied(), extra, writer) {
            first = false;
        } else {
            writer.truncate(start);
        }
    }
    for (name, value) in extra.unknown(meta) {
        writer.comma(!std::mem::take(&mut first));
        writer.key(name);
        writer.value(value);
    }
    writer.raw(b"}");
    writer.take_unset();
}

/// Writes one field's value; `false` if the field is to be left out.
fn write_member(field: &Field, index: usize, slot: Option<&dyn Json>, extra: &Extra, writer: &mut Writer) -> bool {
    if !extra.is_empty() {
        if let Some(value) = extra.inserted(field.0) {
            writer.value(value);
            return true;
        }
        let (null, absent) = extra.marks(index);
        if (null || absent) && slot.is_none_or(is_empty) {
            if null {
                writer.null();
            }
            return null;
        }
    }
    let start = writer.len();
    match (field.1, slot) {
        (Kind::Const(text), _) => writer.constant(text),
        (_, Some(slot)) => slot.write(writer),
        (_, None) => return false,
    }
    if writer.take_unset() && field.1 == Kind::Optional {
        return false;
    }
    if let Some((text, as_read)) = extra.kept_text(index) {
        // The field still holds what was read: the text it was read from says more than the field can.
        if matches!(field.1, Kind::Const(_)) || writer.since(start) == as_read {
            writer.truncate(start);
            writer.value(text);
        }
    }
    true
}

/// Whether a value is the empty one of its type: `None`, `""`, `0`, `[]`, `null`, an object of such.
pub(crate) fn is_empty(value: &dyn Json) -> bool {
    let mut probe = Writer::probe();
    value.write(&mut probe);
    probe.is_untouched()
}
