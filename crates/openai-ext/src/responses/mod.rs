//! Responses: their input, the texts and calls of their output, their stream, and responses over a WebSocket.
//!
//! Requires the feature `responses`.
//!
//! [`ResponseStreamExt::stream_events`] sends a call and gives a [`ResponseStream`]: the events, the meaning of each, and
//! at the end the whole [`Response`](crate::types::Response). A [`ResponseAccumulator`] does the same with events of any
//! origin. With the feature `websocket`, `client.responses().connect()` opens one connection for many responses.

mod input;
mod output;
mod settings;
#[cfg(feature = "websocket")]
mod socket;
mod stream;
#[cfg(feature = "tools")]
mod tools;

pub use input::{InputContent, InputContentExt, InputItem, InputItemExt};
pub use output::{ResponseExt, ResponseStreamEventExt};
pub use settings::ResponseCallExt;
#[cfg(all(feature = "tools", feature = "websocket"))]
pub use socket::SocketTools;
#[cfg(feature = "websocket")]
pub use socket::{
    LaneLimits, ResponseCreateEvent, ResponseLane, ResponseSteer, ResponsesConnect, ResponsesConnectExt,
    ResponsesConnection, ResponsesReceiver, ResponsesSender, SteerFailure, SteerPending, SteerState, UncertainDelivery,
};
pub use stream::{
    Changed, Position, ResponseAccumulator, ResponseEvent, ResponseStream, ResponseStreamExt, ResponseTextStream,
    ResponseUpdate, ToolCallUpdate,
};
#[cfg(feature = "tools")]
pub use tools::{
    McpApproval, ParsedResponse, ParsedResponseStream, ResponseToolRun, ResponseToolRunner, ResponseTools,
    response_text_format,
};
