//! Commands for a release: the book, the packages, the public names against an earlier version.

pub mod book;
pub mod package;
pub mod semver;
