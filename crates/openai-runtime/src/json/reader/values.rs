//! Reading and passing over any value.

use serde_json::Value;

use super::{JsonKind, Reader};
use crate::json::error::ReadError;

impl<'a> Reader<'a> {
    /// Reads any value.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn value(&mut self) -> Result<Value, ReadError> {
        match self.kind()? {
            JsonKind::Null => self.any_null().map(|()| Value::Null),
            JsonKind::Boolean => self.boolean().map(Value::Bool),
            JsonKind::Number => self.any_number(),
            JsonKind::String => Ok(Value::String(self.string()?.into_owned())),
            JsonKind::Array => {
                let mut items = Vec::new();
                self.begin_array()?;
                while self.next_item(items.is_empty())? {
                    items.push(self.value()?);
                }
                Ok(Value::Array(items))
            }
            JsonKind::Object => {
                let mut members = serde_json::Map::new();
                let mut first = true;
                self.begin_object()?;
                while let Some(key) = self.next_key(&mut first)? {
                    let value = self.value()?;
                    if self.is_tag(&key) && members.contains_key(&*key) {
                        continue;
                    }
                    members.insert(key.into_owned(), value);
                }
                Ok(Value::Object(members))
            }
        }
    }

    /// Passes over any value. Inside strings and words it looks no closer than it must to find their end.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn skip(&mut self) -> Result<(), ReadError> {
        match self.kind()? {
            JsonKind::Null => self.any_null(),
            JsonKind::Boolean => self.boolean().map(drop),
            JsonKind::Number => self.skip_number(),
            JsonKind::String => self.skip_string(),
            JsonKind::Array => {
                let mut first = true;
                self.begin_array()?;
                while self.next_item(std::mem::take(&mut first))? {
                    self.skip()?;
                }
                Ok(())
            }
            JsonKind::Object => {
                let mut first = true;
                self.begin_object()?;
                while self.next_member(&mut first)? {
                    self.peek_quote()?;
                    self.skip_string()?;
                    self.colon()?;
                    self.skip()?;
                }
                Ok(())
            }
        }
    }

    /// Passes over any value and gives its text.
    ///
    /// # Errors
    /// As [`skip`](Self::skip).
    pub fn raw(&mut self) -> Result<&'a str, ReadError> {
        self.kind()?;
        let start = self.pos;
        self.skip()?;
        Ok(self.text.get(start..self.pos).unwrap_or_default())
    }
}
