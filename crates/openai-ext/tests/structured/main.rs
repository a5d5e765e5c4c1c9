//! Structured outputs: schemas of types, and replies read as those types.

mod dialects;
mod parse;
mod schema;
