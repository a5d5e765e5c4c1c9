//! String enums that the server may extend.

use std::borrow::Cow;

use super::union::UNKNOWN_VALUE;
use super::{ReadError, Reader};

/// A string enum that keeps values it does not know.
pub trait OpenEnum: Sized {
    /// The variant of a text; unknown texts are kept.
    fn from_text(text: Cow<'_, str>) -> Self;
    /// The text on the wire.
    fn as_str(&self) -> &str;
    /// Whether the document has this value.
    fn is_known(&self) -> bool;
}

/// Reads an open enum.
///
/// # Errors
/// Another kind of value than a string follows.
pub fn read_enum<T: OpenEnum>(reader: &mut Reader<'_>) -> Result<T, ReadError> {
    let value = T::from_text(reader.string()?);
    if !value.is_known() {
        reader.misfit += UNKNOWN_VALUE;
    }
    Ok(value)
}
