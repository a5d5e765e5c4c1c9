//! Bodies that tests share: a page of any items, and a form with a file.

use std::collections::BTreeMap;

use openai_runtime::json::{Extra, Json, ReadError, Reader, Value, Writer};
use openai_runtime::{InputFile, ListPage, object};

/// A page with the items of `data`.
#[derive(Clone, Default)]
pub struct List {
    pub data: Vec<Value>,
    pub extra: Extra,
}
object!(List, [F("data", R)], [data]);

impl ListPage for List {
    type Item = Value;
    fn items(&self) -> &[Value] {
        &self.data
    }
    fn into_items(self) -> Vec<Value> {
        self.data
    }
}

/// A form whose field `file` is a file.
pub struct FileForm(pub InputFile);

impl Json for FileForm {
    fn read(&mut self, _: &mut Reader<'_>) -> Result<(), ReadError> {
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        BTreeMap::from([("file".to_owned(), self.0.clone())]).write(writer);
    }
}
