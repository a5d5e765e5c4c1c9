//! The same without telemetry: a call is only run.

use std::sync::Arc;

use super::traced::Traced;
use crate::error::{Error, Result};
use crate::exchange::channel::Channel;
use crate::request::inputs::CallInputs;

pub(crate) fn instrument<T: Traced, F: Future<Output = Result<T>>>(
    channel: Arc<Channel>,
    inputs: Box<CallInputs>,
    call: impl FnOnce(Arc<Channel>, Box<CallInputs>) -> F,
) -> F {
    call(channel, inputs)
}

pub(crate) fn retried(_: &Channel, _: &CallInputs, _: &Error) {}
