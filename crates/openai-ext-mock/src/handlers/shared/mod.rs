//! The steps that several handlers take.

pub(crate) mod fields;
pub(crate) mod file_bodies;
pub(crate) mod input_limit;
pub(crate) mod schema_answer;
pub(crate) mod stored_files;
pub(crate) mod vector_store_rows;
