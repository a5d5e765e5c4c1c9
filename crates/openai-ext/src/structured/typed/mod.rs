//! Calls whose reply is of a Rust type, and replies with their values.

mod call;
pub(crate) mod parsed;
mod stream;
pub(crate) mod structured_call;

pub use call::ParseExt;
pub use parsed::{ParseContentExt, Parsed};
pub use stream::ParsedStream;
