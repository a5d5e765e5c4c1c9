//! Structured outputs: schemas of types, and replies read as those types.

mod parse;
mod schema;
