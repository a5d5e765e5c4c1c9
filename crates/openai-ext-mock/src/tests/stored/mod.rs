//! The memory of the server, seen from outside: a file a family of resources. Every answer is checked against the document.

mod agents;
mod api;
mod assistants_tests;
mod batches_tests;
mod containers_tests;
mod conversations_tests;
mod evals_tests;
mod files_tests;
mod fine_tuning_tests;
mod responses_tests;
mod server_tests;
mod uploads_tests;
mod vector_stores_tests;
mod videos_tests;
mod webhook_endpoints_tests;
