//! The sending of a call: its attempts, their waits, redirects and time limits, and the transport by default.
//!
//! Uses `io`, `json`, `error`, `trace`, `request`, `response` and `auth`. It knows no client: what it needs of one is a
//! [`Channel`](channel::Channel), which the client's builder makes.

mod attempt;
pub(crate) mod channel;
pub(crate) mod connections;
pub(crate) mod execution;
#[cfg(feature = "tower")]
mod layered_call;
#[cfg(feature = "tower")]
pub(crate) mod layers;
pub(crate) mod prepared;
pub(crate) mod recent;
mod reception;
mod redirects;
mod request_head;
#[cfg(any(feature = "reqwest", target_family = "wasm"))]
pub(crate) mod reqwest;
pub(crate) mod retries;
pub(crate) mod sent_secrets;
pub(crate) mod spans;

#[cfg(not(target_family = "wasm"))]
pub(crate) use self::connections::default_transport;
#[cfg(target_family = "wasm")]
pub(crate) use self::reqwest::default_transport;
