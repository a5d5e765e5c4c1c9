//! The calls whose reply can be held to a schema.

use serde_json::Value;

use crate::structured::reply::StructuredReply;
use crate::structured::schema::Dialect;
use crate::{Pending, RawResponse, Result};

/// A call whose reply can be held to a schema.
pub trait StructuredCall: Sized {
    /// The reply that comes as a whole.
    type Reply: StructuredReply;
    /// The reply that comes as a stream.
    type Events: Send;

    /// The field of the request that has the schema.
    const FIELD: &'static str;

    /// The dialect of the schemas that the call sends.
    fn dialect(&self) -> Dialect;
    fn set_dialect(self, dialect: Dialect) -> Self;
    fn has_format(&self) -> bool;
    fn set_format(&mut self, name: String, schema: Value);
    /// Keeps why there is no schema; it becomes the error of the call.
    fn refuse_format(&mut self, reason: &str);
    fn send_whole(self) -> Pending<RawResponse<Self::Reply>>;
    fn open(self) -> impl Future<Output = Result<Self::Events>> + Send;
}
