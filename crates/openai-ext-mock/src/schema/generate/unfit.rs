//! The failure to make a value.

/// A schema that no value could be made for: variants that exclude each other, or a recursion without an end.
#[derive(Debug)]
pub(crate) struct Unfit;

pub(super) type Made<T> = Result<T, Unfit>;
