//! Another way to the model than calls over HTTP.

use std::pin::Pin;

use openai_runtime::WithHead;

use super::run::ResponseTools;
use crate::Error;
use crate::resources::responses::Create;
use crate::tools::run::calls::early::Early;
use crate::tools::run::control::{Control, Halt};
use crate::types::Response;

/// A connection that the turns of a run go over. The server keeps the context between them, also if it stores nothing.
pub(in crate::responses) trait TurnRoute: Send + Sync {
    /// Asks the model once.
    fn ask<'a>(&'a mut self, turn: RoutedTurn<'a>) -> RoutedReply<'a>;
}

/// The answer to a turn; `None` if the route is gone and nothing was sent, so that another may take the turn.
pub(in crate::responses) type RoutedReply<'a> =
    Pin<Box<dyn Future<Output = Result<Option<WithHead<Response>>, Halt>> + Send + 'a>>;

/// A turn as it is asked for.
pub(in crate::responses) struct RoutedTurn<'a> {
    pub(in crate::responses) request: Create,
    pub(in crate::responses) control: &'a mut Control<ResponseTools>,
    pub(in crate::responses) early: Option<&'a mut Early<ResponseTools>>,
    pub(in crate::responses) partial: &'a mut Option<Response>,
}

impl ResponseTools {
    /// Lets the turns go over a connection.
    #[inline]
    pub(in crate::responses) fn set_route(&mut self, route: Box<dyn TurnRoute>) {
        self.origin.clone_from(&self.request.body().previous_response_id);
        self.route = Some(route);
    }

    /// Asks over the connection, if there is one still.
    #[inline]
    pub(super) async fn ask_route(
        &mut self,
        control: &mut Control<Self>,
        mut early: Option<&mut Early<Self>>,
        partial: &mut Option<Response>,
    ) -> Result<Option<WithHead<Response>>, Halt> {
        let mut was_forgotten = false;
        while let Some(mut route) = self.route.take() {
            let turn = RoutedTurn { request: self.next(), control, early: early.as_deref_mut(), partial };
            match route.ask(turn).await {
                Ok(None) => {
                    drop(route);
                    if !self.stored && self.request.body().conversation.is_none() {
                        self.send_all();
                    }
                }
                // Another connection has another context. The request was refused, so that it can be made anew.
                Err(Halt::Failed(error)) if is_forgotten(&error) && !self.full && self.known > 0 => {
                    self.route = Some(route);
                    *partial = None;
                    was_forgotten = true;
                    self.send_all();
                }
                answer => {
                    self.route = Some(route);
                    // From here on the connection knows the conversation again.
                    self.full &= !(was_forgotten && answer.is_ok());
                    return answer;
                }
            }
        }
        Ok(None)
    }

    /// Sends the whole conversation from now on.
    #[inline]
    fn send_all(&mut self) {
        self.full = true;
        self.request.body_mut().previous_response_id.clone_from(&self.origin);
    }
}

fn is_forgotten(error: &Error) -> bool {
    error.code() == Some("previous_response_not_found") || error.param() == Some("previous_response_id")
}
