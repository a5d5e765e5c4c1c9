//! The run of a turn: one future that reads the session's events, runs what they ask for, and opens the stream anew when it
//! breaks off.

mod actions;
mod drive;
mod ending;
mod history;
mod known;
mod limits;
mod parts;
mod requests;
#[cfg(feature = "tools")]
mod results;
mod seen;
mod work;

pub(super) use drive::{Job, Opening, drive};
pub(super) use requests::SessionRequests;
