//! Files to upload.

use crate::json::{Json, ReadError, Reader, Writer};

/// A file to upload.
#[derive(Clone, Debug, Default)]
pub struct InputFile {
    text: String,
}

impl InputFile {
    /// What stands for the file where only text can: its content if that is text in memory, else its name.
    pub(crate) fn to_text(&self) -> String {
        self.text.clone()
    }
}

impl Json for InputFile {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        self.text = reader.string()?.into_owned();
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        writer.file(self);
    }
}
