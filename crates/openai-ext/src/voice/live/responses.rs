//! The events of the responses that a Live session delegates to.

use openai_runtime::json;

use crate::types::{LiveResponseEvent, ResponseStreamEvent};

/// The event of a response in a `response.event` of a Live session. Requires the feature `responses`.
pub trait LiveResponseEventExt {
    /// Returns the event of the response, as one of its stream would be. What is no such event is
    /// [`Unknown`](ResponseStreamEvent::Unknown).
    ///
    /// ```no_run
    /// use openai_ext::live::LiveConnection;
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::{LiveServerEvent, ResponseOutputItem, ResponseStreamEvent};
    ///
    /// # async fn run(mut connection: LiveConnection) -> openai_ext::Result<()> {
    /// while let Some(event) = connection.next().await {
    ///     let LiveServerEvent::ResponseEvent(event) = event? else { continue };
    ///     let ResponseStreamEvent::ResponseOutputItemDone(done) = event.stream_event() else { continue };
    ///     if let ResponseOutputItem::FunctionCall(call) = &done.item {
    ///         connection.response_item_create(InputItem::function_call_output(call, "It rains.")).await?;
    ///         connection.response_create().await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn stream_event(&self) -> ResponseStreamEvent;
}

impl LiveResponseEventExt for LiveResponseEvent {
    fn stream_event(&self) -> ResponseStreamEvent {
        json::recast(&self.event, ResponseStreamEvent::Unknown)
    }
}
