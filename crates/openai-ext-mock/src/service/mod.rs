//! The way from a request to its answer: keys, limits, scripts, checks, handlers.

mod azure;
mod connections;
mod cors;
mod mock_service;
mod rate_limit;
mod settings;

#[cfg(feature = "realtime")]
pub(crate) use connections::OpenConnection;
pub(crate) use mock_service::MockService;
pub(crate) use settings::Settings;
