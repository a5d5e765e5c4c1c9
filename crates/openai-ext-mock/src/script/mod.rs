//! The words of a test: answers instead of the server's own, the turns of the model, the steps of a WebSocket.

mod lock;
#[cfg(feature = "realtime")]
mod realtime_log;
#[cfg(feature = "realtime")]
mod realtime_step;
mod scripts;
mod session_step;
mod turn;

pub(crate) use lock::lock;
#[cfg(feature = "realtime")]
pub(crate) use realtime_log::RealtimeLog;
#[cfg(feature = "realtime")]
pub use realtime_log::{RealtimeClose, RealtimeConnection};
#[cfg(feature = "realtime")]
pub use realtime_step::RealtimeStep;
pub use scripts::Script;
pub(crate) use scripts::{Scripted, Scripts};
pub use session_step::SessionStep;
pub(crate) use turn::Said;
pub use turn::Turn;
