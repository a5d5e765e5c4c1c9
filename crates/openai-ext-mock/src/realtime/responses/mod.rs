//! Responses over WebSocket: lanes, and steers of responses that are under way.

mod lanes;
mod socket;
mod steers;

pub(super) use socket::ResponseSocket;
