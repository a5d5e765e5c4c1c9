//! Sessions that hear and speak, over WebSockets.

#[cfg(feature = "realtime")]
pub mod realtime;
