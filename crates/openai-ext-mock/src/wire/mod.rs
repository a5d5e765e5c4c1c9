//! HTTP as the server reads and writes it: requests, replies, event streams, forms.

pub(crate) mod azure_path;
mod body;
mod breaker;
mod event;
mod fault;
mod feed;
mod json_text;
mod misfit;
pub(crate) mod multipart;
mod received;
mod reply;

pub(crate) use body::MockBody;
pub(crate) use breaker::{BreakableStream, Breaker};
pub use event::Event;
pub use fault::Fault;
pub(crate) use fault::FaultPlan;
pub(crate) use feed::{EventFeed, EventSender};
pub(crate) use json_text::to_text;
pub use multipart::FormPart;
pub use received::ReceivedRequest;
pub(crate) use received::read_query;
pub use reply::Reply;
pub(crate) use reply::ReplyBody;
