//! Maintainer's commands.
fn main() {}
