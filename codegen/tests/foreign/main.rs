//! Somebody else's documents: what of them is read, what is passed over, and that no text of theirs becomes code.

mod escapes;
mod hostile;
mod names;
mod operations;
mod scale;
mod schemas;
mod sound;
mod support;
