//! The results of local tools on their way to the session.

use std::time::Duration;

use openai_runtime::ResponseValue;
use openai_runtime::transport::BoxFuture;

use super::requests::{SessionRequests, uuid};
use crate::types::SessionInputParam;
use crate::{Error, Result, StatusCode};

/// The waits before a result is sent again that came before the server had registered its call, as in the official SDKs.
const RACE_WAITS: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(600)];

impl SessionRequests {
    /// Sends the result of a call. The server may tell of a call before it can take its result.
    pub(super) fn submit_result(&self, input: SessionInputParam, call_id: String) -> BoxFuture<Result<()>> {
        let (clock, call) = (self.client.clock().clone(), self.submission(input, &uuid()));
        Box::pin(async move {
            for wait in RACE_WAITS {
                match <() as ResponseValue>::send_call(call.clone()).await {
                    Err(error) if is_too_early(&error, &call_id) => clock.sleep(wait).await,
                    sent => return sent,
                }
            }
            <() as ResponseValue>::send_call(call).await
        })
    }
}

/// Tells if a result was refused because the server does not know the call yet.
fn is_too_early(error: &Error, call_id: &str) -> bool {
    let is_refused = error.status() == Some(StatusCode::BAD_REQUEST)
        && [error.code(), error.error_type()].contains(&Some("invalid_request_error"));
    is_refused && error.message().contains(&format!("Unknown pending tool call: {call_id}"))
}
