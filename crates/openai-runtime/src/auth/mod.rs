//! Who calls: secrets, tokens and their cache, workload identity, and providers that set the credential themselves.
//!
//! Uses `io`, `json`, `error`, `trace`, `request` and `response`. A token is got by the client's transport, without the
//! client's own headers and retries.

pub(crate) mod credentials;
pub(crate) mod identity;
pub(crate) mod provider;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod token_cache;
