//! Runs of tools over a connection.

use std::fmt;

use openai_runtime::input::IntoField;
use openai_runtime::json::{self, Value};
use openai_runtime::{Error, ErrorKind, Result, WithHead};

use super::lane::ResponseLane;
use super::uncertain::UncertainDelivery;
use super::{ResponseCreateEvent, ResponsesConnection, ResponsesSender};
use crate::resources::responses::{Create, Responses};
use crate::responses::stream::ResponseEvent;
use crate::responses::tools::{ResponseToolRunner, ResponseTools, RoutedReply, RoutedTurn, TurnRoute, whole_call};
use crate::tools::run::control::Halt;
use crate::tools::run::final_methods::RunToolsExt;
use crate::tools::run::live::{Live, read};
use crate::tools::{ToolCall, Toolbox};
use crate::types::{Response, ResponseInput, ResponsesModel};

/// A run of tools over a connection, before it has a request: [`create`](Self::create) or [`call`](Self::call) gives it one.
#[must_use = "nothing is sent before `send` or another final method"]
pub struct SocketTools {
    sender: ResponsesSender,
    toolbox: Toolbox,
    route: Result<ResponseLane>,
}

impl ResponsesConnection {
    /// Runs tools over this connection: asks the model, runs the tools that it calls, tells it what came of them, and so on
    /// until it calls none. It is [`run_tools`](crate::RunToolsExt::run_tools) with all its options, but each turn has only
    /// what is new, because the server keeps the context of the connection, also with `store` false.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let mut connection = client.responses().connect().await?;
    /// let run = connection.run_tools(&tools).create("gpt-5.5", "How is the weather in Oslo?").send().await?;
    /// println!("{}", run.output_text());
    ///
    /// let call = client.responses().create("gpt-5.5", "And in Rome?").previous_response_id(&run.replies[0].id);
    /// let mut events = connection.run_tools(&tools).call(call).stream_events();
    /// while let Some(event) = events.next().await {
    ///     println!("{:?}", event?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The run needs the connection to itself: until it has ended, its events do not come by [`next`](Self::next). For
    /// several runs at once, use [`ResponseLane::run_tools`].
    ///
    /// If the connection is lost before a turn was sent, the run goes on over HTTP, by `previous_response_id` or, if the
    /// server stores nothing, with the whole conversation. A turn that was sent is never repeated: the run ends with the
    /// error of the lost connection, whose [`detail`](Error::detail) are the run so far and an
    /// [`UncertainDelivery`]. Headers, timeouts and retries of a call hold for what goes over HTTP.
    ///
    /// # Errors
    /// Those of the run; of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if another run uses the connection, or a
    /// response was not read to its end.
    pub fn run_tools(&mut self, toolbox: &Toolbox) -> SocketTools {
        let is_read = self.receiver.accumulator.snapshot().is_none();
        let route = match is_read {
            true => ResponseLane::open(&self.sender, None),
            false => {
                let message = "a response is under way on the connection: read it to its end before a run of tools";
                Err(Error::new(ErrorKind::InvalidRequest, message))
            }
        };
        SocketTools { sender: self.sender.clone(), toolbox: toolbox.clone(), route }
    }
}

impl ResponseLane {
    /// Runs tools over this lane, as [`ResponsesConnection::run_tools`] over a connection. The lane ends with the run.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let connection = client.responses().connect().await?;
    /// let oslo = connection.lane("oslo")?.run_tools(&tools).create("gpt-5.5", "How is the weather in Oslo?");
    /// let rome = connection.lane("rome")?.run_tools(&tools).create("gpt-5.5", "How is the weather in Rome?");
    /// let oslo = tokio::spawn(oslo.send());
    /// println!("{}", rome.send().await?.output_text());
    /// # drop(oslo);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run_tools(self, toolbox: &Toolbox) -> SocketTools {
        SocketTools { sender: self.sender.clone(), toolbox: toolbox.clone(), route: Ok(self) }
    }
}

impl SocketTools {
    /// Begins with this model and input. A run with more settings begins by [`call`](Self::call).
    pub fn create<K>(
        self,
        model: impl Into<ResponsesModel>,
        input: impl IntoField<ResponseInput, K>,
    ) -> ResponseToolRunner {
        let call = Responses { client: self.sender.client() }.create(model, input);
        self.call(call)
    }

    /// Begins with a call of `responses().create(…)`, which has all settings. It goes over the connection; a
    /// [`ResponseCreateEvent`] is no call, because a run has to be able to go on over HTTP.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let mut connection = client.responses().connect().await?;
    /// let call = client.responses().create("gpt-5.5", "How is the weather in Oslo?").reasoning_effort("low");
    /// println!("{}", connection.run_tools(&tools).call(call).send().await?.output_text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn call(self, call: Create) -> ResponseToolRunner {
        let mut runner = call.run_tools(&self.toolbox);
        runner.dialogue.set_route(Box::new(SocketRoute(self.route)));
        runner
    }
}

/// The lane that the turns of a run go over.
struct SocketRoute(Result<ResponseLane>);

impl TurnRoute for SocketRoute {
    fn ask<'a>(&'a mut self, turn: RoutedTurn<'a>) -> RoutedReply<'a> {
        Box::pin(ask(&mut self.0, turn))
    }
}

async fn ask(route: &mut Result<ResponseLane>, turn: RoutedTurn<'_>) -> Result<Option<WithHead<Response>>, Halt> {
    let lane = match route {
        Ok(lane) => lane,
        Err(error) => {
            let used = Error::new(ErrorKind::InvalidRequest, "the run could not use the connection");
            return Err(std::mem::replace(error, used).into());
        }
    };
    let RoutedTurn { request, control, early, partial } = turn;
    let event = event_of(request)?;
    if let Err(failed) = control.race(lane.create(event)).await?.map(drop) {
        let error: Error = failed.into();
        let was_sent = error.detail::<UncertainDelivery>().is_some_and(|lost| lost.was_sent);
        return if was_sent || lane.sender.refusal().is_none() { Err(error.into()) } else { Ok(None) };
    }
    read(lane, control, early, partial).await?;
    let response = lane.next_response().await.inspect_err(|_| *partial = lane.snapshot().cloned())?;
    Ok(Some(WithHead::from_parts(lane.sender.head(), response)))
}

/// The event that asks for what a call asks for.
fn event_of(request: Create) -> Result<ResponseCreateEvent> {
    let unfit = |error: json::ReadError| {
        Error::new(ErrorKind::InvalidRequest, "the request cannot be made an event").with_source(error)
    };
    let mut body: Value = json::from_slice(&request.into_call().json_body()?).map_err(unfit)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("type".to_owned(), "response.create".into());
    }
    json::from_value(&body).map_err(unfit)
}

impl Live for ResponseLane {
    type Api = ResponseTools;

    async fn next(&mut self) -> Option<Result<ResponseEvent>> {
        Self::next(self).await
    }

    fn so_far(&self) -> Option<Response> {
        self.snapshot().cloned()
    }

    fn whole_call(&self, event: &ResponseEvent) -> Option<ToolCall> {
        whole_call(event)
    }
}

impl fmt::Debug for SocketTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketTools").field("toolbox", &self.toolbox).finish_non_exhaustive()
    }
}
