//! Commands for a release: the book, the packages, the public names against an earlier version.

pub mod book;
mod fresh;
pub mod package;
pub mod semver;
