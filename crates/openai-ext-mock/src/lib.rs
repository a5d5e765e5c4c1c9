//! A mock of the OpenAI API for tests and demonstrations: no key, no network.
//!
//! ```
//! # fn main() -> Result<(), openai_ext_mock::MockError> {
//! let server = openai_ext_mock::MockServer::start().wait()?;
//! // Give this to the client as its base URL.
//! assert!(server.base_url().starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```
//!
//! It answers every operation of the API's OpenAPI document with a body that is valid by that document, the same one
//! for the same seed and the same requests before it. Chat completions, responses, completions, embeddings and decisions answer
//! sensibly, and stream when asked to.
//!
//! Objects that requests make are kept and found again: files, uploads, vector stores, batches, assistants with their
//! threads and runs, conversations, stored responses and completions, fine-tuning jobs, videos, containers, webhook
//! endpoints, agents with their sessions, environments, automations and vaults. Lists page, unknown ids are 404, and a
//! status moves on with each poll of its object, so that no test waits for a clock
//! ([`polls_per_step`](MockServerBuilder::polls_per_step)). With [`stateless`](MockServerBuilder::stateless) nothing is
//! kept, and there is an object of any id.
//!
//! A turn of an agent's session calls each function of the agent once and then answers. It works when the session or the
//! turn is polled, or as soon as somebody streams the session's events. That stream stays open, as the API's does; a
//! program ends it after `agent.session.idle`.
//!
//! A request that the document does not allow is refused with status 400, and the refusal names the field.
//! [`MockServer::requests`] tells what arrived, [`MockServer::on`] scripts answers, faults, sequences and waits of an
//! operation, [`MockServer::converse`] what the model says next, and [`operations`] lists what the document has, with
//! checks of a body against it.
//!
//! # Faults
//!
//! A [`Fault`] breaks an answer on its way: the connection is lost or says nothing, a body is cut, a stream breaks off,
//! stalls, or ends too early.
//!
//! ```
//! use openai_ext_mock::{Fault, MockServer, Reply, Turn};
//! use serde_json::json;
//!
//! # fn main() -> Result<(), openai_ext_mock::MockError> {
//! let server = MockServer::start().wait()?;
//! // The server's own answer: its stream breaks off after three events.
//! server.on("createResponse").times(1).fault(Fault::CutEvents(3))?;
//! // What the model says: the first answer stalls, the second one is whole.
//! server.converse([Turn::text("It rains in Oslo.").fault(Fault::StallEvents(3)), Turn::text("It rains in Oslo.")]);
//! // An answer of the test's own.
//! let body = Reply::json(http::StatusCode::OK, &json!({"object": "list", "data": []}));
//! server.on("listModels").reply(body.fault(Fault::CutBody(10)))?;
//! // Models are no stream.
//! assert!(server.on("listModels").fault(Fault::CutEvents(3)).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! | | Own answer | JSON, file | Stream | Turn |
//! |---|---|---|---|---|
//! | [`Fault::Disconnect`], [`Fault::Silence`] | instead of it | yes | yes | yes |
//! | [`Fault::CutBody`] | yes | yes | yes | yes |
//! | [`Fault::CutEvents`], [`Fault::StallEvents`], [`Fault::EndEvents`] | if it streams | error | yes | if it streams |
//!
//! A fault that cannot apply is never passed over, because a test of a broken answer would pass for nothing. A script that
//! can never have its fault is an error. Where only the request shows it (no `stream: true`, fewer events than the fault is
//! to come after), the request is answered with status 400 and the code `fault_not_applied`, and dropping the server panics
//! with the reason; [`MockServer::take_unapplied_faults`] takes the reasons before that.
//!
//! With the feature `realtime` it speaks WebSocket too: the Realtime API at `/realtime`, its translations, Live sessions with
//! their forks and sidebands, and responses at `/responses`.
//! `MockServer::on_realtime` scripts a connection, its closes and losses among them, and `MockServer::realtime_events`
//! tells what clients sent.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod call;
mod document;
mod error;
mod handlers;
mod model;
#[cfg(feature = "realtime")]
mod realtime;
mod schema;
mod script;
mod server;
mod service;
mod state;
mod wire;

#[cfg(test)]
mod tests;

pub use document::{Operation, operations};
pub use error::MockError;
pub use schema::Violation;
#[cfg(feature = "realtime")]
pub use script::{RealtimeClose, RealtimeConnection, RealtimeStep};
pub use script::{Script, SessionStep, Turn};
pub use server::{MockServer, MockServerBuilder, MockServerStart};
pub use wire::{Event, Fault, FormPart, ReceivedRequest, Reply};
