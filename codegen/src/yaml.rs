//! YAML in and out, order kept.
