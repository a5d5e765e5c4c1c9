//! One call of a tool, kept from doing harm: panics, time, cancellation.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use openai_runtime::Clock;
use openai_runtime::transport::BoxFuture;

use super::cancellation::Cancellation;
use super::context::ToolContext;
use super::interface::{Tool, ToolFuture};
use super::outcome::{OnFailure, ToolCall, ToolError, ToolOutcome};
use super::output::ToolOutput;
use super::panics;
use crate::support::spans::HelperSpan;

/// A call of a tool, as a future of its outcome. It starts when it is first polled.
pub(crate) struct Guarded {
    call: ToolCall,
    state: State,
    clock: Arc<dyn Clock>,
    started: Option<Duration>,
    on_failure: OnFailure,
    /// The span of the call, from its first poll on.
    span: HelperSpan,
}

enum State {
    New(Result<Arc<dyn Tool>, ToolError>, ToolContext),
    Running(Running),
    Over,
}

struct Running {
    /// Told first when nobody waits any more: the end of the future may wait for what the tool started elsewhere.
    waits: CancelOnDrop,
    future: ToolFuture,
    limit: Option<(Duration, BoxFuture<()>)>,
}

impl Guarded {
    #[inline]
    pub(crate) fn new(tool: Result<Arc<dyn Tool>, ToolError>, call: ToolCall, context: ToolContext) -> Self {
        let clock = Arc::clone(context.clock());
        Self {
            call,
            state: State::New(tool, context),
            clock,
            started: None,
            on_failure: OnFailure::Abort,
            span: HelperSpan::default(),
        }
    }

    #[inline]
    pub(crate) fn call(&self) -> &ToolCall {
        &self.call
    }

    /// The call that was under way, or had not begun, as one that nobody waits for; the tool's future is dropped.
    #[inline]
    pub(crate) fn cancel(mut self) -> ToolOutcome {
        self.finish(Err(ToolError::Cancelled))
    }

    #[inline]
    fn start(&mut self, tool: Result<Arc<dyn Tool>, ToolError>, mut context: ToolContext) -> Result<(), ToolError> {
        self.started = Some(self.clock.elapsed());
        let (tool, input) = (tool?, self.call.arguments.clone());
        self.on_failure = caught(|| tool.on_failure())?;
        let limit = caught(|| tool.timeout())?;
        let waits = CancelOnDrop(Some(context.renew_cancellation()));
        let limit = limit.map(|limit| (limit, self.clock.sleep(limit)));
        let future = caught(|| tool.call(context, input))?;
        self.state = State::Running(Running { waits, future, limit });
        Ok(())
    }

    #[inline]
    fn finish(&mut self, result: Result<ToolOutput, ToolError>) -> ToolOutcome {
        let call = std::mem::take(&mut self.call);
        let state = std::mem::replace(&mut self.state, State::Over);
        // A future's end may panic as well.
        let dropped = self.span.in_scope(|| caught(|| drop(state)));
        let result = result.and_then(|output| dropped.map(|()| output)).map_err(Arc::new);
        let duration = self.started.map(|start| self.clock.elapsed().saturating_sub(start)).unwrap_or_default();
        if let Err(error) = &result {
            self.span.failed(error.class());
        }
        ToolOutcome { call, result, duration, on_failure: self.on_failure }
    }

    #[inline]
    fn poll_result(&mut self, context: &mut Context<'_>) -> Poll<Result<ToolOutput, ToolError>> {
        if matches!(self.state, State::New(..))
            && let State::New(tool, tool_context) = std::mem::replace(&mut self.state, State::Over)
            && let Err(error) = self.start(tool, tool_context)
        {
            return Poll::Ready(Err(error));
        }
        let State::Running(running) = &mut self.state else {
            return Poll::Pending;
        };
        if let Poll::Ready(result) = caught(|| running.future.as_mut().poll(context))? {
            running.waits.disarm();
            return Poll::Ready(result);
        }
        if let Some((limit, sleep)) = &mut running.limit
            && sleep.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(ToolError::TimedOut(*limit)));
        }
        Poll::Pending
    }
}

impl Future for Guarded {
    type Output = ToolOutcome;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ToolOutcome> {
        if let State::New(tool, tool_context) = &self.state {
            let name = tool.is_ok().then_some(&*self.call.name);
            self.span = HelperSpan::tool(name, &self.call.id, tool_context.redactor());
        }
        let span = self.span.clone();
        span.in_scope(|| self.poll_result(context)).map(|result| self.finish(result))
    }
}

/// A tool that nobody waits for ends here, and a panic of its end as well.
impl Drop for Guarded {
    #[inline]
    fn drop(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Over);
        drop(self.span.in_scope(|| caught(|| drop(state))));
    }
}

/// Gives the sign when it is dropped: whoever has it learns that nobody waits.
struct CancelOnDrop(Option<Cancellation>);

impl CancelOnDrop {
    /// There is nothing to stop any more.
    #[inline]
    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    #[inline]
    fn drop(&mut self) {
        if let Some(sign) = &self.0 {
            sign.cancel();
        }
    }
}

/// Calls code of the program.
fn caught<T>(call: impl FnOnce() -> T) -> Result<T, ToolError> {
    panics::caught(call).map_err(ToolError::Panicked)
}
