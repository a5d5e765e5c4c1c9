//! What the client asks of the world outside: to carry bytes and to tell the time.
//!
//! Contracts that tests and other HTTP stacks stand in for, and the clock itself. The lowest stage: it uses no other one.

#[cfg(feature = "blocking")]
pub(crate) mod background;
pub(crate) mod clock;
pub mod transport;
