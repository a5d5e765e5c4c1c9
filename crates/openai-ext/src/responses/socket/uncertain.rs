//! Requests of which it is not known whether the server got them.

use std::fmt;

use super::ResponseCreateEvent;

/// A response that was under way on a lane when its connection was lost: the [`detail`](crate::Error::detail) of the lane's
/// error. Whether to ask again is up to the program, because the server may have made the response.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::responses::{ResponseLane, UncertainDelivery};
///
/// # async fn run(client: Client, mut lane: ResponseLane) -> openai_ext::Result<()> {
/// let response = match lane.next_response().await {
///     Err(error) => match error.detail::<UncertainDelivery>().and_then(|lost| lost.response_id.as_deref()) {
///         // It is stored, and may be complete by now.
///         Some(id) => client.responses().retrieve(id).send().await?,
///         None => return Err(error),
///     },
///     Ok(response) => response,
/// };
/// # let _ = response;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct UncertainDelivery {
    /// The lane; `None` is the connection itself.
    pub stream_id: Option<String>,
    /// The id of the response, if it had begun.
    pub response_id: Option<String>,
    /// False if no byte of the request was handed over, so that nothing is uncertain about it.
    pub was_sent: bool,
    /// The request; `None` for the successor of a response that was steered.
    pub request: Option<ResponseCreateEvent>,
}

/// Without the request, which may have secrets.
impl fmt::Debug for UncertainDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UncertainDelivery")
            .field("stream_id", &self.stream_id)
            .field("response_id", &self.response_id)
            .field("was_sent", &self.was_sent)
            .finish_non_exhaustive()
    }
}
