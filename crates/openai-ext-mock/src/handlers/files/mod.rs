//! `/files`, `/uploads` and `/containers`.

pub(super) mod container;
pub(super) mod file;
pub(super) mod upload;
