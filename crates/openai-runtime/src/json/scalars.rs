//! JSON of the types that fields are made of.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codec::{Json, to_value, to_vec};
use super::error::ReadError;
use super::misfits::recovery::recover_item;
use super::reader::Reader;
use super::writer::{Writer, keeps_order};

/// An object whose keys are data, as `metadata` is.
pub type Map<T> = BTreeMap<String, T>;

impl Json for String {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        *self = reader.string()?.into_owned();
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.string(self);
    }
}

impl Json for i64 {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        *self = reader.integer()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.integer(*self);
    }
}

impl Json for f64 {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        *self = reader.number()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(*self);
    }
}

impl Json for bool {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        *self = reader.boolean()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.boolean(*self);
    }
}

impl Json for Value {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        *self = reader.value()?;
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.value(self);
    }
}

impl<T: Json + Default> Json for Option<T> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        if reader.take_null()? {
            *self = None;
            return Ok(());
        }
        self.insert(T::default()).read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Some(value) => {
                writer.touched = true;
                value.write(writer);
            }
            None => writer.null(),
        }
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

impl<T: Json + Default> Json for Box<T> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        (**self).read(reader)
    }

    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    fn is_unset(&self) -> bool {
        (**self).is_unset()
    }
}

impl<T: Json + Default> Json for Vec<T> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        self.clear();
        reader.begin_array()?;
        let mut first = true;
        while reader.next_item(std::mem::take(&mut first))? {
            let mut item = T::default();
            let start = (reader.pos, reader.room);
            let read = if reader.take_null()? { read_null(&item, reader) } else { item.read(reader) };
            if let Err(error) = read
                && !recover_item(error, start, &mut item, reader).map_err(|error| error.in_index(self.len()))?
            {
                continue;
            }
            self.push(item);
        }
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.touched |= !self.is_empty();
        writer.raw(b"[");
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                writer.raw(b",");
            }
            item.write(writer);
        }
        writer.raw(b"]");
    }
}

impl<T: Json + Default> Json for Map<T> {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        self.clear();
        let mut first = true;
        reader.begin_object()?;
        while let Some(key) = reader.next_key(&mut first)? {
            let mut item = T::default();
            let start = (reader.pos, reader.room);
            let read = if reader.take_null()? { read_null(&item, reader) } else { item.read(reader) };
            if let Err(error) = read
                && !recover_item(error, start, &mut item, reader).map_err(|error| error.in_field(&key))?
            {
                continue;
            }
            self.insert(key.into_owned(), item);
        }
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.touched |= !self.is_empty();
        writer.raw(b"{");
        let open = writer.len();
        for (key, item) in self {
            writer.member(key, open);
            let order = self.get("required").filter(|_| key == "properties" && !keeps_order());
            // The properties of a JSON schema; see `Writer::value`.
            match order.map(|order| (to_value(item), to_value(order))) {
                Some((Value::Object(properties), Value::Array(order))) => writer.ordered(&properties, &order),
                _ => item.write(writer),
            }
        }
        writer.raw(b"}");
    }
}

/// Leaves an item of a list or map empty for a null. If its type has no form for null, the field that holds the list
/// keeps its text.
#[cold]
fn read_null(item: &dyn Json, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    reader.lossy |= to_vec(item) != b"null";
    Ok(())
}
