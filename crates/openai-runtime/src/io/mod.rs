//! The contracts with the world outside: the transport that carries bytes, and the clock.
//!
//! Contracts that tests and other HTTP stacks stand in for, and the clock itself. The lowest stage: it uses no other one.

#[cfg(feature = "blocking")]
pub(crate) mod background;
pub(crate) mod clock;
pub mod transport;
