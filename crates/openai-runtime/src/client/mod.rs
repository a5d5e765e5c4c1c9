//! The client, its options and the calls that are made with it.
//!
//! Uses all stages up to `exchange`. A final method stands beside the type that it returns: those of this stage send a
//! call and read its response; those of `events` and `follow` stand there.

pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod handle;
#[cfg(feature = "tower")]
mod layer_options;
#[cfg(feature = "logging")]
pub(crate) mod logging;
pub(crate) mod pending;
pub(crate) mod residency;
mod settings;
mod transport_options;
