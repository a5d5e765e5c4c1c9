//! JSON as the generated types read and write it.
#![allow(missing_docs)]

mod floats;
mod objects;
mod random;
mod secrets;
mod support;
mod unions;
