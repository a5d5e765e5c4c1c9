//! The pages of the project: their code, and the table of lines.

#[cfg(doctest)]
mod book;
pub mod lines;
