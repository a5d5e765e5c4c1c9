//! States of a batch.

use std::time::Duration;

use http::HeaderMap;

use super::work::Work;
use crate::types::{Batch, BatchStatus};
use crate::{Error, ErrorKind, RawResponse, Result};

/// A batch as the server showed it, and when to look again if it said so.
pub(super) type Seen = (Batch, Option<Duration>);

/// Reads a response that is a batch.
#[inline]
pub(super) fn seen(response: Result<RawResponse<Batch>>) -> Result<Seen> {
    let response = response?;
    Ok((response.parse()?, response.poll_after()))
}

/// Looks at a batch.
#[inline]
pub(super) async fn look(work: &Work, id: &str) -> Result<Seen> {
    let mut call = work.client.batches().retrieve(id).with_header("x-stainless-poll-helper", "true");
    if let Some(interval) = work.interval {
        call = call.with_header("x-stainless-custom-poll-interval", interval.as_millis().to_string());
    }
    seen(call.send_raw().await)
}

/// Returns if a batch was refused since the account has too many tokens enqueued: nothing of it was run, and later
/// there may be room.
#[inline]
pub(super) fn is_queue_full(batch: &Batch) -> bool {
    let errors = batch.errors.as_ref().and_then(|errors| errors.data.as_deref()).unwrap_or_default();
    matches!(batch.status, BatchStatus::Failed)
        && errors.iter().any(|error| error.code.as_deref() == Some("token_limit_exceeded"))
}

/// Tells whether a batch has come to its end.
#[inline]
pub(super) fn is_over(batch: &Batch) -> Result<bool> {
    use BatchStatus::{Cancelled, Cancelling, Completed, Expired, Failed, Finalizing, InProgress, Validating};
    match &batch.status {
        Completed | Failed | Expired | Cancelled => Ok(true),
        Validating | InProgress | Finalizing | Cancelling => Ok(false),
        other => {
            let message = format!("{} has the status {:?}, which this SDK does not know", batch.id, other.as_str());
            let body = openai_runtime::json::to_vec(batch).into();
            Err(Error::new(ErrorKind::Decode, message).with_response(http::StatusCode::OK, HeaderMap::new(), body))
        }
    }
}
