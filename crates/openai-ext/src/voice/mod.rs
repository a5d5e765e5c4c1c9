//! Sessions that hear and speak, over WebSockets.

#[cfg(feature = "live")]
pub mod live;
#[cfg(feature = "realtime")]
pub mod realtime;
#[cfg(any(feature = "live", feature = "realtime"))]
mod sound;
#[cfg(feature = "realtime")]
pub mod translations;
