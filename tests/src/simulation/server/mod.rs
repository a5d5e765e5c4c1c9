//! A server in memory: enough of the API for the clients of a simulation. What it answers can be told from the request, so
//! that a client knows whether a response is the one to its request, and whole.

mod arrivals;
mod backgrounds;
mod batches;
mod exchange;
mod files;
pub(super) mod models;
mod routing;
mod runs;
pub(super) mod sessions;
mod state;
mod stored;
mod stores;

pub(super) use arrivals::{AnswerSlot, PendingRequests};
pub(super) use exchange::{Answer, CALL, ServerRequest};
pub(super) use state::SimulatedServer;
pub(super) use stored::BatchManners;
