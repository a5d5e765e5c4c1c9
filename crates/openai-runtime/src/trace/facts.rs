//! The facts about a response that spans and metrics tell.

use crate::error::{Error, Redactor};
use crate::json::{JsonKind, ReadError, Reader, Value};

/// A fact about a response.
pub(crate) enum Fact<'a> {
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "no metric has it"))]
    Id(&'a str),
    Model(&'a str),
    InputTokens(u64),
    OutputTokens(u64),
}

/// Reads the facts off a JSON response, or off an event with a response in it. Credentials are taken out of them.
pub(super) fn read_facts(bytes: &[u8], redactor: &Redactor, tell: &mut dyn FnMut(Fact<'_>)) -> Result<(), ReadError> {
    object(&mut Reader::new(bytes)?, redactor, tell, 0)
}

fn object(
    reader: &mut Reader<'_>,
    redactor: &Redactor,
    tell: &mut dyn FnMut(Fact<'_>),
    depth: u32,
) -> Result<(), ReadError> {
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match (&*key, reader.kind()?) {
            ("id", JsonKind::String) => tell(Fact::Id(&redactor.whole(&reader.string()?))),
            ("model", JsonKind::String) => tell(Fact::Model(&redactor.whole(&reader.string()?))),
            ("usage", JsonKind::Object) => {
                let usage = reader.value()?;
                let count = |names: [&str; 2]| names.iter().find_map(|name| usage.get(*name).and_then(Value::as_u64));
                if let Some(count) = count(["input_tokens", "prompt_tokens"]) {
                    tell(Fact::InputTokens(count));
                }
                if let Some(count) = count(["output_tokens", "completion_tokens"]) {
                    tell(Fact::OutputTokens(count));
                }
            }
            ("response", JsonKind::Object) if depth == 0 => object(reader, redactor, tell, 1)?,
            _ => reader.skip()?,
        }
    }
    Ok(())
}

/// The class of an error, as `error.type` has it.
pub(super) fn error_type(error: &Error) -> String {
    format!("{:?}", error.kind())
}
