//! JSON as the generated types read and write it.
#![allow(missing_docs)]

mod floats;
mod misfits;
mod objects;
mod random;
mod secrets;
mod support;
mod unions;
