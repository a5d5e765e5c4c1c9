//! The handlers of the API's operations, by area.

mod agents;
mod assistants;
mod batches;
mod chat;
mod dispatch;
mod embeddings;
mod evals;
mod files;
mod fine_tuning;
mod media;
mod responses;
mod shared;
mod vector_stores;
mod videos;
mod webhook_endpoints;

pub(crate) use dispatch::{answer, answer_with, is_of_the_model};
