//! The client's own connections, which a browser does not have; and their options, which a builder takes everywhere.

#[cfg(not(target_family = "wasm"))]
mod connector;
#[cfg(not(target_family = "wasm"))]
mod errors;
#[cfg(not(target_family = "wasm"))]
mod io;
pub(crate) mod options;
#[cfg(not(target_family = "wasm"))]
mod proxies;
#[cfg(not(target_family = "wasm"))]
mod tls;
#[cfg(not(target_family = "wasm"))]
mod transport;
#[cfg(not(target_family = "wasm"))]
mod tunnel;

#[cfg(not(target_family = "wasm"))]
pub(crate) use self::transport::default_transport;
