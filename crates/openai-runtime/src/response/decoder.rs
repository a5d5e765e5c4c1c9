//! Reading JSON that a server sent, by the client's rule for values of another kind.

use crate::error::Redactor;
use crate::json::{Fit, Json, Misfit, ReadError, read_message};
use crate::trace::Trace;

/// Reads what a server sends besides responses, as the events of a connection, by the rules of its client.
///
/// A value of another kind than its type has is kept and told of once, or is an error if the client has
/// [`strict_decoding`](crate::ClientBuilder::strict_decoding).
#[derive(Clone, Debug, Default)]
pub struct JsonDecoder {
    strict: bool,
    has_told: bool,
    redactor: Redactor,
}

impl JsonDecoder {
    /// Makes a decoder; `strict` makes a value of another kind an error.
    #[must_use]
    pub fn new(strict: bool) -> Self {
        Self { strict, ..Self::default() }
    }

    /// Takes credentials out of what is told.
    #[must_use]
    pub fn redacting(mut self, redactor: Redactor) -> Self {
        self.redactor = redactor;
        self
    }

    /// Reads a value.
    ///
    /// # Errors
    /// The bytes are no JSON, or of another kind than the type; for a strict decoder, anything in them is.
    pub fn decode<T: Json + Default>(&mut self, bytes: &[u8]) -> Result<T, ReadError> {
        let (value, fit) = read_message(bytes)?;
        self.admit(&fit)?;
        Ok(value)
    }

    /// Tells of values of another kind, the first time that there are any.
    ///
    /// # Errors
    /// There is one, and the decoder is strict.
    #[inline]
    pub(crate) fn admit(&mut self, fit: &Fit) -> Result<(), ReadError> {
        if fit.misfits.is_empty() { Ok(()) } else { self.judge(&fit.misfits) }
    }

    #[cold]
    fn judge(&mut self, misfits: &[Misfit]) -> Result<(), ReadError> {
        if self.strict {
            return misfits.first().map_or(Ok(()), |misfit| Err(misfit.error()));
        }
        if !std::mem::replace(&mut self.has_told, true) {
            Trace::misfits(misfits, &self.redactor);
        }
        Ok(())
    }
}
