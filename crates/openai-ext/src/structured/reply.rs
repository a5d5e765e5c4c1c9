//! Replies whose texts may be JSON, and the reasons why one has no value.

use openai_runtime::json::{self, Json};

use crate::{Error, ErrorKind};

/// The reason why a reply has no value.
pub struct NoValue {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

impl NoValue {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The model refused to answer.
    #[inline]
    pub(crate) fn refused(refusal: &str) -> Self {
        Self::new(ErrorKind::Refusal, format!("the model refused: {refusal}"))
    }

    /// The model calls tools and wrote no text.
    #[inline]
    pub(crate) fn calls_tools() -> Self {
        Self::new(ErrorKind::Decode, "there is no text to parse: the model calls tools")
    }

    /// Makes the error that carries the reply: as its detail, and as its body.
    #[cold]
    pub(crate) fn into_error<R: StructuredReply>(self, reply: R) -> Error {
        let body = json::to_vec(&reply);
        Error::new(self.kind, self.message).with_body(body).with_detail(reply)
    }
}

/// An object that has texts of the model, each of which may be JSON.
pub trait StructuredReply: Json + Default + Send + Sync + 'static {
    /// The texts to parse in their order; `None` where the model wrote none or refused.
    fn texts(&self) -> Result<Vec<Option<&str>>, NoValue>;

    /// Why there is no text to parse.
    fn missing(&self) -> NoValue;
}

/// Returns the reply, unless its text is to be parsed and was cut off.
pub(crate) fn check<R: StructuredReply>(reply: R) -> Result<R, Error> {
    match reply.texts() {
        Ok(_) => Ok(reply),
        Err(reason) => Err(reason.into_error(reply)),
    }
}
