//! `/vector_stores`, their files, their file batches and their search.

pub(super) mod file_batch;
mod search;
pub(super) mod store;
mod store_content;
pub(super) mod store_file;
