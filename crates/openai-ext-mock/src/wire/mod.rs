//! HTTP as the server reads and writes it: requests, replies, event streams, forms.

pub(crate) mod azure_path;
mod body;
mod event;
mod feed;
mod json_text;
pub(crate) mod multipart;
mod received;
mod reply;

pub(crate) use body::MockBody;
pub use event::Event;
pub(crate) use feed::{EventFeed, EventSender};
pub(crate) use json_text::to_text;
pub use multipart::FormPart;
pub use received::ReceivedRequest;
pub(crate) use received::read_query;
pub(crate) use reply::ReplyBody;
pub use reply::{Fault, Reply};
