//! The contracts with the world outside, which tests and other HTTP stacks implement: the transport that carries bytes, and
//! the clock; and time, chance and files of the platform. The lowest stage: it uses no other one.

#[cfg(feature = "blocking")]
pub(crate) mod background;
pub(crate) mod clock;
pub(crate) mod disk;
pub(crate) mod random;
pub(crate) mod time;
pub mod transport;
